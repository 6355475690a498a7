// A state store that lives and dies with the process, for tests and simulations: the same tree, versions and proofs as on
// disk, with the records in a map.

import type { Bytes } from '../lib/bytes.ts';
import { History } from './history.ts';
import type { FrozenRecords, Medium } from './medium.ts';
import { EMPTY_VERSION } from './tree-restoration.ts';
import { type StoreOptions, TreeStore } from './tree-store.ts';
import type { RecordMap } from './update.ts';
import type { VersionRecord } from './version-record.ts';

/** An empty store in memory. */
export function openMemoryStore(options: StoreOptions = {}): TreeStore {
  const medium = new MemoryMedium();
  const history = new History(medium, EMPTY_VERSION);
  return new TreeStore(medium, history, options);
}

class MemoryMedium implements Medium {
  readonly name = 'the store in memory';
  readonly #records = new Map<string, Bytes>();
  readonly #versions = new Map<bigint, VersionRecord>();

  read(name: string): Bytes | undefined {
    return this.#records.get(name);
  }

  version(version: bigint): VersionRecord {
    return this.#versions.get(version) as VersionRecord;
  }

  async commit(record: VersionRecord, written: RecordMap, oldest: bigint): Promise<void> {
    this.#versions.set(record.version, record);
    for (const version of this.#versions.keys()) if (version < oldest) this.#versions.delete(version);
    this.#write(written);
  }

  async rollback(last: bigint, written: RecordMap): Promise<void> {
    for (const version of this.#versions.keys()) if (version > last) this.#versions.delete(version);
    this.#write(written);
  }

  freeze(): FrozenRecords {
    const records = new Map(this.#records);
    return { read: (name) => records.get(name), release: async () => records.clear() };
  }

  async clear(): Promise<void> {
    this.#records.clear();
    this.#versions.clear();
  }

  async load(written: RecordMap): Promise<void> {
    this.#write(written);
  }

  async adopt(record: VersionRecord | undefined): Promise<void> {
    if (record) this.#versions.set(record.version, record);
    else this.#records.clear();
  }

  async close(): Promise<void> {}

  #write(written: RecordMap): void {
    for (const [name, record] of written) {
      if (record) this.#records.set(name, record);
      else this.#records.delete(name);
    }
  }
}
