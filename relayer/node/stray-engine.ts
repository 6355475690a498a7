// An engine that outlived its node. CometBFT stops itself when the application is gone, but that takes a moment, and one that
// has not connected yet keeps trying: two engines on one home would stop each other. Whoever starts one must own the home.

import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

const POLL_MS = 100;
/** How long it may take to end by itself, and then when asked to. */
const PATIENCE_MS = 3_000;
const LONGEST_STOP_MS = 10_000;

/** Resolves when no `cometbft start --home <home>` runs any more: waits for it, asks it to end, kills it. */
export async function endStrayEngine(
  home: string,
  { log, clock, signal }: { readonly log: Log; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const startedAt = clock.now();
  const asked = new Set<number>();
  for (;;) {
    const strays = await enginesOf(home);
    if (strays.length === 0) return;
    const waitedMs = clock.now() - startedAt;
    for (const pid of strays) {
      if (waitedMs >= PATIENCE_MS + LONGEST_STOP_MS) end(pid, 'SIGKILL');
      else if (waitedMs >= PATIENCE_MS && !asked.has(pid)) {
        log.warn({ pid, home }, 'an engine that an earlier process left behind was asked to end');
        asked.add(pid);
        end(pid, 'SIGTERM');
      }
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** Their process ids, by their command lines; none where processes cannot be listed. */
async function enginesOf(home: string): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args='], { maxBuffer: 64 * 2 ** 20 }).catch(
    () => ({
      stdout: '',
    }),
  );
  return stdout.split('\n').flatMap((line) => {
    const [, pid, args = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return args.endsWith(` start --home ${home}`) && Number(pid) !== process.pid ? [Number(pid)] : [];
  });
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
