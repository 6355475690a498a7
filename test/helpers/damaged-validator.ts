// The folder of a devnet's only validator, whose state somebody has changed by hand: in the store and in the engine's record of
// it, so that nothing but a look at Ethereum can notice.

import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { equalBytes } from '../../relayer/lib/bytes.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import type { Change } from '../../relayer/store/state-store.ts';

/** Changes the last version under `home` (that of the validator, stopped). */
export async function damageState(home: string, change: (state: Overlay) => void): Promise<void> {
  const { honest, changed } = await rewriteStore(join(home, 'state'), change);
  if ((await forgeEngine(join(home, 'blocks', 'blocks'), honest, changed)) === 0)
    throw new Error(`no record of the engine in ${home} holds the app hash`);
}

/** Writes the last version anew; gives both app hashes. */
async function rewriteStore(folder: string, change: (state: Overlay) => void) {
  const store = await openStore({ folder, keepVersions: 16 });
  try {
    const { version, root: honest } = store;
    const last = [...store.reader(version).scan(new Uint8Array(0))];
    await store.rollback(version - 1n);
    const overlay = new Overlay(store.reader());
    for (const [key, value] of last) overlay.set(key, value);
    for (const [key] of store.reader().scan(new Uint8Array(0)))
      if (!last.some(([other]) => equalBytes(other, key))) overlay.delete(key);
    change(overlay);
    const changes: Iterable<Change> = overlay.changes();
    store.stage(changes);
    await store.commit(version);
    return { honest, changed: store.root };
  } finally {
    await store.close();
  }
}

/** Puts another app hash in place of the one that the engine remembers; gives the number of records that held it. */
async function forgeEngine(folder: string, from: Uint8Array, to: Uint8Array): Promise<number> {
  const db = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer', keyEncoding: 'hex' });
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  let forged = 0;
  try {
    for await (const [key, value] of db.iterator()) {
      const json = value.toString('latin1');
      const raw = value.indexOf(Buffer.from(from));
      if (json.includes(text(from))) await db.put(key, Buffer.from(json.replaceAll(text(from), text(to)), 'latin1'));
      else if (raw >= 0) {
        value.set(to, raw);
        await db.put(key, value);
      } else continue;
      forged += 1;
    }
  } finally {
    await db.close();
  }
  return forged;
}
