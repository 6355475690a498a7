// Ends a child process: SIGTERM, and SIGKILL when that does not help in time.

import type { ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';

/** Resolves when `exited` does. Does nothing to a process that never started or has ended. */
export async function stopChild(
  child: ChildProcess,
  exited: Promise<unknown>,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const patience = new AbortController();
  const late = clock.sleep(timeoutMs, patience.signal).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  await exited;
  patience.abort();
  await late;
}
