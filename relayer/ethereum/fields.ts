// Strict readers for the fields of JSON-RPC answers. What is not exactly in the form that the Ethereum JSON-RPC
// specification prescribes is refused, never repaired: a sloppy endpoint is a failing endpoint.
// Source of the forms: https://ethereum.github.io/execution-apis/ (QUANTITY without leading zeros, DATA of whole bytes).

import { type Bytes, fromHex, type Hex, hex } from '../lib/bytes.ts';
import { EthereumError } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const NONE: Bytes = new Uint8Array(0);
const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]*)$/;
const DATA = /^0x[0-9a-f]*$/;

export function malformed(what: string, value: unknown): EthereumError {
  const shown = String(JSON.stringify(value)).slice(0, 80);
  return new EthereumError('ETH_MALFORMED', `${what} is malformed: ${shown}`, { field: what });
}

/** A JSON object (not null, not a list). */
export function asObject(value: Json | undefined, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what, value);
  return value as JsonObject;
}

export function asArray(value: Json | undefined, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw malformed(what, value);
  return value;
}

/** An unsigned integer of at most `bits`; upper-case digits and leading zeros are refused. */
export function asQuantity(value: Json | undefined, what: string, bits = 64): bigint {
  return BigInt(quantityText(value, what, bits));
}

function quantityText(value: Json | undefined, what: string, bits: number): string {
  if (typeof value !== 'string' || value.length > 2 + bits / 4 || !QUANTITY.test(value)) throw malformed(what, value);
  return value;
}

/** A quantity below 2^31 as a number: an index or a type. */
export function asIndex(value: Json | undefined, what: string): number {
  const index = asQuantity(value, what);
  if (index >= 2n ** 31n) throw malformed(what, value);
  return Number(index);
}

/** Bytes as hex text, made lower-case (hashes have no canonical case in the wild), exactly `length` bytes when given. */
export function asData(value: Json | undefined, what: string, length?: number): Hex {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (text.length % 2 !== 0 || !DATA.test(text) || (length !== undefined && text.length !== 2 + 2 * length))
    throw malformed(what, value);
  return text as Hex;
}

/** The bytes of a DATA field, exactly `length` of them when given. */
export function asDataBytes(value: Json | undefined, what: string, length?: number): Bytes {
  const bytes = typeof value === 'string' && value.startsWith('0x') ? fromHex(value, length) : undefined;
  if (bytes === undefined) throw malformed(what, value);
  return bytes;
}

/** The minimal big-endian bytes of a QUANTITY of at most `bits`: none for 0. */
export function asQuantityBytes(value: Json | undefined, what: string, bits: number): Bytes {
  const text = quantityText(value, what, bits);
  if (text === '0x0') return NONE;
  return hex(text.length % 2 === 0 ? text : `0${text.slice(2)}`);
}

/** `0x`-quantity of an integer, as requests need it. */
export function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
