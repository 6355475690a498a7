// A process that makes a store, a snapshot of it or a store from the snapshot, and says how much memory its objects took at
// most, in MB. What the system maps of LevelDB's files is not counted: it gives that back when others need it.
//   node --import tsx test/helpers/snapshot-weight.ts fill|make|restore ENTRIES STORE SNAPSHOT

import process from 'node:process';
import { openStore } from '../../relayer/store/level-store.ts';
import { openSnapshot, writeSnapshot } from '../../relayer/store/snapshot-file.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';

const [task, count, folder, path] = process.argv.slice(2) as [string, string, string, string];
const VALUE_BYTES = 1_000;
const STEP = 5_000;
let most = 0;
const weigh = () => {
  const { heapUsed, external } = process.memoryUsage();
  most = Math.max(most, heapUsed + external);
};
const store = await openStore({ folder, cacheBytes: 2 ** 20 });

if (task === 'fill') {
  for (let from = 0; from < Number(count); from += STEP) {
    const key = (i: number) => Uint8Array.of(0x62, (i * 37) & 0xff, i >> 16, i >> 8, i);
    store.stage(Array.from({ length: STEP }, (_, i) => [key(from + i), new Uint8Array(VALUE_BYTES).fill(from + i)] as const));
    await store.commit(store.version + 1n);
  }
  // So that opening the store does not read the large blocks again.
  for (let i = 0; i < 20; i++) await store.commit(store.version + 1n);
} else if (task === 'make') {
  const frozen = store.freeze();
  await writeSnapshot(frozen, path, { records: [], onProgress: weigh });
  await frozen.release();
} else {
  const snapshot = await openSnapshot(path);
  const restore = await SnapshotRestore.begin(store, snapshot.manifest);
  for (let i = 0; i < snapshot.manifest.chunks.length; i++) {
    await restore.take(i, await snapshot.chunk(i));
    weigh();
  }
  await restore.finish({});
  await snapshot.close();
}
await store.close();
process.stdout.write(`${Math.round(most / 1e6)}\n`);
