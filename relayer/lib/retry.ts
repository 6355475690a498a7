// Exponential back-off with jitter, over a Clock and an AbortSignal.

import type { Clock } from './clock.ts';

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Whether this error is worth another try. Default: every error. */
  readonly retryable?: (error: unknown) => boolean;
  /** In [0, 1): spreads the delays. Default: Math.random. */
  readonly random?: () => number;
}

/** Runs `task` until it succeeds; throws its last error when the attempts are used up or it is not retryable. */
export async function retry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, clock, signal, retryable = () => true } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await task(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !retryable(error)) throw error;
      await clock.sleep(backoffMs(attempt, options), signal);
    }
  }
}

/** Delay after the n-th failure: base · 2^(n−1), at most `maxDelayMs`, of which a random half is taken off. */
export function backoffMs(
  failures: number,
  { baseDelayMs, maxDelayMs, random = Math.random }: Pick<RetryOptions, 'baseDelayMs' | 'maxDelayMs' | 'random'>,
): number {
  const full = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random();
}
