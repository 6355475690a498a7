// Real time for deadlines, no time at all for the pauses between tries: tests of retries take no longer than their posts.

import { type Clock, systemClock } from '../../relayer/lib/clock.ts';

export interface ImpatientClock extends Clock {
  /** The pauses that were cut short, in milliseconds. */
  readonly pauses: number[];
}

/** Sleeps of `timeoutMs` (the deadline of a post) take their time, all others end at once. */
export function impatientClock(timeoutMs: number): ImpatientClock {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => systemClock.now(),
    sleep: async (ms, signal) => {
      if (ms === timeoutMs) return systemClock.sleep(ms, signal);
      signal?.throwIfAborted();
      pauses.push(ms);
    },
  };
}
