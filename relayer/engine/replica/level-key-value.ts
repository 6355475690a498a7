// A node's database on disk: LevelDB, every batch synced.

import { ClassicLevel } from 'classic-level';
import type { Bytes } from '../../lib/bytes.ts';
import { EngineError } from '../errors.ts';
import type { KeyValue } from './key-value.ts';

/** Opens (or makes) the database in `folder`; throws ENGINE_STORE_INVALID when it is damaged or in use by another process. */
export async function openLevelKeyValue(folder: string): Promise<KeyValue> {
  const db = new ClassicLevel<Bytes, Bytes>(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    await db.open();
  } catch (cause) {
    throw new EngineError('ENGINE_STORE_INVALID', `the block store ${folder} cannot be opened`, { folder }, { cause });
  }
  return {
    get: (key) => db.get(key),
    write: (batch) =>
      db.batch(
        batch.map(([key, value]) => (value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value })),
        { sync: true },
      ),
    range: (from, to) => db.iterator({ gte: from, lt: to }).all(),
    close: () => db.close(),
  };
}
