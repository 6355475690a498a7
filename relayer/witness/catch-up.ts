// How a witness that has many blocks to vote for gets on: where it began, how fast it is, when it will be done. It follows
// from the peg's own `witnessedTo` and the chain, so after a restart it goes on where the peg says it stands. Pure.

/** More blocks behind than this are a catch-up: a few votes of 256. */
const FAR_BEHIND = 1_024n;
/** A line of the log at most so often. */
const REPORT_EVERY_MS = 5_000;

export interface CatchUpProgress {
  /** First and last block of the stretch; the end moves with the head. */
  readonly from: bigint;
  readonly to: bigint;
  /** Voted for up to here, as the peg shows it. */
  readonly at: bigint;
  readonly blocksPerSecond: number;
  /** Undefined before there is a speed. */
  readonly remainingMs: number | undefined;
}

export interface CatchUp {
  readonly progress: CatchUpProgress;
  readonly startedAt: number;
  readonly reportedAt: number;
}

export interface CatchUpStep {
  /** Undefined while the witness keeps up. */
  readonly state: CatchUp | undefined;
  /** What is worth a line of the log now. */
  readonly report?: 'began' | 'progressed' | 'ended';
}

/**
 * @param witnessedTo the own last vote on the peg
 * @param matureHead newest block that may be voted for
 */
export function stepCatchUp(state: CatchUp | undefined, witnessedTo: bigint, matureHead: bigint, nowMs: number): CatchUpStep {
  const behind = matureHead - witnessedTo;
  if (state === undefined) {
    if (behind <= FAR_BEHIND) return { state };
    const progress = { from: witnessedTo, to: matureHead, at: witnessedTo, blocksPerSecond: 0, remainingMs: undefined };
    return { state: { progress, startedAt: nowMs, reportedAt: nowMs }, report: 'began' };
  }
  if (behind <= 0n) return { state: undefined, report: 'ended' };
  const { progress, startedAt, reportedAt } = state;
  const from = witnessedTo < progress.from ? witnessedTo : progress.from;
  const done = Number(witnessedTo - from);
  const seconds = (nowMs - startedAt) / 1000;
  const blocksPerSecond = done === 0 || seconds <= 0 ? 0 : done / seconds;
  const remainingMs = blocksPerSecond === 0 ? undefined : Math.round((Number(behind) / blocksPerSecond) * 1000);
  const next = { from, to: matureHead, at: witnessedTo, blocksPerSecond, remainingMs };
  const due = nowMs - reportedAt >= REPORT_EVERY_MS;
  const after = { progress: next, startedAt, reportedAt: due ? nowMs : reportedAt };
  return due ? { state: after, report: 'progressed' } : { state: after };
}
