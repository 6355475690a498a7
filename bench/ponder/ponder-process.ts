// Ponder as a process of its own in app/: installed there once, with a fresh database a run, ended with the benchmark.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../relayer/node/free-port.ts';
import { eventually } from '../../test/helpers/eventually.ts';
import { Program } from '../../test/helpers/program.ts';
import type { Indexed, IndexRequest } from './own-index.ts';

const APP = fileURLToPath(new URL('./app', import.meta.url));
const COMMAND = join(APP, 'node_modules', '.bin', 'ponder');
const LONGEST_MS = 3_600_000;

/** Downloads Ponder unless it is there. It is no dependency of the project. */
export function installPonder(): void {
  if (existsSync(COMMAND)) return;
  const npm = ['install', '--no-audit', '--no-fund', '--package-lock=false'];
  const { status } = spawnSync('npm', npm, { cwd: APP, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('Ponder could not be installed');
}

/** Indexes from an empty database until Ponder says that it is done with the past. */
export async function indexByPonder({ url, contract, from, to }: IndexRequest): Promise<Indexed> {
  const folder = await mkdtemp(join(tmpdir(), 'peg-ponder-'));
  const port = await freePort();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const env = {
    ...{ BENCH_RPC: url, BENCH_CONTRACT: contract, BENCH_FROM: `${from}`, BENCH_TO: `${to}` },
    ...{ BENCH_FOLDER: folder, PONDER_TELEMETRY_DISABLED: 'true' },
  };
  const flags = ['--schema', 'bench', '--port', `${port}`, '--hostname', '127.0.0.1', '--log-format', 'json'];
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const ponder = new Program('env', [...words, process.execPath, COMMAND, 'start', '--root', APP, ...flags]);
  try {
    const failed = ponder.ended.then(() => {
      throw new Error(`Ponder ended: ${ponder.output.slice(-2_000)}`);
    });
    await Promise.race([ponder.said(/Started backfill/), failed]);
    const startedAt = seconds();
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200;
    await Promise.race([eventually('Ponder', ready, { deadlineMs: LONGEST_MS, pauseMs: 20 }), failed]);
    const took = seconds();
    const answer = await fetch(`http://127.0.0.1:${port}/balances`);
    const rows = (await answer.json()) as { staker: string; staked: string; events: number }[];
    return {
      startSeconds: startedAt,
      seconds: took,
      events: rows.reduce((sum, { events }) => sum + events, 0),
      staked: rows.reduce((sum, { staked }) => sum + BigInt(staked), 0n),
    };
  } finally {
    if (process.env.BENCH_VERBOSE) console.log(ponder.output);
    await ponder.close();
    await rm(folder, { recursive: true, force: true });
  }
}
