// A limit to the time that a devnet has for its first limits.

import { CodedError } from '../lib/errors.ts';

/** `DEVNET_TIMEOUT`: the limits were not adopted in time. */
export type RunDevnetErrorCode = 'DEVNET_TIMEOUT';

/** Milliseconds that a timer holds: 24 days. Whoever has more has as much as he wants. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs `task` until it ends, is interrupted, or the time is up; then DEVNET_TIMEOUT says by `reason` where it stands. */
export async function withTimeout(
  timeoutMs: number,
  interrupted: AbortSignal,
  task: (signal: AbortSignal) => Promise<void>,
  reason: () => Promise<string>,
): Promise<void> {
  const timeout = AbortSignal.timeout(Math.min(timeoutMs, LONGEST_TIMER_MS));
  try {
    await task(AbortSignal.any([interrupted, timeout]));
  } catch (error) {
    if (!timeout.aborted || interrupted.aborted) throw error;
    throw new CodedError<RunDevnetErrorCode>(
      'DEVNET_TIMEOUT',
      `no full round with all stakes within ${timeoutMs / 1000} s: ${await reason()}`,
    );
  }
}
