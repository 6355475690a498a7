// Compares the structures for the state, and the store with itself at 1,000, 100,000 and 1,000,000 accounts:
//   node --import tsx bench/store/run.ts [ACCOUNTS …]
// The commits of the three sizes are taken in turn within one process, so that whatever else the machine does falls on all.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { block } from './accounts.ts';
import { CANDIDATES, type CandidateKind } from './candidates.ts';
import { CHANGES, load, type Measurement, mean, median } from './measure.ts';

const BLOCKS = 140;
const WARM_UP = 60;
const MEASURE = new URL('./measure.ts', import.meta.url).pathname;
const STORE = CANDIDATES.store as CandidateKind;

function measureApart(name: string, n: number, folder: string): Measurement {
  const args = ['--expose-gc', '--max-old-space-size=6144', '--import', 'tsx', MEASURE, name, String(n), folder];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measurement;
}

const number = (value: number, digits = 1) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

function print(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] as readonly string[]).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  );
  for (const row of rows)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  '),
    );
}

async function compareCandidates(folder: string, sizes: readonly number[]): Promise<void> {
  const rows = [['structure', 'accounts', 'commit ms', 'proof µs', 'proof bytes', 'restart ms', 'memory MB']];
  for (const [name, kind] of Object.entries(CANDIDATES)) {
    for (const n of sizes.filter((size) => size <= kind.largest)) {
      const m = measureApart(name, n, join(folder, `store-${n}`));
      const restart = m.restartMs === undefined ? '–' : number(m.restartMs, 0);
      rows.push([
        kind.title,
        number(n, 0),
        number(m.commitMs.median),
        number(m.proofUs, 0),
        number(m.proofBytes, 0),
        restart,
        number(m.memoryMb, 0),
      ]);
    }
  }
  print(rows);
}

/** Milliseconds of each commit by size, in turn: by the clock, and of the main thread, which depends less on a busy machine. */
async function compareSizes(folder: string, sizes: readonly number[]): Promise<void> {
  const stores = await Promise.all(
    sizes.map(async (n) => ({
      n,
      candidate: await STORE.open(join(folder, `store-${n}`)),
      ms: [] as number[],
      cpu: [] as number[],
    })),
  );
  for (let b = 1000; b < 1000 + BLOCKS; b++) {
    for (const { n, candidate, ms, cpu } of stores) {
      const entries = block(b, n, CHANGES);
      const startedAt = performance.now();
      const before = process.threadCpuUsage();
      await candidate.apply(entries);
      if (b < 1000 + WARM_UP) continue;
      ms.push(performance.now() - startedAt);
      const { user, system } = process.threadCpuUsage(before);
      cpu.push((user + system) / 1000);
    }
  }
  for (const { candidate } of stores) await candidate.close();
  const [first] = stores as [(typeof stores)[number]];
  print([
    ['accounts', 'median ms', 'ratio', 'mean ms', 'ratio', 'mean CPU ms', 'ratio'],
    ...stores.map(({ n, ms, cpu }) => [
      number(n, 0),
      number(median(ms)),
      number(median(ms) / median(first.ms), 2),
      number(mean(ms)),
      number(mean(ms) / mean(first.ms), 2),
      number(mean(cpu)),
      number(mean(cpu) / mean(first.cpu), 2),
    ]),
  ]);
}

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 100_000, 1_000_000];
const folder = await mkdtemp(join(tmpdir(), 'peg-bench-'));
try {
  for (const n of sizes) {
    const startedAt = performance.now();
    await load(STORE, join(folder, `store-${n}`), n);
    console.log(`${number(n, 0)} accounts loaded in ${number((performance.now() - startedAt) / 1000)} s`);
  }
  console.log(`\nStage and commit of ${CHANGES} changes, the sizes in turn, ${BLOCKS - WARM_UP} blocks each:`);
  await compareSizes(folder, sizes);
  console.log(`\nEach in a process of its own, after 50 blocks of ${CHANGES} changes:`);
  await compareCandidates(folder, sizes);
} finally {
  await rm(folder, { recursive: true, force: true });
}
