// Recursive Length Prefix, strict: every value has exactly one encoding and nothing else decodes.
// Source: Ethereum yellow paper, appendix B; https://ethereum.org/developers/docs/data-structures-and-encoding/rlp
//
// Decoding is iterative in bytes read and bounded in depth, and throws only RlpError.

import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, joinBytes } from './bytes.ts';
import { CodedError } from './errors.ts';

/** A byte string or a list of items. */
export type Rlp = Bytes | readonly Rlp[];

/** `RLP_MALFORMED`: not the canonical encoding of one item. `RLP_SHAPE`: another shape than was asked for. */
export class RlpError extends CodedError<'RLP_MALFORMED' | 'RLP_SHAPE'> {}

const MAX_DEPTH = 16;

export function encodeRlp(item: Rlp): Bytes {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && (item[0] as number) < 0x80) return item;
    return concatBytes(lengthPrefix(item.length, 0x80), item);
  }
  const body = joinBytes(item.map(encodeRlp));
  return concatBytes(lengthPrefix(body.length, 0xc0), body);
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

function lengthPrefix(length: number, offset: number): Bytes {
  if (length <= 55) return Uint8Array.of(offset + length);
  const size = rlpUint(BigInt(length));
  return concatBytes(Uint8Array.of(offset + 55 + size.length), size);
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
