// How long Ethereum blocks take from the moment they may be voted for until they are final on the peg, as one witness sees it.
// Pure; time comes with each input. Blocks that were mature before the first look are not counted.

/** Upper ends of the buckets, in seconds; above the last there is one more. */
export const FINALITY_BUCKETS_S: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Blocks that became mature together. */
interface Step {
  readonly from: bigint;
  readonly to: bigint;
  readonly atMs: number;
}

export interface FinalityDelay {
  /** Blocks by bucket, not cumulative; one entry more than FINALITY_BUCKETS_S. */
  readonly counts: readonly number[];
  readonly sumMs: number;
  /** Since a block last became final; undefined before the first. */
  readonly lastAgeMs: number | undefined;
  readonly waiting: readonly Step[];
  /** The highest so far: the head may go back, and its blocks have been mature once. */
  readonly matureHead: bigint | undefined;
  readonly final: bigint | undefined;
  readonly finalAtMs: number | undefined;
}

export const NO_DELAYS: FinalityDelay = {
  counts: FINALITY_BUCKETS_S.map(() => 0).concat(0),
  sumMs: 0,
  lastAgeMs: undefined,
  waiting: [],
  matureHead: undefined,
  final: undefined,
  finalAtMs: undefined,
};

/** Steps kept while nothing becomes final; older blocks are forgotten and not counted. */
const STEPS_KEPT = 1_024;

/** Takes in what a step of the witness saw: the newest block that may be voted for, and the last that is final. */
export function noteFinality(
  before: FinalityDelay,
  seen: { readonly matureHead: bigint | undefined; readonly final: bigint | undefined },
  nowMs: number,
): FinalityDelay {
  const { final = before.final } = seen;
  const matureHead = highest(before.matureHead, seen.matureHead);
  let { waiting } = before;
  if (before.matureHead !== undefined && matureHead !== undefined && matureHead > before.matureHead)
    waiting = [...waiting, { from: before.matureHead + 1n, to: matureHead, atMs: nowMs }].slice(-STEPS_KEPT);
  const upTo = final ?? -1n;
  const counts = [...before.counts];
  let { sumMs } = before;
  const left: Step[] = [];
  for (const { from, to, atMs } of waiting) {
    if (to > upTo) left.push({ from: from > upTo ? from : upTo + 1n, to, atMs });
    const blocks = Number((to > upTo ? upTo : to) - from) + 1;
    if (blocks <= 0) continue;
    const bucket = bucketOf(nowMs - atMs);
    counts[bucket] = (counts[bucket] as number) + blocks;
    sumMs += blocks * (nowMs - atMs);
  }
  const moved = final !== undefined && final !== before.final;
  const finalAtMs = moved ? nowMs : before.finalAtMs;
  const lastAgeMs = finalAtMs === undefined ? undefined : nowMs - finalAtMs;
  return { counts, sumMs, lastAgeMs, waiting: left, matureHead, final, finalAtMs };
}

function highest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

function bucketOf(delayMs: number): number {
  const bucket = FINALITY_BUCKETS_S.findIndex((limit) => delayMs <= limit * 1_000);
  return bucket < 0 ? FINALITY_BUCKETS_S.length : bucket;
}
