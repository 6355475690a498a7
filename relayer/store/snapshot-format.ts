// The bytes of a snapshot: chunks of entries, and the manifest that says what they must be. Both follow from the content
// of a version alone, so every node makes the same ones; docs/state.md has the tables. The manifest of another is read as
// hostile: nothing is allotted by what it claims, only by what it holds.

import { type Bytes, bigintToBytes, bytesToBigint, compareBytes, textBytes } from '../lib/bytes.ts';
import { StoreError } from './codes.ts';
import { HASH, joinPieces, MAX_KEY, readUint32, writeUint32 } from './layout.ts';

export const SNAPSHOT_FORMAT = 1;
/** A chunk ends before the entry that would take it beyond this, in bytes. */
export const CHUNK_TARGET = 2 ** 20;
/** The longest chunk, one entry that is longer than the target, in bytes; engines carry chunks of up to 10 MB. */
export const CHUNK_LIMIT = 8 * 2 ** 20;
/** So that a manifest fits the 4 MB that CometBFT's peers accept for the description of a snapshot. */
export const CHUNKS_LIMIT = 65_536;
/** The longest manifest, in bytes: hashes and lengths of all chunks, and 64 KiB for records. */
export const MANIFEST_LIMIT = 36 * CHUNKS_LIMIT + 65_536;

const HEAD = 8 + HASH + 8 + 4;
const RECORDS_LIMIT = 16;

export type Entry = readonly [key: Bytes, value: Bytes];

export interface ChunkDigest {
  /** In bytes. */
  readonly length: number;
  /** SHA-256, 32 bytes. */
  readonly hash: Bytes;
}

export interface Manifest {
  readonly version: bigint;
  /** App hash of that version, 32 bytes. */
  readonly root: Bytes;
  readonly entries: bigint;
  readonly chunks: readonly ChunkDigest[];
  /** Records kept beside the state. They are not under the root: whoever restores judges them by other knowledge. */
  readonly records: ReadonlyMap<string, Bytes>;
}

/**
 * version (8) ‖ root (32) ‖ entries (8) ‖ chunks (4) ‖ (length (4) ‖ SHA-256 (32)) × chunks ‖ records (1) ‖
 * (name length (1) ‖ name ‖ length (4) ‖ value) × records, by name (letters a to z).
 */
export function encodeManifest({ version, root, entries, chunks, records }: Manifest): Bytes {
  const sorted = [...records].map(([name, value]) => [textBytes(name), value] as const);
  sorted.sort(([a], [b]) => compareBytes(a, b));
  return joinPieces([
    bigintToBytes(version, 8),
    root,
    bigintToBytes(entries, 8),
    uint32(chunks.length),
    ...chunks.flatMap(({ length, hash }) => [uint32(length), hash]),
    Uint8Array.of(sorted.length),
    ...sorted.flatMap(([name, value]) => [Uint8Array.of(name.length), name, uint32(value.length), value]),
  ]);
}

/** Throws SNAPSHOT_INVALID for anything that `encodeManifest` does not make. */
export function decodeManifest(bytes: Bytes): Manifest {
  if (bytes.length > MANIFEST_LIMIT || bytes.length < HEAD + 1) throw invalid(`its manifest has ${bytes.length} bytes`);
  const count = readUint32(bytes, HEAD - 4);
  if (count > CHUNKS_LIMIT || HEAD + 36 * count + 1 > bytes.length) throw invalid(`its manifest claims ${count} chunks`);
  const chunks = Array.from({ length: count }, (_, i): ChunkDigest => {
    const at = HEAD + 36 * i;
    return { length: readUint32(bytes, at), hash: bytes.slice(at + 4, at + 36) };
  });
  const long = chunks.findIndex(({ length }) => length > CHUNK_LIMIT);
  if (long >= 0) throw invalid(`its manifest claims that chunk ${long} has ${chunks[long]?.length} bytes`);
  return {
    version: bytesToBigint(bytes.subarray(0, 8)),
    root: bytes.slice(8, 8 + HASH),
    entries: bytesToBigint(bytes.subarray(8 + HASH, 16 + HASH)),
    chunks,
    records: decodeRecords(bytes, HEAD + 36 * count),
  };
}

function decodeRecords(bytes: Bytes, start: number): ReadonlyMap<string, Bytes> {
  const records = new Map<string, Bytes>();
  let at = start + 1;
  let last: Bytes | undefined;
  const take = (length: number): Bytes => {
    if (at + length > bytes.length) throw invalid('its manifest is cut off');
    at += length;
    return bytes.slice(at - length, at);
  };
  for (let i = bytes[start] as number; i > 0; i--) {
    const name = take(Number(bytesToBigint(take(1))));
    if (name.length === 0 || name.some((byte) => byte < 0x61 || byte > 0x7a)) throw invalid('a record has a strange name');
    if (last !== undefined && compareBytes(last, name) >= 0) throw invalid('its records are not in order');
    records.set(new TextDecoder().decode(name), take(readUint32(take(4), 0)));
    last = name;
  }
  if (at !== bytes.length || records.size > RECORDS_LIMIT) throw invalid('bytes follow its manifest');
  return records;
}

/** Packs entries into chunks; `add` returns a chunk when its entry begins the next one. */
export class ChunkPacker {
  #chunk = new Uint8Array(CHUNK_TARGET);
  #length = 0;

  add([key, value]: Entry): Bytes | undefined {
    const length = 5 + key.length + value.length;
    if (length > CHUNK_LIMIT) throw invalid(`a value has ${value.length} bytes, more than a chunk holds`);
    const full = this.#length > 0 && this.#length + length > CHUNK_TARGET ? this.end() : undefined;
    if (length > this.#chunk.length) this.#chunk = new Uint8Array(length);
    const at = this.#length;
    this.#chunk[at] = key.length;
    this.#chunk.set(key, at + 1);
    writeUint32(this.#chunk, at + 1 + key.length, value.length);
    this.#chunk.set(value, at + 5 + key.length);
    this.#length += length;
    return full;
  }

  /** The entries since the last chunk. */
  end(): Bytes {
    const chunk = this.#chunk.subarray(0, this.#length);
    this.#chunk = new Uint8Array(CHUNK_TARGET);
    this.#length = 0;
    return chunk;
  }
}

/** The entries of a chunk, in order of keys, all above `after`; throws SNAPSHOT_INVALID. Keys and values are views. */
export function decodeChunk(chunk: Bytes, after?: Bytes): Entry[] {
  const entries: Entry[] = [];
  let last = after;
  for (let at = 0; at < chunk.length; ) {
    const keyLength = chunk[at] as number;
    const valueAt = at + 5 + keyLength;
    const end = valueAt <= chunk.length ? valueAt + readUint32(chunk, valueAt - 4) : Number.POSITIVE_INFINITY;
    if (keyLength > MAX_KEY || end > chunk.length) throw invalid('a chunk does not consist of entries');
    const key = chunk.subarray(at + 1, at + 1 + keyLength);
    if (last !== undefined && compareBytes(last, key) >= 0) throw invalid('its entries are not in order');
    entries.push([key, chunk.subarray(valueAt, end)]);
    last = key;
    at = end;
  }
  return entries;
}

export function invalid(why: string, cause?: unknown): StoreError {
  return new StoreError('SNAPSHOT_INVALID', `the snapshot is not valid: ${why}`, {}, cause === undefined ? undefined : { cause });
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}
