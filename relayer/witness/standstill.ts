// Whether Ethereum stands still, as one witness sees it: since when it has had the same head, and the same finalized block where
// votes wait for that. Pure; time comes with each input. It explains a silence and decides nothing.

import type { FinalityRule } from '../ethereum/finality.ts';
import type { Header } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { type Silence, silence } from './silence.ts';

/** How long each may stay the same before it is an alarm, in milliseconds. */
export interface StandstillLimits {
  readonly headMs: number;
  readonly finalizedMs: number;
}

/** Ethereum makes a block every 12 s, and finalizes an epoch of 32 blocks every 384 s: five blocks, and three epochs. */
export const STANDSTILL_LIMITS: StandstillLimits = { headMs: 60_000, finalizedMs: 1_200_000 };

/** A block, and the moment at which the witness saw it first in its place. */
interface Mark {
  readonly block: bigint;
  /** Of a head: another block of the same number is a move, too. */
  readonly hash?: Hex;
  readonly sinceMs: number;
}

/** Where head and finalized block are, and since when; undefined before there is one. */
export interface Movement {
  readonly head: Mark | undefined;
  readonly finalized: Mark | undefined;
}

export const NO_MOVEMENT: Movement = { head: undefined, finalized: undefined };

/** Takes in what the view of Ethereum says now. */
export function noteMovement(
  before: Movement,
  seen: { readonly head: Header | undefined; readonly finalized: bigint | undefined },
  nowMs: number,
): Movement {
  const head = seen.head && { block: seen.head.number, hash: seen.head.hash };
  const finalized = seen.finalized === undefined ? undefined : { block: seen.finalized };
  return { head: mark(before.head, head, nowMs), finalized: mark(before.finalized, finalized, nowMs) };
}

function mark(before: Mark | undefined, seen: Omit<Mark, 'sinceMs'> | undefined, nowMs: number): Mark | undefined {
  const stays = before !== undefined && before.block === seen?.block && before.hash === seen.hash;
  return seen && (stays ? before : { ...seen, sinceMs: nowMs });
}

/** Why there is nothing to vote for; undefined while Ethereum moves. A head that stands says all: the tag cannot move then. */
export function standstill(
  { head, finalized }: Movement,
  finality: FinalityRule,
  limits: StandstillLimits,
  nowMs: number,
): Silence | undefined {
  if (head !== undefined && nowMs - head.sinceMs >= limits.headMs)
    return stands('HEAD_STANDS', `the head of Ethereum has been block ${head.block}`, head, nowMs);
  if (finality === 'finalized' && finalized !== undefined && nowMs - finalized.sinceMs >= limits.finalizedMs)
    return stands('FINALIZED_STANDS', `the finalized block of Ethereum has been ${finalized.block}`, finalized, nowMs);
  return undefined;
}

/** The message tells the moment and not the age, so that it stays the same while nothing changes. */
function stands(code: 'HEAD_STANDS' | 'FINALIZED_STANDS', what: string, { block, sinceMs }: Mark, nowMs: number): Silence {
  const since = new Date(sinceMs).toISOString();
  return silence(code, `${what} since ${since}`, { eth_block: block, age_ms: nowMs - sinceMs });
}
