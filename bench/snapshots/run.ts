// How long a snapshot takes to be made and to be restored, against a plain copy of the store's folder:
//   node --import tsx bench/snapshots/run.ts [ACCOUNTS …]
// "Longest pause" is how long the event loop stood still at most: what a block may have to wait for. CPU is that of the main
// thread, which depends less on what else the machine does.

import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openStore } from '../../relayer/store/level-store.ts';
import { openSnapshot, writeSnapshot } from '../../relayer/store/snapshot-file.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';
import { CANDIDATES, type CandidateKind } from '../store/candidates.ts';
import { load } from '../store/measure.ts';

const seconds = (ms: number) => (ms / 1000).toFixed(2);

interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
  readonly pauseMs: number;
}

async function timed(task: () => Promise<void>): Promise<Timed> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const before = process.threadCpuUsage();
  await task();
  const { user, system } = process.threadCpuUsage(before);
  const ms = performance.now() - startedAt;
  delay.disable();
  return { ms, cpuMs: (user + system) / 1000, pauseMs: delay.max / 1e6 };
}

const figures = ({ ms, cpuMs, pauseMs }: Timed, copy: Timed) =>
  `${seconds(ms)} s (${(ms / copy.ms).toFixed(0)} copies), CPU ${seconds(cpuMs)} s, longest pause ${pauseMs.toFixed(0)} ms`;

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => stat(join(folder, name))));
  return sizes.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

async function measure(folder: string, n: number): Promise<void> {
  const home = join(folder, 'store');
  const file = join(folder, 'snapshot.peg');
  await load(CANDIDATES.store as CandidateKind, home, n);
  const copied = await timed(() => cp(home, join(folder, 'copy'), { recursive: true }));
  let store = await openStore({ folder: home });
  const made = await timed(async () => {
    const frozen = store.freeze();
    await writeSnapshot(frozen, file, { records: [] });
    await frozen.release();
  });
  await store.close();
  const snapshot = await openSnapshot(file);
  store = await openStore({ folder: join(folder, 'restored') });
  const restored = await timed(async () => {
    const restore = await SnapshotRestore.begin(store, snapshot.manifest);
    for (const index of snapshot.manifest.chunks.keys()) await restore.take(index, await snapshot.chunk(index));
    await restore.finish({});
  });
  await store.close();
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
  console.log(
    [
      `${n} accounts: folder ${mb(await folderBytes(home))} MB, copied in ${seconds(copied.ms)} s`,
      `  snapshot ${mb((await stat(file)).size)} MB in ${snapshot.manifest.chunks.length} chunks`,
      `  made in ${figures(made, copied)}`,
      `  restored in ${figures(restored, copied)}`,
    ].join('\n'),
  );
  await snapshot.close();
}

for (const n of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100_000, 1_000_000]) {
  const folder = await mkdtemp(join(tmpdir(), 'peg-bench-'));
  try {
    await measure(folder, n);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
