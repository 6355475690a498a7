// Opens the state store in a folder. What is found there is checked before it is used: the marker, the versions without a
// gap, the root page against its hash, and every version since the last checkpoint by doing it again.

import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { bytesToBigint, equalBytes, toHex } from '../lib/bytes.ts';
import { auditTree, type TreeAudit } from './audit.ts';
import { corrupt, ioError, locked } from './disk-errors.ts';
import { History } from './history.ts';
import type { Node } from './layout.ts';
import { CHECKPOINT, clearDatabase, type Database, LevelMedium, plainBytes, versionKey } from './level-medium.ts';
import { beginMarker, readMarker, writeMarker } from './marker.ts';
import { EMPTY } from './sha256.ts';
import { type StoreOptions, TreeStore } from './tree-store.ts';
import { type SortedChange, updateTree } from './update.ts';
import { decodeVersion, type VersionRecord } from './version-record.ts';

export interface LevelStoreOptions extends StoreOptions {
  /** Made when it does not exist; nothing else may be in it. */
  readonly folder: string;
  /** Memory for pages read from disk; default 256 MiB, which holds a million accounts. */
  readonly cacheBytes?: number;
}

/** A store on disk; `verify` is the full check that opening is too cheap for. */
export interface LevelStore extends TreeStore {
  /** Reads every record from disk and checks it; throws STORE_CORRUPT. A million accounts take some ten seconds. */
  verify(): Promise<TreeAudit>;
}

/**
 * Opens or makes the store in `folder` and returns it at its last complete commit. Throws StoreError: STORE_FOREIGN,
 * STORE_LOCKED, STORE_CORRUPT, STORE_DISK_FULL, STORE_IO.
 */
export async function openStore(options: LevelStoreOptions): Promise<LevelStore> {
  const { folder, cacheBytes = 256 * 2 ** 20, keepVersions = 16 } = options;
  const found = await readMarker(folder);
  if (!found) {
    await mkdir(folder, { recursive: true }).catch((error) => Promise.reject(ioError(folder, error)));
    await beginMarker(folder);
  }
  const database = await openDatabase(folder, !found?.ready);
  try {
    // Before the database was ours, another process may have made the store.
    const marker = await readMarker(folder);
    if (!marker?.ready) await makeEmpty(folder, database);
    const versions = await readVersions(folder, database);
    const last = versions.records.at(-1) as VersionRecord;
    if (marker && last.version < marker.version) {
      throw corrupt(folder, `it ends at version ${last.version}, but had ${marker.version}`);
    }
    const oldestRecord = (versions.records[0] as VersionRecord).version;
    const first = oldestRecord === 0n ? (versions.records[1]?.version ?? 1n) : oldestRecord;
    const medium = new LevelMedium(folder, database, cacheBytes, { checkpoint: versions.checkpoint, oldestRecord, first });
    const history = restore(folder, medium, versions);
    history.forgetBefore(last.version - BigInt(keepVersions) + 1n);
    return new OpenLevelStore(medium, history, options);
  } catch (error) {
    await database.close();
    throw ioError(folder, error);
  }
}

class OpenLevelStore extends TreeStore implements LevelStore {
  readonly #medium: LevelMedium;

  constructor(medium: LevelMedium, history: History, options: StoreOptions) {
    super(medium, history, options);
    this.#medium = medium;
  }

  verify(): Promise<TreeAudit> {
    return this.exclusively('open', async () => {
      await this.#medium.checkpoint();
      return auditTree(this.#medium, this.last.root);
    });
  }
}

/**
 * Folders open in this process. LevelDB's lock does not survive a second attempt from the same process (closing any
 * descriptor of a file drops the locks that the process has on it), so that attempt must not reach it.
 */
const openHere = new Set<string>();

async function openDatabase(folder: string, create: boolean): Promise<Database> {
  const path = await realpath(folder);
  if (openHere.has(path)) throw locked(folder);
  openHere.add(path);
  // It begins to open by itself when it is made.
  const database: Database = new ClassicLevel<string, Uint8Array>(join(folder, 'level'), {
    valueEncoding: 'view',
    createIfMissing: create,
    // Hashes do not compress.
    compression: false,
    // A checkpoint should fit; what is in here is read back after a crash, in about 0.1 s.
    writeBufferSize: 16 * 2 ** 20,
    maxFileSize: 8 * 2 ** 20,
  });
  database.once('closed', () => openHere.delete(path));
  try {
    await database.open();
    return database;
  } catch (error) {
    openHere.delete(path);
    throw ioError(folder, error);
  }
}

/** A store that was being made, or filled from a snapshot, when its process ended is made again. */
async function makeEmpty(folder: string, database: Database): Promise<void> {
  await clearDatabase(database);
  await writeMarker(folder, { ready: true, version: 0n });
}

interface Found {
  /** Oldest first, without a gap, but that after version 0 any other may be the first. */
  readonly records: readonly VersionRecord[];
  readonly checkpoint: bigint;
}

async function readVersions(folder: string, database: Database): Promise<Found> {
  const stored = await database.get(CHECKPOINT);
  if (stored?.length !== 8) throw corrupt(folder, 'the checkpoint is missing');
  const checkpoint = bytesToBigint(stored);
  const records: VersionRecord[] = [];
  for await (const [key, value] of database.iterator({ gte: 'd', lt: 'e' })) {
    const record = decodeVersion(plainBytes(value));
    const before = records.at(-1);
    if (!record || key !== versionKey(record.version)) throw corrupt(folder, `the version record ${key.slice(1)} is damaged`);
    if (before && before.version > 0n && record.version !== before.version + 1n)
      throw corrupt(folder, `version ${before.version + 1n} is missing`);
    records.push(record);
  }
  if (!records.some(({ version }) => version === checkpoint)) throw corrupt(folder, `version ${checkpoint} is missing`);
  return { records, checkpoint };
}

/** The versions up to the checkpoint as found, those after it done again; each must lead to its root. */
function restore(folder: string, medium: LevelMedium, { records, checkpoint }: Found): History {
  const history = new History(medium, records[0] as VersionRecord);
  for (const record of records) {
    if (record.version > checkpoint) redo(folder, medium, history, record);
    else if (record !== records[0]) history.push(record);
    // Versions that are kept have no gap.
    if (record === records[1] && record.version > (records[0] as VersionRecord).version + 1n)
      history.forgetBefore(record.version);
    if (record.version === checkpoint) checkRoot(folder, history, record.root);
  }
  return history;
}

function redo(folder: string, medium: LevelMedium, history: History, record: VersionRecord): void {
  const { version, root } = history.last;
  const changes = record.differences.map(({ key, after }): SortedChange => ({ key, hex: toHex(key), value: after }));
  const update = updateTree(history.records(version), root, changes);
  if (!equalBytes(update.root.hash, record.root.hash))
    throw corrupt(folder, `version ${record.version} does not lead to its root`);
  history.shield(update.replaced);
  medium.redo(record.version, update.written);
  history.push(record);
}

function checkRoot(folder: string, history: History, root: Node): void {
  if (root.count > 0) history.records(history.last.version).page('', root.hash);
  else if (!equalBytes(root.hash, EMPTY.hash)) throw corrupt(folder, 'the empty state has another root');
}
