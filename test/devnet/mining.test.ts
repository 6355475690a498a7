// Holding the blocks of an Ethereum that belongs to somebody else: interrupted at any moment, it goes on as it did before.

import { expect } from 'chai';
import { openEthereumAccess } from '../../relayer/devnet/ethereum-access.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { failure } from '../helpers/failure.ts';

describe('holding the blocks of an Ethereum', () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil?.close());

  const interrupted = async () => {
    const stop = new AbortController();
    const { mining } = await openEthereumAccess(anvil.url, { clock: systemClock, signal: stop.signal });
    const holding = mining.hold(async () => {
      stop.abort(new Error('interrupted'));
      stop.signal.throwIfAborted();
    });
    expect(await failure(holding)).to.have.property('message', 'interrupted');
  };

  it('leaves a chain that mines each transaction as it was', async () => {
    await interrupted();
    expect(await anvil.rpc('hardhat_getAutomine')).to.equal(true);
  });

  it('leaves a chain that mines by the clock as it was', async () => {
    await anvil.rpc('evm_setAutomine', false);
    await anvil.rpc('evm_setIntervalMining', 5);
    await interrupted();
    expect([await anvil.rpc('hardhat_getAutomine'), await anvil.rpc('anvil_getIntervalMining')]).to.deep.equal([false, 5]);
  });
});
