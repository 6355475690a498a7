// A snapshot as one file: the chunks, then the manifest, its hash and its length, so that it is written in one go without
// knowing beforehand what is in it. Making it reads the state piece by piece and lets other work run in between; one chunk
// is in memory at a time. A file that has its name is complete: it is written under another and renamed.

import { access, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Bytes, concatBytes, equalBytes, textBytes } from '../lib/bytes.ts';
import { StoreError } from './codes.ts';
import { ioError } from './disk-errors.ts';
import { readUint32, writeUint32 } from './layout.ts';
import { sha256 } from './sha256.ts';
import {
  type ChunkDigest,
  ChunkPacker,
  decodeManifest,
  encodeManifest,
  invalid,
  MANIFEST_LIMIT,
  type Manifest,
  SNAPSHOT_FORMAT,
} from './snapshot-format.ts';
import type { FrozenState } from './state-store.ts';

/** What a snapshot's file begins with. */
const MAGIC = textBytes(`peg snapshot ${SNAPSHOT_FORMAT}\n`);
const TAIL = 36;
/** Entries between two pauses: about a millisecond of work. */
const ENTRIES_A_TURN = 500;
const EVERYTHING = new Uint8Array(0);

/** Ending of a file that is being written. */
export const PARTIAL = '.partial';

export interface SnapshotOptions {
  /** Names of the records beside the state that go with it, as far as there are such. */
  readonly records: readonly string[];
  /** Gives up; nothing stays behind. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every chunk. */
  readonly onProgress?: (entries: number) => void;
}

/** A snapshot on disk. */
export interface SnapshotFile {
  readonly manifest: Manifest;
  readonly manifestBytes: Bytes;
  /** SHA-256 of the manifest: the name of this snapshot among others. */
  readonly hash: Bytes;
  /** Reads a chunk and checks it; throws SNAPSHOT_CHUNK_ALTERED, or a RangeError for one that there is not. */
  chunk(index: number): Promise<Bytes>;
  close(): Promise<void>;
}

/**
 * Writes a version to `path`, synced. Throws SNAPSHOT_EXISTS, STORE_CORRUPT, STORE_DISK_FULL, STORE_IO, or the signal's
 * reason. The caller releases the version.
 */
export async function writeSnapshot(frozen: FrozenState, path: string, options: SnapshotOptions): Promise<Manifest> {
  const partial = `${path}${PARTIAL}`;
  if (await isThere(path)) throw exists(path);
  let file: FileHandle | undefined;
  try {
    file = await open(partial, 'wx');
    const manifest = await writeAll(file, frozen, options);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(partial, path);
    const directory = await open(dirname(path), 'r');
    await directory.sync().finally(() => directory.close());
    return manifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(partial);
    await file?.close();
    await rm(partial, { force: true });
    throw fileError(path, error);
  }
}

async function writeAll(file: FileHandle, frozen: FrozenState, options: SnapshotOptions): Promise<Manifest> {
  const { records, signal, onProgress } = options;
  const chunks: ChunkDigest[] = [];
  const packer = new ChunkPacker();
  // Unlike `write`, which may take a part of the bytes and say no more when the disk becomes full, this takes all or throws.
  await file.appendFile(MAGIC);
  const put = async (chunk: Bytes) => {
    chunks.push({ length: chunk.length, hash: sha256(chunk) });
    await file.appendFile(chunk);
    onProgress?.(entries);
  };
  let entries = 0;
  for (const entry of frozen.state.scan(EVERYTHING)) {
    const full = packer.add(entry);
    if (full) await put(full);
    if (++entries % ENTRIES_A_TURN === 0) {
      signal?.throwIfAborted();
      await setImmediate();
    }
  }
  await put(packer.end());
  const present = records.flatMap((name) => {
    const value = frozen.meta(name);
    return value ? [[name, value] as const] : [];
  });
  const { version, root } = frozen;
  const manifest = { version, root, entries: BigInt(entries), chunks, records: new Map(present) };
  const bytes = encodeManifest(manifest);
  const length = new Uint8Array(4);
  writeUint32(length, 0, bytes.length);
  await file.appendFile(concatBytes(bytes, sha256(bytes), length));
  return manifest;
}

/** Opens a snapshot and checks everything but the chunks. Throws SNAPSHOT_INVALID, STORE_IO. */
export async function openSnapshot(path: string): Promise<SnapshotFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const magic = await readAt(file, 0, MAGIC.length);
    if (size < MAGIC.length + TAIL || !equalBytes(magic, MAGIC)) throw invalid(`${path} is not a snapshot of this program`);
    const tail = await readAt(file, size - TAIL, TAIL);
    const length = readUint32(tail, 32);
    if (length > Math.min(MANIFEST_LIMIT, size - TAIL - MAGIC.length)) throw invalid(`the end of ${path} is damaged`);
    const manifestBytes = await readAt(file, size - TAIL - length, length);
    const hash = tail.slice(0, 32);
    if (!equalBytes(sha256(manifestBytes), hash)) throw invalid(`the manifest of ${path} does not have its hash`);
    const manifest = decodeManifest(manifestBytes);
    const starts = [MAGIC.length];
    for (const chunk of manifest.chunks) starts.push((starts.at(-1) as number) + chunk.length);
    if (starts.at(-1) !== size - TAIL - length) throw invalid(`${path} has another length than its chunks`);
    const opened = file;
    return {
      manifest,
      manifestBytes,
      hash,
      chunk: async (index) => {
        const digest = manifest.chunks[index];
        if (!digest) throw new RangeError(`${path} has no chunk ${index}`);
        return checkedChunk(await readAt(opened, starts[index] as number, digest.length), digest, index);
      },
      close: () => opened.close(),
    };
  } catch (error) {
    await file?.close();
    throw fileError(path, error);
  }
}

/** The chunk itself when it has the bytes that the manifest names; throws SNAPSHOT_CHUNK_ALTERED. */
export function checkedChunk(chunk: Bytes, { length, hash }: ChunkDigest, index: number): Bytes {
  if (chunk.length === length && equalBytes(sha256(chunk), hash)) return chunk;
  throw new StoreError('SNAPSHOT_CHUNK_ALTERED', `chunk ${index} of the snapshot does not have its hash`, { index });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Bytes> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes;
}

function fileError(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof StoreError || typeof code !== 'string' || code === 'ENOSPC' || code === 'EDQUOT')
    return ioError(path, error);
  return new StoreError('STORE_IO', `the snapshot ${path} could not be read or written`, { path }, { cause: error });
}

function exists(path: string): StoreError {
  return new StoreError('SNAPSHOT_EXISTS', `${path} is there already: another snapshot is being written, or remove it`, { path });
}
