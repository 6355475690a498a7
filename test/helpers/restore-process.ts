// A process that fills a store from a snapshot and says after each chunk how far it is, to be killed at any moment; or, with
// `make`, makes snapshots of a store over and over.
//   node --import tsx test/helpers/restore-process.ts restore SNAPSHOT FOLDER
//   node --import tsx test/helpers/restore-process.ts make STORE FOLDER

import { silentLog } from '../../relayer/lib/log.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { openSnapshot } from '../../relayer/store/snapshot-file.ts';
import { SnapshotFolder } from '../../relayer/store/snapshot-folder.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';

const [task, from, to] = process.argv.slice(2) as [string, string, string];
const say = (text: string) => new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => resolve()));

if (task === 'restore') {
  const snapshot = await openSnapshot(from);
  const store = await openStore({ folder: to });
  const restore = await SnapshotRestore.begin(store, snapshot.manifest);
  for (let i = 0; i < snapshot.manifest.chunks.length; i++) {
    await restore.take(i, await snapshot.chunk(i));
    await say(String(i + 1));
  }
  await restore.finish({});
  await say('done');
  await store.close();
} else {
  const store = await openStore({ folder: from });
  const snapshots = await SnapshotFolder.open({ folder: to, keep: 2, records: [] }, { log: silentLog });
  for (let made = 0; ; made++) {
    store.stage([]);
    await store.commit(store.version + 1n);
    snapshots.take(store);
    await say(`${made}`);
    await snapshots.settled();
  }
}
