// A process that commits to a store as fast as it can and says so, to be killed at any moment.
//   node --import tsx test/helpers/store-process.ts FOLDER
// Block v writes what `blockChanges(v)` says, so that whoever reads the folder afterwards knows what must be there.

import { pathToFileURL } from 'node:url';
import { openStore } from '../../relayer/store/level-store.ts';
import type { Change } from '../../relayer/store/state-store.ts';

/** 200 changes of 5,000 keys: short and long values, and deletions. */
export function blockChanges(version: number): Change[] {
  const changes = new Map<number, Change>();
  for (let i = 0; i < 200; i++) {
    const n = (version * 7919 + i * i * 31) % 5000;
    const key = Uint8Array.of(0x62, n >> 8, n & 0xff, (n * 37) & 0xff);
    const length = i % 50 === 0 ? 500 : 9;
    changes.set(n, [key, i % 7 === 0 ? undefined : new Uint8Array(length).fill(version & 0xff)]);
  }
  return [...changes.values()];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const store = await openStore({ folder: process.argv[2] as string, keepVersions: 4 });
  process.stdout.write(`${store.version}\n`);
  for (;;) {
    store.stage(blockChanges(Number(store.version) + 1));
    await store.commit(store.version + 1n, { height: Uint8Array.of(Number(store.version & 0xffn)) });
    process.stdout.write(`${store.version}\n`);
  }
}
