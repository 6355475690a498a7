// The motions that may still be voted on, and those that were decided, until they expire: so that a late voice, or an old one
// sent again, does not open them anew. One record a motion; a validator has one voice in each.

import { type Bytes, equalBytes, type Hex, hex } from '../lib/bytes.ts';
import { asList, asUint, type Rlp, rlpUint } from '../lib/rlp.ts';
import { listsOf, listTable } from './corrected-balances.ts';
import { decodeMotion, encodeMotion } from './motion.ts';
import type { Overlay } from './overlay.ts';
import { asHex, HASH_KEY, Table } from './records.ts';
import type { Motion } from './types.ts';

export interface Decision {
  /** Peg height at the end of which it fell. */
  readonly height: bigint;
  /** 0: the changes were made. Otherwise the code, in codespace `govern`, of what stood in their way. */
  readonly code: number;
}

export interface MotionRecord {
  readonly motion: Motion;
  /** Consensus address of the validator who opened it. */
  readonly starter: Hex;
  /** Peg height at which it was opened. */
  readonly openedAt: bigint;
  /** Consensus addresses, ascending. */
  readonly voters: readonly Hex[];
  readonly decision: Decision | undefined;
}

/** By the motion's digest. */
export const motionTable = new Table<Hex, MotionRecord>(
  'g',
  HASH_KEY,
  ({ motion, starter, openedAt, voters, decision }): Rlp => [
    encodeMotion(motion),
    hex(starter, 20),
    rlpUint(openedAt),
    voters.map((voter) => hex(voter, 20)),
    decision === undefined ? [] : [rlpUint(decision.height), rlpUint(BigInt(decision.code))],
  ],
  (item) => {
    const [motion, starter, openedAt, voters, decision] = asList(item, 5);
    const [height, code] = asList(decision);
    return {
      motion: decodeMotion(motion),
      starter: asHex(starter, 20),
      openedAt: asUint(openedAt, 64),
      voters: asList(voters).map((voter) => asHex(voter, 20)),
      decision: height === undefined ? undefined : { height: asUint(height, 64), code: Number(asUint(code, 32)) },
    };
  },
);

type Motions = readonly (readonly [id: Hex, record: MotionRecord])[];

/** By version of the table: a motion can be as large as a transaction, and a proposer can fill its block with voices in vain. */
const known = new WeakMap<object, Motions>();
/** The motions last read, with their bytes: a voice changes one, and none of the others has to be decoded again for it. */
let decoded: ReadonlyMap<Hex, { readonly raw: Bytes; readonly record: MotionRecord }> = new Map();

function allMotions(state: Overlay): Motions {
  const version = motionTable.version(state);
  const motions = known.get(version) ?? readMotions(state);
  known.set(version, motions);
  return motions;
}

function readMotions(state: Overlay): Motions {
  const read = [...motionTable.encoded(state)].map(([id, raw]) => {
    const before = decoded.get(id);
    const same = before !== undefined && equalBytes(before.raw, raw);
    return [id, same ? before : { raw, record: motionTable.decode(raw) }] as const;
  });
  decoded = new Map(read);
  return read.map(([id, { record }]) => [id, record]);
}

/** The motions that a vote at peg height `height` may be about, oldest first, equals by their digest. */
export function openMotions(state: Overlay, height: bigint): Motions {
  return allMotions(state)
    .filter(([, { motion, decision }]) => decision === undefined && motion.expiry >= height)
    .sort(([, a], [, b]) => (a.openedAt === b.openedAt ? 0 : a.openedAt < b.openedAt ? -1 : 1));
}

/** Ends a motion: keeps it with what was decided, or drops it. Balances that no open motion names any more go with it. */
export function closeMotion(state: Overlay, id: Hex, record: MotionRecord, decision?: Decision): void {
  if (decision === undefined) motionTable.delete(state, id);
  else motionTable.set(state, id, { ...record, decision });
  const lists = listsOf(record.motion);
  if (lists.length === 0) return;
  const open = [...motionTable.entries(state)].filter(([, other]) => other.decision === undefined);
  const named = new Set(open.flatMap(([, { motion }]) => listsOf(motion)));
  for (const digest of lists) if (!named.has(digest)) listTable.delete(state, digest);
}

/** Writes an open motion; one that nobody votes for any more is dropped. */
export function setVoters(state: Overlay, id: Hex, record: MotionRecord, voters: readonly Hex[]): void {
  if (voters.length === 0) closeMotion(state, id, record);
  else motionTable.set(state, id, { ...record, voters: voters.toSorted() });
}

/** Takes the voices of `gone` out of every open motion. */
export function silenceVoters(state: Overlay, gone: ReadonlySet<Hex>): void {
  for (const [id, record] of [...motionTable.entries(state)]) {
    const staying = record.voters.filter((voter) => !gone.has(voter));
    if (record.decision === undefined && staying.length < record.voters.length) setVoters(state, id, record, staying);
  }
}
