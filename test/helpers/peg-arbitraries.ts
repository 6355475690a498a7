// Generators of peg transactions, byte mutations and Ethereum histories for property tests. PEG_TEST_RUNS multiplies the
// number of runs (the long form: by 10).

import process from 'node:process';
import fc from 'fast-check';
import { type Bytes, concatBytes, type Hex, to0x } from '../../relayer/lib/bytes.ts';
import type { BlockContent, Change, Commitment, SignedTransaction, StakeEvent, Transaction } from '../../relayer/peg/types.ts';
import { add, remove, StakingHistory } from './staking-history.ts';

const ASKED = Number(process.env.PEG_TEST_RUNS ?? (process.env.PEG_LONG === '1' ? '10' : '1'));
const FACTOR = ASKED > 0 ? ASKED : 1;

/** For the describe of properties: more runs may take longer. */
export const PROPERTY_TIMEOUT_MS = 120_000 * Math.max(1, FACTOR);

/** Runs of a property: `usual`, times PEG_TEST_RUNS. */
export function runs(usual: number): { numRuns: number } {
  return { numRuns: Math.max(1, Math.round(usual * FACTOR)) };
}

const ofLength = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hexOf = (length: number): fc.Arbitrary<Hex> => ofLength(length).map(to0x);

/** Integers of 64 bits with the edges of their encodings. */
export const uint64 = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 255n, 256n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

const amount = fc.oneof(
  fc.constantFrom(1n, 127n, 128n, 2n ** 255n + 2n ** 254n, 2n ** 256n - 1n),
  fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
);

const commitment: fc.Arbitrary<Commitment> = fc.record({ nonce: uint64, accumulator: hexOf(32) });

const content: fc.Arbitrary<BlockContent> = fc.oneof(
  fc.record({ hash: hexOf(32) }),
  fc.record({ hash: hexOf(32), after: fc.record({ nonce: uint64.map((nonce) => nonce || 1n), accumulator: hexOf(32) }) }),
);

const stakeEvent: fc.Arbitrary<StakeEvent> = fc.record({
  kind: fc.constantFrom('add' as const, 'remove' as const),
  staker: hexOf(20),
  amount,
});

const text = fc.string({ maxLength: 80, unit: 'grapheme' });
const ascending = fc
  .uniqueArray(fc.tuple(hexOf(20), fc.oneof(fc.constant(0n), amount)), { maxLength: 4, selector: ([staker]) => staker })
  .map((entries) => entries.sort(([a], [b]) => (a < b ? -1 : 1)));

/** Any well-formed change. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    publicKey: ofLength(32),
    power: uint64,
    witness: hexOf(20),
    name: text,
  }),
  fc.record({ type: fc.constant('remove' as const), validator: hexOf(20) }),
  fc.record({ type: fc.constant('power' as const), validator: hexOf(20), power: uint64 }),
  fc.record({ type: fc.constant('witness' as const), validator: hexOf(20), witness: hexOf(20) }),
  fc.record({ type: fc.constantFrom('periodLimit' as const, 'periodLength' as const), value: uint64 }),
  fc.record({
    type: fc.constant('correction' as const),
    height: uint64,
    hash: hexOf(32),
    nonce: uint64,
    accumulator: hexOf(32),
    ledger: hexOf(32),
    balances: fc.array(hexOf(32), { maxLength: 4 }),
  }),
);

/** Any well-formed transaction. */
export const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc.record({
    type: fc.constant('witness' as const),
    sequence: uint64,
    fromBlock: uint64,
    blocks: fc.array(content, { maxLength: 12 }),
  }),
  fc.record({
    type: fc.constant('events' as const),
    height: uint64,
    before: commitment,
    events: fc.array(stakeEvent, { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('rebalance' as const), round: uint64, startsAt: uint64, endsAt: uint64, mapping: hexOf(32) }),
  fc.record({
    type: fc.constantFrom('order' as const, 'stream' as const),
    round: uint64,
    payload: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({
    type: fc.constant('govern' as const),
    sequence: uint64,
    support: fc.boolean(),
    motion: fc.record({ expiry: uint64, changes: fc.array(change, { maxLength: 6 }) }),
  }),
  fc.record({ type: fc.constant('contest' as const), sequence: uint64, height: uint64, hash: hexOf(32) }),
  fc.record({ type: fc.constant('balances' as const), balances: ascending }),
);

export const signedTransaction: fc.Arbitrary<SignedTransaction> = fc.record({ transaction, signature: ofLength(65) });

/** A change of a byte string: what happens to bytes on the way, and what somebody would try on purpose. */
export type Mutation = (bytes: Bytes) => Bytes;

const at = fc.nat(1_000_000);

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Mutation =>
      (bytes) =>
        flipped(bytes, where % bytes.length, mask),
  ),
  at.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, where % bytes.length),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map(
    (tail): Mutation =>
      (bytes) =>
        concatBytes(bytes, tail),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map(
    (head): Mutation =>
      (bytes) =>
        concatBytes(head, bytes),
  ),
  fc.tuple(at, fc.uint8Array({ maxLength: 4 }), fc.nat(4)).map(
    ([where, part, drop]): Mutation =>
      (bytes) =>
        concatBytes(bytes.subarray(0, where % bytes.length), part, bytes.subarray((where % bytes.length) + drop)),
  ),
  fc.tuple(at, at).map(
    ([from, to]): Mutation =>
      (bytes) =>
        swapped(bytes, from % bytes.length, to % bytes.length),
  ),
  fc.constant<Mutation>(longerLength),
);

/** `bytes` with the bits of `mask` turned at `where`. */
export function flipped(bytes: Bytes, where: number, mask: number): Bytes {
  const copy = Uint8Array.from(bytes);
  copy[where] = (copy[where] as number) ^ mask;
  return copy;
}

function swapped(bytes: Bytes, from: number, to: number): Bytes {
  const copy = Uint8Array.from(bytes);
  copy[from] = bytes[to] as number;
  copy[to] = bytes[from] as number;
  return copy;
}

/** The outer list's length with a zero in front, as a lenient decoder would still read it. */
export function longerLength(bytes: Bytes): Bytes {
  const tag = bytes[0] as number;
  if (tag < 0xc0) return concatBytes(Uint8Array.of(0x81), bytes);
  if (tag <= 0xf7) return concatBytes(Uint8Array.of(0xf8, tag - 0xc0), bytes.subarray(1));
  return concatBytes(Uint8Array.of(Math.min(tag + 1, 0xff), 0), bytes.subarray(1));
}

/** A history of `length` blocks after block 100 in which nobody takes out more than there is. */
export function stakingHistory(length: number): fc.Arbitrary<StakingHistory> {
  const event = fc.record({
    who: fc.constantFrom('A', 'B', 'C', 'D'),
    amount: fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.bigInt({ min: 1n, max: 2n ** 200n })),
    out: fc.boolean(),
    all: fc.boolean(),
  });
  const block = fc.record({
    gap: fc.integer({ min: 1, max: 9 }),
    events: fc.array(event, { minLength: 1, maxLength: 5, size: 'max' }),
  });
  return fc.array(block, { maxLength: 12, size: 'max' }).map((blocks) => {
    const history = new StakingHistory(100n);
    const balances = new Map<string, bigint>();
    let height = 100;
    for (const { gap, events } of blocks) {
      height += gap;
      if (height > 100 + length) break;
      const mined = events.map(({ who, amount: wanted, out, all }) => {
        const balance = balances.get(who) ?? 0n;
        const taken = all || wanted > balance ? balance : wanted;
        const takes = out && taken > 0n;
        balances.set(who, takes ? balance - taken : balance + wanted);
        return takes ? remove(who, taken) : add(who, wanted);
      });
      history.mine(height, ...mined);
    }
    return history;
  });
}
