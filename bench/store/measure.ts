// Measures one candidate at one size in a process of its own, because of the memory: prints one line of JSON.
//   node --expose-gc --import tsx bench/store/measure.ts CANDIDATE ACCOUNTS FOLDER

import { accountKey, accounts, block } from './accounts.ts';
import { CANDIDATES, type CandidateKind } from './candidates.ts';

export const CHANGES = 1000;
const LOAD_STEP = 20_000;

export interface Measurement {
  readonly loadMs: number;
  /** Median and mean over the blocks after the first ones; the mean holds the checkpoints. */
  readonly commitMs: { readonly median: number; readonly mean: number };
  readonly proofUs: number;
  readonly proofBytes: number;
  readonly restartMs: number | undefined;
  /** Resident set after opening, 50 blocks and a garbage collection. */
  readonly memoryMb: number;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Fills a candidate with n accounts, step by step. */
export async function load(kind: CandidateKind, folder: string, n: number): Promise<void> {
  const candidate = await kind.open(folder);
  for (let from = 0; from < n; from += LOAD_STEP) await candidate.apply(accounts(from, Math.min(n, from + LOAD_STEP)));
  await candidate.close();
}

async function measure(name: string, n: number, folder: string): Promise<Measurement> {
  const kind = CANDIDATES[name] as CandidateKind;
  const onDisk = name === 'store';
  const loadedAt = performance.now();
  let candidate = await kind.open(folder);
  if (!onDisk)
    for (let from = 0; from < n; from += LOAD_STEP) await candidate.apply(accounts(from, Math.min(n, from + LOAD_STEP)));
  const loadMs = performance.now() - loadedAt;
  const commits: number[] = [];
  for (let number = 1; number <= 50; number++) {
    const entries = block(number, n, CHANGES);
    const startedAt = performance.now();
    await candidate.apply(entries);
    commits.push(performance.now() - startedAt);
  }
  const proofs: number[] = [];
  let bytes = 0;
  for (let i = 0; i < 500; i++) {
    const key = accountKey((i * 7919) % n);
    const startedAt = performance.now();
    bytes += await candidate.prove(key);
    proofs.push(performance.now() - startedAt);
  }
  globalThis.gc?.();
  const memoryMb = process.memoryUsage().rss / 1e6;
  let restartMs: number | undefined;
  if (onDisk) {
    await candidate.close();
    const startedAt = performance.now();
    candidate = await kind.open(folder);
    restartMs = performance.now() - startedAt;
  }
  await candidate.close();
  const steady = commits.slice(10);
  const commitMs = { median: median(steady), mean: mean(steady) };
  return { loadMs, commitMs, proofUs: 1000 * median(proofs), proofBytes: bytes / 500, restartMs, memoryMb };
}

if (import.meta.filename === process.argv[1]) {
  const [name, n, folder] = process.argv.slice(2) as [string, string, string];
  process.stdout.write(`${JSON.stringify(await measure(name, Number(n), folder))}\n`);
}
