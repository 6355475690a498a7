// The events behind the contents that are voted for (protocol, section 6). One suffix of a block's events is kept per height
// and accumulator: its head says where it begins, its pieces hold the events. A delivery folds either to what is voted for or
// to where a suffix begins, so a block with many events comes in pieces, last piece first, and no piece is ever rewritten.

import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, type Hex, hex, to0x } from '../lib/bytes.ts';
import { asList, asUint, rlpUint } from '../lib/rlp.ts';
import { foldEvent } from './fold.ts';
import type { Overlay } from './overlay.ts';
import { breachCell, HEIGHT_KEY, matureOf, Table } from './tables.ts';
import { asHex, decodeEvent, encodeEvents } from './transaction.ts';
import type { Commitment, EventsTx, StakeEvent, StateReader, Verdict } from './types.ts';
import { isVouchedFor, powerOf, type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';
import { contentsAt } from './votes.ts';

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

/** The commitment before the first event on record. */
const suffixTable = new Table<SuffixKey, Commitment>(
  'd',
  [encodeSuffixKey, decodeSuffixKey],
  (before) => [rlpUint(before.nonce), hex(before.accumulator, 32)],
  (item) => {
    const [nonce, accumulator] = asList(item, 2);
    return { nonce: asUint(nonce, 64), accumulator: asHex(accumulator, 32) };
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

/** Where the suffix on record for a content begins, undefined when no event behind it is on record. */
export function suffixStart(state: StateReader, height: bigint, accumulator: Hex): Commitment | undefined {
  return suffixTable.get(state, { height, accumulator });
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

/** How well a delivery is backed, for the mempool: it waits there while a single vote names its content. */
export type Backing = 'attested' | 'named' | 'unknown';

/** Where the events of a delivery belong, and those of them that are not on record. */
interface Placement {
  readonly backing: Backing;
  readonly accumulator: Hex;
  readonly news: readonly StakeEvent[];
}

/** Judges a delivery and, when it is accepted, records what is new in it. */
export function executeDelivery(state: Overlay, set: ValidatorSet, signer: Hex, delivery: EventsTx): Verdict {
  const refusal = judgeForm(state, set, signer, delivery);
  if (refusal !== undefined) return refusal;
  const { height, before } = delivery;
  const { backing, accumulator, news } = place(state, set, delivery);
  if (backing !== 'attested') {
    return refused('EVENTS_NOT_ATTESTED', `the events of block ${height} do not fold to what more than 1/3 of the power names`);
  }
  if (news.length === 0) return refused('EVENTS_ON_RECORD', `the events of block ${height} are on record`);
  pieceTable.set(state, { height, accumulator, nonce: before.nonce + 1n }, news);
  suffixTable.set(state, { height, accumulator }, before);
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

/** How well the delivery is backed by the votes of now; unknown when its form is refused. */
export function backingOf(state: StateReader, set: ValidatorSet, signer: Hex, delivery: EventsTx): Backing {
  if (judgeForm(state, set, signer, delivery) !== undefined) return 'unknown';
  const { backing, news } = place(state, set, delivery);
  return news.length === 0 ? 'unknown' : backing;
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

/** Tries the two ends that a delivery may have: a content that is voted for, or the beginning of a suffix on record. */
function place(state: StateReader, set: ValidatorSet, { height, before, events }: EventsTx): Placement {
  const points = [before];
  for (const event of events) points.push(foldEvent(points.at(-1) as Commitment, height, event));
  const end = points.at(-1) as Commitment;
  const direct = backingOfPair(state, set, height, end);
  if (direct !== 'unknown') {
    const start = suffixStart(state, height, end.accumulator);
    const count = start === undefined ? events.length : Number(start.nonce - before.nonce);
    return { backing: direct, accumulator: end.accumulator, news: events.slice(0, Math.max(0, count)) };
  }
  for (const [{ accumulator }, start] of suffixTable.entries(state, HEIGHT_KEY[0](height))) {
    if (start.nonce !== end.nonce || start.accumulator !== end.accumulator) continue;
    const backing = backingOfAccumulator(state, set, height, accumulator);
    if (backing !== 'unknown') return { backing, accumulator, news: events };
  }
  return { backing: 'unknown', accumulator: end.accumulator, news: events };
}

/** Contents differ by block hash too: the power of all that name the pair counts. */
function backingOfPair(state: StateReader, set: ValidatorSet, height: bigint, pair: Commitment): Backing {
  const voters = contentsAt(state, height)
    .filter(({ content }) => content.after?.nonce === pair.nonce && content.after.accumulator === pair.accumulator)
    .flatMap((named) => named.voters);
  return weigh(set, voters);
}

function backingOfAccumulator(state: StateReader, set: ValidatorSet, height: bigint, accumulator: Hex): Backing {
  const voters = contentsAt(state, height)
    .filter(({ content }) => content.after?.accumulator === accumulator)
    .flatMap((named) => named.voters);
  return weigh(set, voters);
}

function weigh(set: ValidatorSet, voters: readonly Hex[]): Backing {
  const power = powerOf(set, voters);
  if (power === 0n) return 'unknown';
  return isVouchedFor(power, set.totalPower) ? 'attested' : 'named';
}
