// The bytes of the state tree: leaves, buckets and inner nodes, and what of them is hashed. docs/state.md has the tables.
//
// A page is one node in one byte string that begins with exactly what is hashed, so that hashing copies nothing:
//   leaf    00 ‖ keyLength(1) ‖ key ‖ valueLength(1) ‖ value                 value of at most 64 bytes
//           00 ‖ keyLength(1) ‖ key ‖ ff ‖ SHA-256(value)                    longer value, kept in a record of its own
//   inner   01 ‖ prefixLength(1) ‖ prefix ‖ bitmap(3) ‖ count(4) × n ‖ hash(32) × n
//   bucket  02 ‖ n(1) ‖ leaf hash(32) × n                                             ‖ leaf × n
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
/** The state without entries. */
export const EMPTY_BUCKET: Bytes = Uint8Array.of(BUCKET, 0);

/** Children of an inner node: symbol 0 is the key that ends here, 1…16 are the next nibble plus one; so keys stay in bytewise order. */
export const END = 0;
export const SYMBOLS = 17;
const SYMBOL_TEXTS = '-0123456789abcdef';

/** One character for a symbol; a path is a text of them. */
export function symbolText(symbol: number): string {
  return SYMBOL_TEXTS[symbol] as string;
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

/** Negative, 0 or positive: the key of the leaf that begins at `at` against `key`, bytewise. */
export function compareLeafKey(page: Bytes, at: number, key: Bytes): number {
  const length = page[at + 1] as number;
  const shared = Math.min(length, key.length);
  for (let i = 0; i < shared; i++) {
    const difference = (page[at + 2 + i] as number) - (key[i] as number);
    if (difference !== 0) return difference;
  }
  return length - key.length;
}

/** The symbol after `depth` nibbles of the key of the leaf that begins at `at`. */
export function leafSymbol(page: Bytes, at: number, depth: number): number {
  if (depth >= 2 * (page[at + 1] as number)) return END;
  const byte = page[at + 2 + (depth >> 1)] as number;
  return ((depth & 1) === 0 ? byte >> 4 : byte & 15) + 1;
}

/** Length of the hashed part of a bucket of `n` leaves; its leaves follow. */
export function bucketHead(n: number): number {
  return 2 + HASH * n;
}

/** A bucket of `n` leaves from pieces of their hashes and of their bytes. */
export function bucketPage(n: number, hashes: readonly Bytes[], leaves: readonly Bytes[]): Bytes {
  return joinPieces([Uint8Array.of(BUCKET, n), ...hashes, ...leaves]);
}

/** One byte string of many, of which there may be too many for arguments of a call. */
export function joinPieces(pieces: readonly Bytes[]): Bytes {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Where each leaf begins in a run of leaves from `at` to the end of `bytes`, and at last that end. */
export function leafStarts(bytes: Bytes, at: number): number[] {
  const starts = [at];
  for (let next = at; next < bytes.length; ) {
    next = leafEnd(bytes, next);
    starts.push(next);
  }
  return starts;
}

/** Where the header of an inner node (tag, prefix, bitmap) ends and its counts begin. */
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

export function hasChild(bitmap: number, symbol: number): boolean {
  return (bitmap & (1 << symbol)) !== 0;
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
  const page = new Uint8Array(header.length + (4 + HASH) * n);
  page.set(header);
  let index = 0;
  for (const child of children) if (child !== undefined) setInnerChild(page, bitmap, index++, child);
  return page;
}

/** Where the hashes of an inner node begin. */
export function innerHashes(page: Bytes, bitmap: number): number {
  return innerHead(page) + 4 * bitCount(bitmap);
}

/** The child of an inner node at `index` among those there are; its hash is a view. */
export function innerChild(page: Bytes, bitmap: number, index: number): Node {
  const hashAt = innerHashes(page, bitmap) + HASH * index;
  return { hash: page.subarray(hashAt, hashAt + HASH), count: readUint32(page, innerHead(page) + 4 * index) };
}

/** Replaces the child at `index`. */
export function setInnerChild(page: Bytes, bitmap: number, index: number, child: Node): void {
  writeUint32(page, innerHead(page) + 4 * index, child.count);
  page.set(child.hash, innerHashes(page, bitmap) + HASH * index);
}

/** The child for each symbol, undefined where there is none (length 17). */
export function innerChildren(page: Bytes): (Node | undefined)[] {
  const bitmap = innerBitmap(page);
  const children: (Node | undefined)[] = [];
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    children.push(hasChild(bitmap, symbol) ? innerChild(page, bitmap, childIndex(bitmap, symbol)) : undefined);
  }
  return children;
}

/** The hashed part of a page: all of an inner node, a bucket without its leaves. */
export function hashedPart(page: Bytes): Bytes {
  return page[0] === BUCKET ? page.subarray(0, bucketHead(page[1] as number)) : page;
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
