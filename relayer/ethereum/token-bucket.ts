// A request budget: tokens flow in at a rate, each call takes one. A batch larger than what is there goes into debt and
// tells how long to wait first, so that calls keep their order and a large batch is never starved by small ones. Pure.

export interface TokenBucket {
  /** Tokens a second, and the most that gather while nothing is asked. */
  readonly perSecond: number;
  /** Negative while calls that were let in wait for their turn. */
  readonly tokens: number;
  /** Time of the last change, in milliseconds. */
  readonly at: number;
}

/** A full bucket. */
export function fullBucket(perSecond: number, nowMs: number): TokenBucket {
  return { perSecond, tokens: perSecond, at: nowMs };
}

/** Takes `count` tokens; the caller waits `waitMs` before it uses them. */
export function takeTokens(bucket: TokenBucket, count: number, nowMs: number): { bucket: TokenBucket; waitMs: number } {
  const { perSecond } = bucket;
  const elapsedMs = Math.max(0, nowMs - bucket.at);
  const tokens = Math.min(perSecond, bucket.tokens + (elapsedMs * perSecond) / 1000) - count;
  return {
    bucket: { perSecond, tokens, at: nowMs },
    waitMs: tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / perSecond),
  };
}

/** Gives back what was taken for calls that were given up while they waited. */
export function returnTokens(bucket: TokenBucket, count: number): TokenBucket {
  return { ...bucket, tokens: Math.min(bucket.perSecond, bucket.tokens + count) };
}
