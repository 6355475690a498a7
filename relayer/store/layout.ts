// The bytes of the state tree: leaves, buckets and inner nodes, and what of them is hashed. docs/state.md has the tables.
//
// A page is one node in one byte string that begins with exactly what is hashed, so that hashing copies nothing:
//   leaf    00 ‖ keyLength(1) ‖ key ‖ valueLength(1) ‖ value                 value of at most 64 bytes
//           00 ‖ keyLength(1) ‖ key ‖ ff ‖ SHA-256(value)                    longer value, kept in a record of its own
//   inner   01 ‖ prefixLength(1) ‖ prefix ‖ bitmap(3) ‖ hash(32) × n        ‖ count(4) × n
//   bucket  02 ‖ n(1) ‖ leaf hash(32) × n                                   ‖ leaf × n
// This file knows bytes only, no hash function: the verifier in a browser uses it too.

import { type Bytes, concatBytes, toHex } from '../lib/bytes.ts';

export const LEAF = 0;
export const INNER = 1;
export const BUCKET = 2;

/** A subtree with at most so many entries is a bucket, one with more an inner node: the shape follows from the content alone. */
export const BUCKET_LIMIT = 32;
/** Longest value that stands in its leaf, in bytes. */
export const SHORT_VALUE = 64;
/** In the place of a value's length: the value is longer, its hash follows. */
export const LONG_VALUE = 0xff;
/** Longest key, in bytes: its nibbles must fit the one byte of a prefix's length. */
export const MAX_KEY = 127;
export const HASH = 32;

/** Children of an inner node: symbol 0 is the key that ends here, 1…16 are the next nibble plus one; so keys stay in bytewise order. */
export const END = 0;
const SYMBOLS = '-0123456789abcdef';

/** One character for a symbol; a path is a text of them. */
export function symbolText(symbol: number): string {
  return SYMBOLS[symbol] as string;
}

/** The symbol of the key with hex text `hex` after `depth` nibbles. */
export function symbolAt(hex: string, depth: number): number {
  if (depth >= hex.length) return END;
  const code = hex.charCodeAt(depth);
  return code <= 57 ? code - 47 : code - 86;
}

/** The bytes of a leaf; `digest` is the value's SHA-256 when it is longer than SHORT_VALUE. */
export function leafBytes(key: Bytes, value: Bytes, digest: Bytes | undefined): Bytes {
  const body = digest ?? value;
  const bytes = new Uint8Array(3 + key.length + body.length);
  bytes[1] = key.length;
  bytes.set(key, 2);
  bytes[2 + key.length] = digest ? LONG_VALUE : value.length;
  bytes.set(body, 3 + key.length);
  return bytes;
}

/** Where the leaf that begins at `at` ends. */
export function leafEnd(page: Bytes, at: number): number {
  const lengthAt = at + 2 + (page[at + 1] as number);
  const length = page[lengthAt] as number;
  return lengthAt + 1 + (length === LONG_VALUE ? HASH : length);
}

/** Key of the leaf that begins at `at`; a view. */
export function leafKey(page: Bytes, at: number): Bytes {
  return page.subarray(at + 2, at + 2 + (page[at + 1] as number));
}

/** What a leaf says of its value: the value itself, or the digest of a long one; views. */
export function leafBody(page: Bytes, at: number): { long: boolean; bytes: Bytes } {
  const lengthAt = at + 2 + (page[at + 1] as number);
  const long = page[lengthAt] === LONG_VALUE;
  return { long, bytes: page.subarray(lengthAt + 1, lengthAt + 1 + (long ? HASH : (page[lengthAt] as number))) };
}

/** An entry of a bucket. */
export interface Leaf {
  readonly bytes: Bytes;
  readonly hash: Bytes;
}

/** Length of the hashed part of a bucket of `n` leaves; its leaves follow. */
export function bucketHead(n: number): number {
  return 2 + HASH * n;
}

export function bucketPage(leaves: readonly Leaf[]): Bytes {
  let length = bucketHead(leaves.length);
  for (const leaf of leaves) length += leaf.bytes.length;
  const page = new Uint8Array(length);
  page[0] = BUCKET;
  page[1] = leaves.length;
  let hashAt = 2;
  let leafAt = bucketHead(leaves.length);
  for (const leaf of leaves) {
    page.set(leaf.hash, hashAt);
    page.set(leaf.bytes, leafAt);
    hashAt += HASH;
    leafAt += leaf.bytes.length;
  }
  return page;
}

export function bucketLeaves(page: Bytes): Leaf[] {
  const n = page[1] as number;
  const leaves: Leaf[] = [];
  let at = bucketHead(n);
  for (let i = 0; i < n; i++) {
    const end = leafEnd(page, at);
    leaves.push({ bytes: page.subarray(at, end), hash: page.subarray(2 + HASH * i, 2 + HASH * (i + 1)) });
    at = end;
  }
  return leaves;
}

/** Where the header of an inner node (tag, prefix, bitmap) ends and its hashes begin. */
export function innerHead(page: Bytes): number {
  return 5 + (((page[1] as number) + 1) >> 1);
}

/** The nibbles that all keys below an inner node share after the node's own path, as hex text. */
export function innerPrefix(page: Bytes): string {
  const nibbles = page[1] as number;
  return nibbles === 0 ? '' : toHex(page.subarray(2, 2 + ((nibbles + 1) >> 1))).slice(0, nibbles);
}

/** Bit s is set when there is a child for symbol s. */
export function innerBitmap(page: Bytes): number {
  const end = innerHead(page);
  return ((page[end - 3] as number) << 16) | ((page[end - 2] as number) << 8) | (page[end - 1] as number);
}

export function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Place of the child for `symbol` among the children there are. */
export function childIndex(bitmap: number, symbol: number): number {
  return bitCount(bitmap & ((1 << symbol) - 1));
}

/** The hashed part of an inner node before its hashes. */
export function innerHeader(prefix: string, bitmap: number): Bytes {
  const packed = new Uint8Array((prefix.length + 1) >> 1);
  for (let i = 0; i < prefix.length; i++) {
    const nibble = symbolAt(prefix, i) - 1;
    packed[i >> 1] = (packed[i >> 1] as number) | (i % 2 === 0 ? nibble << 4 : nibble);
  }
  return concatBytes(
    Uint8Array.of(INNER, prefix.length),
    packed,
    Uint8Array.of(bitmap >> 16, (bitmap >> 8) & 0xff, bitmap & 0xff),
  );
}

/** Hash and number of entries of a subtree. */
export interface Node {
  readonly hash: Bytes;
  readonly count: number;
}

/** An inner node; `children[s]` is the child for symbol s. */
export function innerPage(prefix: string, children: readonly (Node | undefined)[]): Bytes {
  let bitmap = 0;
  let n = 0;
  for (let symbol = 0; symbol < children.length; symbol++) {
    if (children[symbol] === undefined) continue;
    bitmap |= 1 << symbol;
    n++;
  }
  const header = innerHeader(prefix, bitmap);
  const page = new Uint8Array(header.length + (HASH + 4) * n);
  page.set(header);
  let hashAt = header.length;
  let countAt = header.length + HASH * n;
  for (const child of children) {
    if (child === undefined) continue;
    page.set(child.hash, hashAt);
    writeUint32(page, countAt, child.count);
    hashAt += HASH;
    countAt += 4;
  }
  return page;
}

/** The child for each symbol (length 17); hashes are views. */
export function innerChildren(page: Bytes): (Node | undefined)[] {
  const bitmap = innerBitmap(page);
  const children: (Node | undefined)[] = new Array(17).fill(undefined);
  let hashAt = innerHead(page);
  let countAt = hashAt + HASH * bitCount(bitmap);
  for (let symbol = 0; symbol < 17; symbol++) {
    if ((bitmap & (1 << symbol)) === 0) continue;
    children[symbol] = { hash: page.subarray(hashAt, hashAt + HASH), count: readUint32(page, countAt) };
    hashAt += HASH;
    countAt += 4;
  }
  return children;
}

/** The hashed part of a page. */
export function hashedPart(page: Bytes): Bytes {
  if (page[0] === BUCKET) return page.subarray(0, bucketHead(page[1] as number));
  return page.subarray(0, innerHead(page) + HASH * bitCount(innerBitmap(page)));
}

export function writeUint32(bytes: Bytes, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function readUint32(bytes: Bytes, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}
