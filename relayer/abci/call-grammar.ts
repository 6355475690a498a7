// In which order an engine may call an application, as a checker over a log of calls. Engines are held to it in tests, the
// embedded one and CometBFT alike.
// Source: CometBFT spec/abci/abci++_comet_expected_behavior.md at v0.38.

import { type Bytes, equalBytes } from '../lib/bytes.ts';

/** I InitChain, O OfferSnapshot, A ApplySnapshotChunk, P PrepareProposal, R ProcessProposal, E ExtendVote, V VerifyVoteExtension, F FinalizeBlock, C Commit. */
export type CallLetter = 'I' | 'O' | 'A' | 'P' | 'R' | 'E' | 'V' | 'F' | 'C';

/** The call at `index` is not allowed there. */
export interface CallViolation {
  readonly index: number;
  readonly message: string;
}

/** A call with what the stricter rules look at. */
export interface LoggedCall {
  readonly letter: CallLetter;
  /** Of P, R, E, V and F. */
  readonly height?: bigint;
  /** Block hash of R and F. */
  readonly hash?: Bytes;
}

export interface CallLogOptions {
  /** Height that the application had when the log begins; 0 (default) before the first block. */
  readonly startHeight?: bigint;
  /** Height of the chain's first block; default 1. */
  readonly initialHeight?: bigint;
  /** Last height that was decided before the log begins: up to it blocks are replayed without a proposal. Default 0. */
  readonly decidedHeight?: bigint;
  /** Whether the network had decided a block without this node, which then catches up. Default: never. */
  readonly wasDecided?: (height: bigint, hash: Bytes) => boolean;
}

/** Where in the grammar a log stands. `blocks` may end a log, the others only when the engine was stopped there. */
type Phase = 'start' | 'initialised' | 'offered' | 'restoring' | 'height' | 'blocks' | 'finalized';

const IN_HEIGHT: Readonly<Partial<Record<CallLetter, Phase>>> = {
  P: 'height',
  R: 'height',
  E: 'height',
  V: 'height',
  F: 'finalized',
};

/** A phase's successors: `(I | (O A*)* O A+)? ([P R E V]* F C)+`. */
const GRAMMAR: Readonly<Record<Phase, Readonly<Partial<Record<CallLetter, Phase>>>>> = {
  start: { ...IN_HEIGHT, I: 'initialised', O: 'offered' },
  initialised: IN_HEIGHT,
  offered: { O: 'offered', A: 'restoring' },
  restoring: { ...IN_HEIGHT, O: 'offered', A: 'restoring' },
  height: IN_HEIGHT,
  blocks: IN_HEIGHT,
  finalized: { C: 'blocks' },
};

/**
 * Checks a sequence of calls (one letter each; Info, Query, CheckTx and the rest are not part of it) against the grammar.
 * Returns the first violation, undefined when there is none. A complete log ends after a Commit; with `stopped` it may end
 * anywhere, as that of an engine that was stopped or crashed.
 */
export function checkCallGrammar(calls: readonly string[], { stopped = false } = {}): CallViolation | undefined {
  let phase: Phase = 'start';
  for (const [index, letter] of calls.entries()) {
    const next: Phase | undefined = GRAMMAR[phase][letter as CallLetter];
    if (next === undefined) return { index, message: `${letter} is not allowed after ${calls[index - 1] ?? 'the start'}` };
    phase = next;
  }
  if (stopped || phase === 'blocks') return undefined;
  return { index: calls.length, message: `the log ends after ${calls.at(-1) ?? 'the start'}, not after a Commit` };
}

/**
 * The grammar (of a log that may end anywhere) and what it cannot say: heights are consecutive, a height's calls are all of
 * that height, and a finalized block was judged before by ProcessProposal, except while blocks are replayed.
 */
export function checkCallLog(calls: readonly LoggedCall[], options: CallLogOptions = {}): CallViolation | undefined {
  const violation = checkCallGrammar(
    calls.map(({ letter }) => letter),
    { stopped: true },
  );
  if (violation !== undefined) return violation;
  const { startHeight = 0n, initialHeight = 1n, decidedHeight = 0n, wasDecided = () => false } = options;
  let next = startHeight === 0n ? initialHeight : startHeight + 1n;
  let judged: Bytes[] = [];
  for (const [index, { letter, height, hash }] of calls.entries()) {
    if (letter === 'C') {
      next++;
      judged = [];
    } else if (height !== undefined && height !== next) {
      return { index, message: `${letter} is of height ${height}, the next is ${next}` };
    } else if (letter === 'R' && hash !== undefined) {
      judged.push(hash);
    } else if (letter === 'F' && hash !== undefined && next > decidedHeight) {
      if (judged.some((other) => equalBytes(other, hash)) || wasDecided(next, hash)) continue;
      return { index, message: `the block that was finalized at height ${next} had not been judged` };
    }
  }
  return undefined;
}
