import { expect } from 'chai';
import { composeResult, formatResult, type StateDocument } from '../../relayer/devnet/result.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';

const staker: Hex = `0x${'0a'.repeat(20)}`;
const contract: Hex = `0x${'c0'.repeat(20)}`;
const accumulator: Hex = `0x${'11'.repeat(32)}`;
const addresses: readonly [Hex, Hex] = [`0x${'01'.repeat(20)}`, `0x${'02'.repeat(20)}`];
const place = { chainId: 31337, contract, head: 50 };

const state: StateDocument = {
  round: { number: 2, startsAt: 23, endsAt: 43, limit: 1000 },
  matureEthBlock: 24,
  ethereum: { nonce: 1, accumulator },
  balances: { [staker]: '700' },
  limits: { [staker]: { orderLimit: 1000, streamLimit: 1 } },
  orderCounter: 0,
  validators: { [addresses[0]]: { name: 'alice', power: 3 }, [addresses[1]]: { name: 'bob', power: 1 } },
  lastBlockHeight: 9,
  lastBlockAppHash: '0xaa',
  breach: null,
};

describe('the result of a devnet', () => {
  it('is one state with the app hash of every validator', () => {
    const result = composeResult(
      addresses.map((address) => ({ address, state })),
      place,
      { totalMs: 5 },
    );
    expect(result.validators.map(({ name, power, height, appHash }) => [name, power, height, appHash])).to.deep.equal([
      ['alice', 3, 9, '0xaa'],
      ['bob', 1, 9, '0xaa'],
    ]);
    expect(formatResult(result)).to.include(staker).and.to.include('round 2: Ethereum blocks 24 to 43');
  });

  it('names validators that disagree', () => {
    const states = addresses.map((address, index) => ({ address, state: { ...state, lastBlockAppHash: `0xa${index}` } }));
    expect(() => composeResult(states, place, {}))
      .to.throw('bob has app hash 0xa1')
      .with.property('code', 'APP_HASH_MISMATCH');
  });
});
