// Reading fields of a node's JSON answers: int64 are decimal strings, bytes base64, hashes upper-case hex, lists may be null.
// Needs no module of Node: the light client reads answers in browsers too.

import { type Bytes, fromHex, type Hex, to0x } from '../lib/bytes.ts';
import { CometError } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(name, 'an object');
  return value as Fields;
}

/** A list that is left out or null is empty, as Go writes it. */
export function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw malformed(name, 'a list');
  return value;
}

/** Text; empty when left out. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw malformed(name, 'text');
  return value;
}

/** An integer, as number or as decimal string; 0 when left out. */
export function bigintOf(fields: Fields, name: string): bigint {
  const value = fields[name] ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) return BigInt(value);
  throw malformed(name, 'an integer');
}

/** The same for what fits a double: heights, codes, counts. */
export function numberOf(fields: Fields, name: string): number {
  const value = Number(bigintOf(fields, name));
  if (!Number.isSafeInteger(value)) throw malformed(name, 'an integer below 2^53');
  return value;
}

/** Base64; empty when left out. */
export function bytesOf(fields: Fields, name: string): Bytes {
  return base64Bytes(fields[name] ?? '', name);
}

export function base64Bytes(value: unknown, name: string): Bytes {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw malformed(name, 'base64');
  let characters: string;
  try {
    characters = atob(value);
  } catch {
    throw malformed(name, 'base64');
  }
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Hex without prefix, given back as lower-case `0x` text; `0x` when left out. */
export function hashOf(fields: Fields, name: string): Hex {
  const bytes = fromHex(textOf(fields, name));
  if (bytes === undefined) throw malformed(name, 'hex');
  return to0x(bytes);
}

function malformed(name: string, expected: string): CometError {
  return new CometError('PEG_ANSWER_MALFORMED', `the node answered something else than ${expected} for ${name}`, { name });
}
