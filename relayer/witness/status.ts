// What a witness shows of itself, and the log line for every change of it: one per change, none per poll.

import type { EndpointStatus } from '../ethereum/pool-state.ts';
import type { Check } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import type { AuditStatus } from './auditor.ts';
import type { CatchUpProgress } from './catch-up.ts';
import type { ChainView } from './chain-reader.ts';
import { type FinalityDelay, noteFinality } from './finality-delay.ts';
import type { LatchRecord } from './latch.ts';
import type { PegView } from './peg-view.ts';
import type { Silence } from './silence.ts';
import type { Movement } from './standstill.ts';

export interface WitnessStatus {
  /** `working`: votes whenever there is something to vote for. `silent`: something keeps it from that, see `silence`. */
  readonly state: 'starting' | 'working' | 'silent' | 'latched';
  /** Address of the witness key. */
  readonly witness: Hex;
  readonly consensusAddress: Hex;
  readonly silence: readonly Silence[];
  readonly latch?: LatchRecord;
  /** Ethereum's head and the newest block that may be voted for, as of the last step that could read them. */
  readonly head?: bigint;
  readonly matureHead?: bigint;
  /** For how long the witness has seen the present head, and the present finalized block; absent before there is one. */
  readonly headAgeMs?: number;
  readonly finalizedAgeMs?: number;
  /** The peg's view of this witness and of Ethereum. */
  readonly witnessedTo?: bigint;
  readonly matureEthBlock?: bigint;
  /** How far it is behind, while it votes for blocks of long ago; absent while it keeps up. */
  readonly catchUp?: CatchUpProgress;
  /** How the newest blocks that were read, and the newest with events, were verified; ascending. */
  readonly verified: readonly VerificationRecord[];
  /** The endpoints of Ethereum, in the order of the config; whoever opened the view adds them. */
  readonly endpoints?: readonly EndpointStatus[];
  /** How long blocks take from maturity to finality. */
  readonly finality: FinalityDelay;
  /** The validator's own audit; whoever makes it adds it. */
  readonly audit?: AuditStatus;
  /** Transactions that the peg took into its mempool. */
  readonly sent: number;
  /** Refusals by `codespace/code`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Which checks a block passed. */
export interface VerificationRecord {
  readonly number: bigint;
  readonly hash: Hex;
  readonly events: number;
  readonly checks: readonly Check[];
  /** Endpoints that agreed on the block, of those that answered; absent with a single endpoint. */
  readonly agreement?: { readonly agreed: number; readonly asked: number };
}

export interface Seen {
  readonly peg?: PegView;
  readonly chain?: ChainView | undefined;
  readonly silence: readonly Silence[];
  readonly latch?: LatchRecord | undefined;
  readonly movement?: Movement;
}

/**
 * Refusals and a full window are part of normal work, and so are a head a little behind that of those who voted, and a block
 * that awaits the finalized tag: one that does not move is a reason of its own.
 */
function isHarmless({ code, data }: Silence): boolean {
  if (code === 'HEAD_TOO_LOW') return (data.head as bigint) >= (data.eth_block as bigint);
  if (code === 'NOT_FINALIZED') return data.finalized !== undefined;
  return code === 'REFUSED' || code === 'WINDOW_FULL';
}

/** The reasons that are to be told. */
export function seriousReasons(silence: readonly Silence[]): readonly Silence[] {
  return silence.filter((reason) => !isHarmless(reason));
}

/** The status after a step; logs the reasons that are new, the harmless ones excepted. */
export function reportChanges(before: WitnessStatus, seen: Seen, self: Hex, nowMs: number, log: Log): WitnessStatus {
  const serious = seriousReasons(seen.silence);
  const state = seen.latch !== undefined ? 'latched' : serious.length > 0 ? 'silent' : 'working';
  const known = new Set(seriousReasons(before.silence).map(({ code }) => code));
  for (const { code, message, data } of serious)
    if (!known.has(code) && code !== 'LATCH_CLOSED') log.warn({ ...data, reason: code }, `kept silent: ${message}`);
  if (state !== before.state) log.info({ state, before: before.state }, `witness was ${before.state} and is ${state}`);
  const own = seen.peg?.validators.find(({ address }) => address === self);
  const { latch: _, ...rest } = before;
  const seenFinality = { matureHead: seen.chain?.matureHead, final: seen.peg?.ethereum.matureEthBlock };
  return {
    ...rest,
    state,
    silence: seen.silence,
    finality: noteFinality(before.finality, seenFinality, nowMs),
    verified: seen.chain === undefined ? before.verified : recordsOf(before.verified, seen.chain),
    ...(seen.latch && { latch: seen.latch }),
    ...(seen.chain && { head: seen.chain.head.number }),
    ...(seen.movement?.head && { headAgeMs: nowMs - seen.movement.head.sinceMs }),
    ...(seen.movement?.finalized && { finalizedAgeMs: nowMs - seen.movement.finalized.sinceMs }),
    ...(seen.chain?.matureHead !== undefined && { matureHead: seen.chain.matureHead }),
    ...(own?.witnessedTo !== undefined && { witnessedTo: own.witnessedTo }),
    ...(seen.peg?.ethereum.matureEthBlock !== undefined && { matureEthBlock: seen.peg.ethereum.matureEthBlock }),
  };
}

/** Records shown: so many of the newest blocks, and as many of those with events. */
const SHOWN = 16;

function recordsOf(before: readonly VerificationRecord[], { blocks }: ChainView): readonly VerificationRecord[] {
  const read = blocks.flatMap(({ number, content: { hash }, events, verification }) =>
    verification === undefined ? [] : [{ number, hash, events: events.length, ...verification }],
  );
  const [lowest] = read;
  const all = [...before.filter(({ number }) => lowest === undefined || number < lowest.number), ...read];
  const busy = all.filter(({ events }) => events > 0).slice(-SHOWN);
  const newest = all.slice(-SHOWN);
  return [...busy.filter((record) => !newest.includes(record)), ...newest];
}
