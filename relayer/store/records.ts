// The records of which a version of the state consists: pages by path, long values by key.

import type { Bytes } from '../lib/bytes.ts';

/** Reads the records of one version; throws STORE_CORRUPT for one that is missing or damaged. */
export interface Records {
  /** The page at `path` (hex digits; `-` for the key that ends there); `hash` is what its parent says of it. */
  page(path: string, hash: Bytes): Bytes;
  /** The long value of the key with hex text `key`; `digest` is what its leaf says of it. */
  value(key: string, digest: Bytes): Bytes;
}

/** Name of the record of a long value. A page's name is its path, which has no `v`. */
export function valueName(key: string): string {
  return `v${key}`;
}

export function isValueName(name: string): boolean {
  return name.charCodeAt(0) === 118;
}
