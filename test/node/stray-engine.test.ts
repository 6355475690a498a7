// Engines that outlived their node: real processes whose command lines look like an engine's.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Clock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { endStrayEngine } from '../../relayer/node/stray-engine.ts';

/** Hours pass in seconds, so that patience ends soon. */
function hastyClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      now += 10 * ms;
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
  };
}

describe('stray engine', () => {
  const home = join(tmpdir(), `peg-stray-${process.pid}`);
  const children: ChildProcess[] = [];

  async function stray(at: string, script: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['-e', `${script};console.log('up')`, 'start', '--home', at], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  }

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });

  const end = (signal?: AbortSignal) => endStrayEngine(home, { log: silentLog, clock: hastyClock(), signal });

  it('is asked to end', async () => {
    const child = await stray(home, 'setInterval(() => {}, 1000)');
    const exited = once(child, 'exit');
    await end();
    expect((await exited)[1]).to.equal('SIGTERM');
  });

  it('is killed when it does not', async () => {
    const child = await stray(home, "process.on('SIGTERM', () => {});setInterval(() => {}, 1000)");
    const exited = once(child, 'exit');
    await end();
    expect((await exited)[1]).to.equal('SIGKILL');
  });

  it('of another home is left alone', async () => {
    const child = await stray(`${home}-other`, 'setInterval(() => {}, 1000)');
    await end();
    expect([child.exitCode, child.signalCode]).to.deep.equal([null, null]);
  });

  it('is not waited for when the start is given up', async () => {
    await stray(home, "process.on('SIGTERM', () => {});setInterval(() => {}, 1000)");
    const reason = new Error('given up');
    let thrown: unknown;
    await end(AbortSignal.abort(reason)).catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.equal(reason);
  });
});
