// Records in LevelDB. A commit writes one record, synced: the version's changes with the values before and after. So it
// costs what changed, whatever the size of the state. The pages of the tree follow later, those of many versions in one
// batch (a checkpoint), while the next blocks go on; until then they are held in memory. After a crash the changes since
// the last checkpoint are done again.
//
// Keys: `p…` page by path, `v…` long value by key, `d…` version record by version, `checkpoint` version of the pages.

import type { ClassicLevel } from 'classic-level';
import { type Bytes, bigintToBytes, equalBytes } from '../lib/bytes.ts';
import { corrupt, ioError } from './disk-errors.ts';
import { writeMarker } from './marker.ts';
import type { FrozenRecords, Medium } from './medium.ts';
import { PageCache } from './page-cache.ts';
import { decodePage, encodePage } from './page-record.ts';
import { isValueName } from './records.ts';
import { EMPTY, pageHash, sha256 } from './sha256.ts';
import type { RecordMap } from './update.ts';
import { decodeVersion, encodeVersion, type VersionRecord } from './version-record.ts';

export type Database = ClassicLevel<string, Uint8Array>;
type Snapshot = ReturnType<Database['snapshot']>;
export type Operation = { type: 'put'; key: string; value: Bytes } | { type: 'del'; key: string };

export const CHECKPOINT = 'checkpoint';
/** A checkpoint is due when so many records wait for it, or so many versions: what a restart after a crash does again. */
const CHECKPOINT_RECORDS = 32_768;
const CHECKPOINT_VERSIONS = 64n;

export function versionKey(version: bigint): string {
  return `d${version.toString(16).padStart(16, '0')}`;
}

export function recordKey(name: string): string {
  return isValueName(name) ? name : `p${name}`;
}

export class LevelMedium implements Medium {
  readonly name: string;
  readonly #database: Database;
  readonly #cacheBytes: number;
  #cache: PageCache;
  #last: bigint;
  #checkpoint: bigint;
  /** Version of the checkpoint that was begun last. */
  #begun: bigint;
  #oldestRecord: bigint;
  /** Version of the first commit; any is possible. */
  #first: bigint;
  #waiting = new Map<string, Bytes | undefined>();
  #checkpointing: { readonly records: RecordMap; readonly done: Promise<void> } | undefined;
  /** Between `clear` and `adopt`. */
  #clearing = false;
  #failure: unknown;

  /**
   * The pages in `database` are those of `checkpoint`, the newest version; records of versions go back to `oldestRecord`, those
   * after version 0 begin with `first`.
   */
  constructor(
    folder: string,
    database: Database,
    cacheBytes: number,
    { checkpoint, oldestRecord, first }: { readonly checkpoint: bigint; readonly oldestRecord: bigint; readonly first: bigint },
  ) {
    this.name = folder;
    this.#database = database;
    this.#cacheBytes = cacheBytes;
    this.#cache = new PageCache(cacheBytes);
    this.#checkpoint = this.#begun = this.#last = checkpoint;
    this.#oldestRecord = oldestRecord;
    this.#first = first;
  }

  read(name: string, hash: Bytes): Bytes | undefined {
    if (this.#waiting.has(name)) return this.#waiting.get(name);
    if (this.#checkpointing?.records.has(name)) return this.#checkpointing.records.get(name);
    const cached = this.#cache.get(name);
    if (cached) return cached;
    const record = this.readStored(name, hash);
    if (record) this.#cache.set(name, record);
    return record;
  }

  /** The record as it is on disk at the last checkpoint, checked against its hash. */
  readStored(name: string, hash: Bytes): Bytes | undefined {
    return this.#checked(name, hash, this.#get(recordKey(name)));
  }

  #checked(name: string, hash: Bytes, stored: Bytes | undefined): Bytes | undefined {
    if (!stored) return undefined;
    const record = isValueName(name) ? stored : decodePage(stored);
    if (!record || !equalBytes(isValueName(name) ? sha256(record) : pageHash(record), hash)) {
      throw corrupt(this.name, `record "${name}" does not have its hash`);
    }
    return record;
  }

  version(version: bigint): VersionRecord {
    const bytes = this.#get(versionKey(version));
    const record = bytes && decodeVersion(bytes);
    if (record?.version !== version) throw corrupt(this.name, `the record of version ${version} is missing or damaged`);
    return record;
  }

  async commit(record: VersionRecord, written: RecordMap, oldest: bigint): Promise<void> {
    if (this.#due() && this.#checkpointing) await this.#checkpointing.done;
    if (this.#failure !== undefined) throw ioError(this.name, this.#failure);
    const operations: Operation[] = [{ type: 'put', key: versionKey(record.version), value: encodeVersion(record) }];
    const keepFrom = oldest < this.#checkpoint ? oldest : this.#checkpoint;
    if (this.#last === 0n) this.#first = record.version;
    for (let version = this.#oldestRecord; version < keepFrom; version = version === 0n ? this.#first : version + 1n) {
      operations.push({ type: 'del', key: versionKey(version) });
    }
    await this.#batch(operations);
    if (keepFrom > this.#oldestRecord) this.#oldestRecord = keepFrom;
    this.redo(record.version, written);
    if (this.#due() && !this.#checkpointing) void this.#startCheckpoint([]);
  }

  /** Takes over what a version writes, which is on disk already as its record. */
  redo(version: bigint, written: RecordMap): void {
    this.#last = version;
    for (const [name, record] of written) this.#waiting.set(name, record);
  }

  async rollback(last: bigint, written: RecordMap): Promise<void> {
    await this.#checkpointing?.done;
    if (this.#failure !== undefined) throw ioError(this.name, this.#failure);
    await writeMarker(this.name, { ready: true, version: last });
    const operations: Operation[] = [];
    for (let version = last + 1n; version <= this.#last; version++) operations.push({ type: 'del', key: versionKey(version) });
    this.redo(last, written);
    await this.#startCheckpoint(operations);
    if (this.#failure !== undefined) throw ioError(this.name, this.#failure);
  }

  /** Brings the pages on disk to the last version. */
  async checkpoint(): Promise<void> {
    await this.#checkpointing?.done;
    if (this.#failure === undefined && this.#checkpoint !== this.#last) await this.#startCheckpoint([]);
    if (this.#failure !== undefined) throw ioError(this.name, this.#failure);
  }

  /** Names of all records of the tree that are on disk. */
  async *storedNames(): AsyncIterable<string> {
    for await (const key of this.#database.keys({ gte: 'p', lt: 'q' })) yield key.slice(1);
    for await (const key of this.#database.keys({ gte: 'v', lt: 'w' })) yield key;
  }

  /** What waits for a checkpoint, over a snapshot of the database: costs no writing, and nothing a version as long as it is read. */
  freeze(): FrozenRecords {
    const waiting = new Map(this.#waiting);
    const checkpointing = this.#checkpointing?.records;
    const snapshot = this.#database.snapshot();
    const read = (name: string, hash: Bytes) => {
      if (waiting.has(name)) return waiting.get(name);
      if (checkpointing?.has(name)) return checkpointing.get(name);
      return this.#checked(name, hash, this.#get(recordKey(name), { snapshot }));
    };
    return { read, release: () => snapshot.close() };
  }

  async clear(): Promise<void> {
    await this.#checkpointing?.done;
    this.#clearing = true;
    await writeMarker(this.name, { ready: false, version: 0n });
    await clearDatabase(this.#database).catch((error) => this.#fail(error));
    this.#waiting = new Map();
    this.#cache = new PageCache(this.#cacheBytes);
    this.#last = this.#checkpoint = this.#begun = this.#oldestRecord = 0n;
  }

  async load(written: RecordMap): Promise<void> {
    await this.#batch([...written].map(([name, record]) => operationOf(name, record)));
    for (const [name, record] of written) if (record) this.#cache.set(name, record);
  }

  async adopt(record: VersionRecord | undefined): Promise<void> {
    if (record === undefined) await this.clear();
    else {
      await this.#batch([
        { type: 'del', key: versionKey(0n) },
        { type: 'put', key: versionKey(record.version), value: encodeVersion(record) },
        { type: 'put', key: CHECKPOINT, value: bigintToBytes(record.version, 8) },
      ]);
      this.#last = this.#checkpoint = this.#begun = this.#oldestRecord = record.version;
    }
    await writeMarker(this.name, { ready: true, version: this.#last });
    this.#clearing = false;
  }

  async close(): Promise<void> {
    try {
      if (this.#failure === undefined && !this.#clearing) {
        await this.checkpoint();
        await writeMarker(this.name, { ready: true, version: this.#last });
      }
    } finally {
      await this.#database.close();
    }
  }

  /** Whether what waits since the last checkpoint was begun is enough for another. */
  #due(): boolean {
    return this.#waiting.size >= CHECKPOINT_RECORDS || this.#last - this.#begun >= CHECKPOINT_VERSIONS;
  }

  /** Never rejects: a failure shows at the next commit. While it runs, readers find its records in memory. */
  #startCheckpoint(more: readonly Operation[]): Promise<void> {
    const records = this.#waiting;
    const version = this.#last;
    this.#begun = version;
    const operations: Operation[] = [...more, { type: 'put', key: CHECKPOINT, value: bigintToBytes(version, 8) }];
    for (const [name, record] of records) operations.push(operationOf(name, record));
    const done = this.#batch(operations).then(
      () => {
        this.#checkpoint = version;
        for (const [name, record] of records) {
          if (record) this.#cache.set(name, record);
          else this.#cache.delete(name);
        }
        this.#checkpointing = undefined;
      },
      (error) => {
        this.#failure = error;
      },
    );
    this.#waiting = new Map();
    this.#checkpointing = { records, done };
    return done;
  }

  async #batch(operations: Operation[]): Promise<void> {
    try {
      // Twice as fast as handing over the array.
      const batch = this.#database.batch();
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value);
        else batch.del(operation.key);
      }
      await batch.write({ sync: true });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    this.#failure = error;
    throw ioError(this.name, error);
  }

  #get(key: string, options?: { readonly snapshot: Snapshot }): Bytes | undefined {
    try {
      const value = options ? this.#database.getSync(key, options) : this.#database.getSync(key);
      return value && plainBytes(value);
    } catch (error) {
      throw ioError(this.name, error);
    }
  }
}

function operationOf(name: string, record: Bytes | undefined): Operation {
  const key = recordKey(name);
  if (!record) return { type: 'del', key };
  return { type: 'put', key, value: isValueName(name) ? record : encodePage(record) };
}

/** The database of a store at version 0. */
export async function clearDatabase(database: Database): Promise<void> {
  for (const kind of ['p', 'v', 'd']) await database.clear({ gte: kind, lt: String.fromCharCode(kind.charCodeAt(0) + 1) });
  const first = encodeVersion({ version: 0n, root: EMPTY, meta: new Map(), differences: [] });
  await database.batch(
    [
      { type: 'put', key: versionKey(0n), value: first },
      { type: 'put', key: CHECKPOINT, value: bigintToBytes(0n, 8) },
    ],
    { sync: true },
  );
}

/** LevelDB hands out Buffers, whose `slice` does not copy; the same bytes without that trap. */
export function plainBytes(value: Uint8Array): Bytes {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
