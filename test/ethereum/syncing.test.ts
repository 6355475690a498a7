import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { Json } from '../../relayer/ethereum/fields.ts';
import { isSyncing } from '../../relayer/ethereum/syncing.ts';

const says = (value: Json) => isSyncing({ ok: true, value });

describe('eth_syncing', () => {
  it('says so only of an endpoint with more than eight blocks to go', () => {
    expect(says({ startingBlock: '0x0', currentBlock: '0x10', highestBlock: '0x19' })).to.equal(true);
    expect(says({ startingBlock: '0x0', currentBlock: '0x10', highestBlock: '0x18' })).to.equal(false);
    expect(says(false)).to.equal(false);
  });

  it('says nothing in a form of its own, or where it is refused', () => {
    for (const value of [null, true, 'yes', [], {}, { currentBlock: 16, highestBlock: 99 }, { currentBlock: '0x10' }])
      expect(says(value)).to.equal(false);
    expect(isSyncing({ ok: false, error: new EthereumError('ETH_REFUSED', 'no such method') })).to.equal(false);
  });
});
