// What one commit writes: the changes with the values before and after, so that it can be done again after a crash and
// undone to read an older version; the root after it; and the records kept beside the state. docs/state.md has the bytes.

import { crc32 } from 'node:zlib';
import type { Bytes } from '../lib/bytes.ts';
import { HASH, type Node, readUint32, writeUint32 } from './layout.ts';
import type { Difference } from './update.ts';

export type Meta = ReadonlyMap<string, Bytes>;

export interface VersionRecord {
  readonly version: bigint;
  readonly root: Node;
  readonly meta: Meta;
  readonly differences: readonly Difference[];
}

const HEAD = 8 + HASH + 4 + 4 + 4;

export function encodeVersion({ version, root, meta, differences }: VersionRecord): Bytes {
  const names = [...meta].map(([name, value]) => ({ name: Buffer.from(name), value }));
  let length = HEAD + 4;
  for (const { name, value } of names) length += 8 + name.length + value.length;
  for (const { key, before, after } of differences) length += 9 + key.length + (before?.length ?? 0) + (after?.length ?? 0);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setBigUint64(0, version);
  bytes.set(root.hash, 8);
  writeUint32(bytes, 40, root.count);
  writeUint32(bytes, 44, names.length);
  writeUint32(bytes, 48, differences.length);
  let at = HEAD;
  const put = (value: Bytes | undefined) => {
    writeUint32(bytes, at, value === undefined ? 0 : value.length + 1);
    if (value) bytes.set(value, at + 4);
    at += 4 + (value?.length ?? 0);
  };
  for (const { name, value } of names) {
    put(name);
    put(value);
  }
  for (const { key, before, after } of differences) {
    bytes[at] = key.length;
    bytes.set(key, at + 1);
    at += 1 + key.length;
    put(before);
    put(after);
  }
  writeUint32(bytes, at, crc32(bytes.subarray(0, at)));
  return bytes;
}

/** Undefined when the bytes are not a whole record. */
export function decodeVersion(bytes: Bytes): VersionRecord | undefined {
  const end = bytes.length - 4;
  if (end < HEAD || readUint32(bytes, end) !== crc32(bytes.subarray(0, end))) return undefined;
  let at = HEAD;
  const take = (): Bytes | undefined => {
    const length = readUint32(bytes, at);
    at += 4;
    if (length === 0) return undefined;
    at += length - 1;
    return bytes.slice(at - length + 1, at);
  };
  const meta = new Map<string, Bytes>();
  for (let i = readUint32(bytes, 44); i > 0; i--) meta.set(Buffer.from(take() ?? []).toString(), take() ?? new Uint8Array(0));
  const differences: Difference[] = [];
  for (let i = readUint32(bytes, 48); i > 0; i--) {
    const key = bytes.slice(at + 1, at + 1 + (bytes[at] as number));
    at += 1 + key.length;
    differences.push({ key, before: take(), after: take() });
  }
  const root = { hash: bytes.slice(8, 8 + HASH), count: readUint32(bytes, 40) };
  const version = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return at === end ? { version, root, meta, differences } : undefined;
}
