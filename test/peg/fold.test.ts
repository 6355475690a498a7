import { expect } from 'chai';
import { AbiCoder, keccak256 } from 'ethers';
import fc from 'fast-check';
import { type Hex, to0x } from '../../relayer/lib/bytes.ts';
import { foldEvent, foldEvents } from '../../relayer/peg/fold.ts';
import type { Commitment, StakeEvent } from '../../relayer/peg/types.ts';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(to0x);
const event: fc.Arbitrary<StakeEvent> = fc.record({
  kind: fc.constantFrom('add' as const, 'remove' as const),
  staker: bytesOf(20),
  amount: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
});
const commitment: fc.Arbitrary<Commitment> = fc.record({
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  accumulator: bytesOf(32),
});

/** What the contract computes: keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number)). */
function byAbi({ nonce, accumulator }: Commitment, height: bigint, { kind, staker, amount }: StakeEvent): Commitment {
  const types = ['bytes32', 'uint256', 'uint8', 'address', 'uint256', 'uint256'];
  const values = [accumulator, nonce + 1n, kind === 'add' ? 0 : 1, staker, amount, height];
  return { nonce: nonce + 1n, accumulator: keccak256(AbiCoder.defaultAbiCoder().encode(types, values)) as Hex };
}

describe('fold', () => {
  it('is keccak-256 of abi.encode', () => {
    fc.assert(
      fc.property(commitment, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), event, (before, height, one) => {
        expect(foldEvent(before, height, one)).to.deep.equal(byAbi(before, height, one));
      }),
    );
  });

  it('of a list is that of its events in order; of none it is where it began', () => {
    fc.assert(
      fc.property(commitment, fc.array(event, { maxLength: 6 }), (before, events) => {
        const oneByOne = events.reduce((at, one) => foldEvent(at, 7n, one), before);
        expect(foldEvents(before, 7n, events)).to.deep.equal(oneByOne);
        expect(oneByOne.nonce).to.equal(before.nonce + BigInt(events.length));
      }),
    );
  });

  it('depends on every field and on the order', () => {
    const before: Commitment = { nonce: 3n, accumulator: `0x${'11'.repeat(32)}` };
    const one: StakeEvent = { kind: 'add', staker: `0x${'22'.repeat(20)}`, amount: 5n };
    const two: StakeEvent = { ...one, kind: 'remove' };
    const results = [
      foldEvents(before, 9n, [one, two]),
      foldEvents(before, 9n, [two, one]),
      foldEvents(before, 10n, [one, two]),
      foldEvents({ ...before, nonce: 4n }, 9n, [one, two]),
      foldEvents({ ...before, accumulator: `0x${'12'.repeat(32)}` }, 9n, [one, two]),
      foldEvents(before, 9n, [{ ...one, amount: 6n }, two]),
      foldEvents(before, 9n, [{ ...one, staker: `0x${'23'.repeat(20)}` }, two]),
    ];
    expect(new Set(results.map(({ accumulator }) => accumulator)).size).to.equal(results.length);
  });
});
