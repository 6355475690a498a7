// Lines of progress with an estimate for work that takes a while.

import { systemClock } from '../lib/clock.ts';
import type { Terminal } from './command.ts';

const LINE_MS = 2_000;

/** Tells how far something is, every two seconds: `audit: 2048 of 10000 blocks, about 12 s to go`. */
export function progressLine(
  what: string,
  unit: string,
  terminal: Terminal,
): (done: number | bigint, total: number | bigint) => void {
  const startedAt = systemClock.now();
  let saidAt = startedAt;
  return (done, total) => {
    const now = systemClock.now();
    if (Number(done) === 0 || done >= total || now - saidAt < LINE_MS) return;
    saidAt = now;
    const toGoMs = ((now - startedAt) * (Number(total) - Number(done))) / Number(done);
    terminal.err(`${what}: ${done} of ${total} ${unit}, about ${Math.ceil(toGoMs / 1_000)} s to go`);
  };
}
