// Recursive Length Prefix, strict: every value has exactly one encoding and nothing else decodes.
// Source: Ethereum yellow paper, appendix B; https://ethereum.org/developers/docs/data-structures-and-encoding/rlp
//
// Decoding is iterative in bytes read and bounded in depth, and throws only RlpError.

import { type Bytes, bigintToBytes, bytesToBigint } from './bytes.ts';
import { CodedError } from './errors.ts';

/** A byte string or a list of items. */
export type Rlp = Bytes | readonly Rlp[];

/** `RLP_MALFORMED`: not the canonical encoding of one item. `RLP_SHAPE`: another shape than was asked for. */
export class RlpError extends CodedError<'RLP_MALFORMED' | 'RLP_SHAPE'> {}

const MAX_DEPTH = 16;
/** A tag and a length of 8 bytes. */
const LONGEST_PREFIX = 9;

export function encodeRlp(item: Rlp): Bytes {
  const bytes = new Uint8Array(encodedLength(item));
  writeAt(bytes, 0, item);
  return bytes;
}

/** The encoding of a list whose items are made one by one: for lists too long to be held as items. */
export function encodeRlpList(items: Iterable<Rlp>): Bytes {
  let bytes = new Uint8Array(1_024);
  let end = LONGEST_PREFIX;
  for (const item of items) {
    const needed = end + encodedLength(item);
    if (needed > bytes.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(bytes.subarray(0, end));
      bytes = larger;
    }
    end = writeAt(bytes, end, item);
  }
  const length = end - LONGEST_PREFIX;
  const start = LONGEST_PREFIX - 1 - lengthBytes(length);
  writePrefix(bytes, start, length, 0xc0);
  return bytes.subarray(start, end);
}

/** The item that `bytes` is the canonical encoding of; throws RlpError for anything else, trailing bytes included. */
export function decodeRlp(bytes: Bytes): Rlp {
  const { item, end } = decodeAt(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new RlpError('RLP_MALFORMED', `${bytes.length - end} bytes follow the item`);
  return item;
}

/** Minimal big-endian bytes of an unsigned integer; 0 is the empty string. */
export function rlpUint(value: bigint): Bytes {
  if (value < 0n) throw new RangeError(`negative: ${value}`);
  return value === 0n ? new Uint8Array(0) : bigintToBytes(value, Math.ceil(value.toString(16).length / 2));
}

/** The unsigned integer of an item, at most `bits` wide; throws RlpError for leading zeros, lists and larger values. */
export function asUint(item: Rlp | undefined, bits: number): bigint {
  if (!(item instanceof Uint8Array)) throw new RlpError('RLP_SHAPE', 'expected an integer');
  if (item[0] === 0) throw new RlpError('RLP_SHAPE', 'an integer has leading zeros');
  if (item.length > bits / 8) throw new RlpError('RLP_SHAPE', `an integer is wider than ${bits} bits`);
  return bytesToBigint(item);
}

/** The byte string of an item, exactly `length` long when given. */
export function asBytes(item: Rlp | undefined, length?: number): Bytes {
  if (!(item instanceof Uint8Array)) throw new RlpError('RLP_SHAPE', 'expected a byte string');
  if (length !== undefined && item.length !== length)
    throw new RlpError('RLP_SHAPE', `expected ${length} bytes, got ${item.length}`);
  return item;
}

/** The list of an item, with exactly `length` elements when given. */
export function asList(item: Rlp | undefined, length?: number): readonly Rlp[] {
  if (item === undefined || item instanceof Uint8Array) throw new RlpError('RLP_SHAPE', 'expected a list');
  if (length !== undefined && item.length !== length)
    throw new RlpError('RLP_SHAPE', `expected ${length} elements, got ${item.length}`);
  return item;
}

function encodedLength(item: Rlp): number {
  if (item instanceof Uint8Array && isPlain(item)) return 1;
  const length = contentLength(item);
  return 1 + lengthBytes(length) + length;
}

/** Bytes of an item without its prefix. */
function contentLength(item: Rlp): number {
  if (item instanceof Uint8Array) return item.length;
  let length = 0;
  for (const element of item) length += encodedLength(element);
  return length;
}

/** A single byte that stands for itself. */
function isPlain(bytes: Bytes): boolean {
  return bytes.length === 1 && (bytes[0] as number) < 0x80;
}

/** Bytes that a length takes beside the tag. */
function lengthBytes(length: number): number {
  let size = 0;
  if (length > 55) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size++;
  return size;
}

/** Writes the encoding of `item` at `at` and returns where it ends. */
function writeAt(bytes: Bytes, at: number, item: Rlp): number {
  if (item instanceof Uint8Array) {
    const start = isPlain(item) ? at : writePrefix(bytes, at, item.length, 0x80);
    bytes.set(item, start);
    return start + item.length;
  }
  let end = writePrefix(bytes, at, contentLength(item), 0xc0);
  for (const element of item) end = writeAt(bytes, end, element);
  return end;
}

function writePrefix(bytes: Bytes, at: number, length: number, offset: number): number {
  const size = lengthBytes(length);
  bytes[at] = size === 0 ? offset + length : offset + 55 + size;
  let rest = length;
  for (let i = size; i > 0; i--) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 1 + size;
}

function decodeAt(bytes: Bytes, at: number, limit: number, depth: number): { item: Rlp; end: number } {
  const first = at < limit ? (bytes[at] as number) : -1;
  if (first < 0) throw new RlpError('RLP_MALFORMED', 'an item is missing');
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const offset = first < 0xc0 ? 0x80 : 0xc0;
  const { start, end } = span(bytes, at, limit, first - offset);
  if (offset === 0x80) {
    if (end - start === 1 && (bytes[start] as number) < 0x80) throw new RlpError('RLP_MALFORMED', 'a single byte has a prefix');
    return { item: bytes.subarray(start, end), end };
  }
  if (depth >= MAX_DEPTH) throw new RlpError('RLP_MALFORMED', `lists are nested deeper than ${MAX_DEPTH}`);
  const items: Rlp[] = [];
  for (let next = start; next < end; ) {
    const element = decodeAt(bytes, next, end, depth + 1);
    items.push(element.item);
    next = element.end;
  }
  return { item: items, end };
}

function span(bytes: Bytes, at: number, limit: number, tag: number): { start: number; end: number } {
  let start = at + 1;
  let length = tag;
  if (tag > 55) {
    const size = tag - 55;
    if (start + size > limit) throw new RlpError('RLP_MALFORMED', 'a length is cut off');
    if (bytes[start] === 0 || size > 4) throw new RlpError('RLP_MALFORMED', 'a length is not minimal or too large');
    length = Number(bytesToBigint(bytes.subarray(start, start + size)));
    if (length <= 55) throw new RlpError('RLP_MALFORMED', 'a short length is written long');
    start += size;
  }
  if (start + length > limit) throw new RlpError('RLP_MALFORMED', 'an item is cut off');
  return { start, end: start + length };
}
