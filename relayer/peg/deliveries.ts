// The events behind the contents that are voted for (protocol, section 6). One suffix of a block's events is kept per height
// and accumulator: its head says where it begins, its pieces hold the events. A delivery folds either to what is voted for or
// to where a suffix begins, so a block with many events comes in pieces, last piece first, and no piece is ever rewritten.

import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, type Hex, hex, to0x } from '../lib/bytes.ts';
import { asList, asUint, rlpUint } from '../lib/rlp.ts';
import { foldEvents } from './fold.ts';
import type { Overlay } from './overlay.ts';
import { asHex, HEIGHT_KEY, Table } from './records.ts';
import { breachCell, matureOf } from './tables.ts';
import { decodeEvent, encodeEvents } from './transaction.ts';
import type { Commitment, EventsTx, StakeEvent, StateReader, Verdict } from './types.ts';
import { isVouchedFor, powerOf, type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';
import { contentsAt, type NamedContent } from './votes.ts';

interface SuffixKey {
  readonly height: bigint;
  /** What the suffix folds to. */
  readonly accumulator: Hex;
}

interface PieceKey extends SuffixKey {
  /** Nonce of the piece's first event. */
  readonly nonce: bigint;
}

const encodeSuffixKey = ({ height, accumulator }: SuffixKey): Bytes =>
  concatBytes(bigintToBytes(height, 8), hex(accumulator, 32));
const decodeSuffixKey = (key: Bytes): SuffixKey => ({
  height: bytesToBigint(key.subarray(0, 8)),
  accumulator: to0x(key.subarray(8, 40)),
});

/** What is on record of the events that fold to an accumulator. */
interface Suffix {
  /** The commitment before the first of them. */
  readonly before: Commitment;
  /** Nonce of the last one: accumulators do not collide, but a content may name a true one with a false nonce. */
  readonly lastNonce: bigint;
}

const suffixTable = new Table<SuffixKey, Suffix>(
  'd',
  [encodeSuffixKey, decodeSuffixKey],
  ({ before, lastNonce }) => [rlpUint(before.nonce), hex(before.accumulator, 32), rlpUint(lastNonce)],
  (item) => {
    const [nonce, accumulator, lastNonce] = asList(item, 3);
    return { before: { nonce: asUint(nonce, 64), accumulator: asHex(accumulator, 32) }, lastNonce: asUint(lastNonce, 64) };
  },
);

const pieceTable = new Table<PieceKey, readonly StakeEvent[]>(
  'p',
  [
    (key) => concatBytes(encodeSuffixKey(key), bigintToBytes(key.nonce, 8)),
    (key) => ({ ...decodeSuffixKey(key), nonce: bytesToBigint(key.subarray(40)) }),
  ],
  encodeEvents,
  (item) => asList(item).map(decodeEvent),
);

/** Where the suffix on record for what a content names begins, undefined when no event behind it is on record. */
export function suffixStart(state: StateReader, height: bigint, after: Commitment): Commitment | undefined {
  const suffix = suffixTable.get(state, { height, accumulator: after.accumulator });
  return suffix?.lastNonce === after.nonce ? suffix.before : undefined;
}

/** Where the suffix on record that folds to `accumulator` begins, undefined when there is none. */
export function suffixStartOf(state: StateReader, height: bigint, accumulator: Hex): Commitment | undefined {
  return suffixTable.get(state, { height, accumulator })?.before;
}

/** The events on record behind a content, in log order, each with its nonce. */
export function* suffixEvents(
  state: StateReader,
  height: bigint,
  accumulator: Hex,
): Iterable<readonly [nonce: bigint, event: StakeEvent]> {
  for (const [key, events] of pieceTable.entries(state, encodeSuffixKey({ height, accumulator }))) {
    for (const [index, event] of events.entries()) yield [key.nonce + BigInt(index), event];
  }
}

/** Drops everything delivered for `height`. */
export function dropDeliveries(state: Overlay, height: bigint): void {
  suffixTable.clear(state, HEIGHT_KEY[0](height));
  pieceTable.clear(state, HEIGHT_KEY[0](height));
}

/** Drops everything delivered. */
export function dropAllDeliveries(state: Overlay): void {
  suffixTable.clear(state);
  pieceTable.clear(state);
}

/** By more than 1/3 of the power, or by somebody. */
type Backing = 'attested' | 'named';

/** Where the events of a delivery belong, and those of them that are not on record. */
interface Placement {
  readonly backing: Backing;
  /** What the suffix they belong to folds to. */
  readonly end: Commitment;
  readonly news: readonly StakeEvent[];
}

/** Judges a delivery and, when it is accepted, records what is new in it. */
export function executeDelivery(state: Overlay, set: ValidatorSet, signer: Hex, delivery: EventsTx): Verdict {
  const refusal = judgeForm(state, set, signer, delivery);
  if (refusal !== undefined) return refusal;
  const { height, before } = delivery;
  const placement = place(state, set, delivery);
  if (placement?.backing !== 'attested')
    return refused('EVENTS_NOT_ATTESTED', `the events of block ${height} do not fold to what more than 1/3 of the power names`);
  const { end, news } = placement;
  if (news.length === 0) return refused('EVENTS_ON_RECORD', `the events of block ${height} are on record`);
  const { accumulator } = end;
  pieceTable.set(state, { height, accumulator, nonce: before.nonce + 1n }, news);
  suffixTable.set(state, { height, accumulator }, { before, lastNonce: end.nonce });
  return accepted([
    {
      type: 'events',
      attributes: {
        eth_block: height.toString(),
        first_nonce: (before.nonce + 1n).toString(),
        count: news.length.toString(),
        accumulator,
      },
    },
  ]);
}

/** Whether a delivery lacks nothing but votes: at least one names its content, not yet enough do. */
export function waitsForVotes(state: StateReader, set: ValidatorSet, signer: Hex, delivery: EventsTx): boolean {
  if (judgeForm(state, set, signer, delivery) !== undefined) return false;
  return place(state, set, delivery)?.backing === 'named';
}

function judgeForm(state: StateReader, set: ValidatorSet, signer: Hex, { height, events }: EventsTx): Verdict | undefined {
  if (validatorOf(set, signer) === undefined)
    return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  const breach = breachCell.get(state);
  if (breach !== undefined) return refused('BREACH', `breach at block ${breach.height}: ${breach.reason}`);
  if (height <= matureOf(state)) return refused('EVENTS_FINAL', `block ${height} is final`);
  if (events.length === 0) return refused('EVENTS_EMPTY', `a delivery for block ${height} without events`);
  if (events.some(({ amount }) => amount === 0n)) return refused('EVENTS_AMOUNT', `an event of block ${height} has the amount 0`);
  return undefined;
}

/**
 * The best place for a delivery: one that is backed and lacks these events, then one that is backed, then one that is merely
 * named and lacks them. A single false vote for a point on the way must not divert a delivery from where most want it.
 */
function place(state: StateReader, set: ValidatorSet, delivery: EventsTx): Placement | undefined {
  const places = placements(state, set, delivery);
  const backed = places.filter(({ backing }) => backing === 'attested');
  return backed.find(({ news }) => news.length > 0) ?? backed[0] ?? places.find(({ news }) => news.length > 0);
}

/** Where a delivery may end: at a content that is voted for, and at the beginning of each suffix on record. */
function placements(state: StateReader, set: ValidatorSet, { height, before, events }: EventsTx): readonly Placement[] {
  // Folding is the costly part; where no vote names events nothing can come of it.
  const named = contentsAt(state, height).filter(({ content }) => content.after !== undefined);
  if (named.length === 0) return [];
  const end = foldEvents(before, height, events);
  const start = suffixStart(state, height, end);
  const count = start === undefined ? events.length : Math.max(0, Number(start.nonce - before.nonce));
  const places: Omit<Placement, 'backing'>[] = [{ end, news: events.slice(0, count) }];
  for (const [{ accumulator }, suffix] of suffixTable.entries(state, HEIGHT_KEY[0](height)))
    if (sameCommitment(suffix.before, end)) places.push({ end: { nonce: suffix.lastNonce, accumulator }, news: events });
  return places.flatMap((one) => {
    const backing = backingOf(named, set, one.end);
    return backing === undefined ? [] : [{ ...one, backing }];
  });
}

/** How well a pair is backed. Contents may differ in block hash alone: the power of all that name the pair counts. */
function backingOf(named: readonly NamedContent[], set: ValidatorSet, pair: Commitment): Backing | undefined {
  const voters = named.filter(({ content }) => sameCommitment(content.after as Commitment, pair)).flatMap((one) => one.voters);
  const power = powerOf(set, voters);
  if (power === 0n) return undefined;
  return isVouchedFor(power, set.totalPower) ? 'attested' : 'named';
}

function sameCommitment(a: Commitment, b: Commitment): boolean {
  return a.nonce === b.nonce && a.accumulator === b.accumulator;
}
