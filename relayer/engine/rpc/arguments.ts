// Arguments of RPC methods, from JSON (int64 as strings, bytes as base64) and from URLs (numbers bare, text and bytes in
// quotes, bytes also as 0x…).
// Source: CometBFT rpc/jsonrpc/server at v0.38.

import { type Bytes, fromHex, textBytes } from '../../lib/bytes.ts';
import { JsonRpcError } from './json-rpc.ts';

/** `hex` is bytes that JSON writes as hex; `integer?` may be absent, which differs from 0. */
export type ArgumentType = 'text' | 'bytes' | 'hex' | 'integer' | 'integer?' | 'boolean';
export type Signature = readonly (readonly [name: string, type: ArgumentType])[];
export type Argument = string | Bytes | bigint | boolean | undefined;

const DEFAULTS: Readonly<Record<ArgumentType, () => Argument>> = {
  text: () => '',
  bytes: () => new Uint8Array(),
  hex: () => new Uint8Array(),
  integer: () => 0n,
  'integer?': () => undefined,
  boolean: () => false,
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INT64 = /^-?\d{1,19}$/;

/** Params by name or in order. Throws JsonRpcError −32602. */
export function jsonArguments(signature: Signature, params: unknown): Argument[] {
  if (params === undefined || params === null) return signature.map(([, type]) => DEFAULTS[type]());
  if (typeof params !== 'object') throw invalid('unknown type for JSON params: expected map or array');
  if (Array.isArray(params)) {
    if (params.length !== signature.length) {
      const names = signature.map(([name]) => name).join(' ');
      throw invalid(`expected ${signature.length} parameters ([${names}]), got ${params.length}`);
    }
    return signature.map(([name, type], index) => fromJson(name, type, params[index]));
  }
  const named = params as Record<string, unknown>;
  return signature.map(([name, type]) => (Object.hasOwn(named, name) ? fromJson(name, type, named[name]) : DEFAULTS[type]()));
}

/** Throws JsonRpcError −32602. */
export function urlArguments(signature: Signature, query: URLSearchParams): Argument[] {
  return signature.map(([name, type]) => {
    const text = query.get(name);
    return text === null || text === '' ? DEFAULTS[type]() : fromUrl(name, type, text);
  });
}

function fromJson(name: string, type: ArgumentType, value: unknown): Argument {
  if (value === null || value === undefined) return DEFAULTS[type]();
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
  } else if (typeof value !== 'string') throw invalid(`${name}: expected a string`);
  else if (type === 'text') return value;
  else if (type === 'bytes') {
    if (BASE64.test(value)) return Uint8Array.from(Buffer.from(value, 'base64'));
  } else if (type === 'hex') {
    const bytes = /^0x/i.test(value) ? undefined : fromHex(value);
    if (bytes !== undefined) return bytes;
  } else if (INT64.test(value)) return BigInt(value);
  throw invalid(`${name}: invalid ${type.replace('?', '')} ${JSON.stringify(value).slice(0, 100)}`);
}

function fromUrl(name: string, type: ArgumentType, text: string): Argument {
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? unquote(name, text) : undefined;
  const isHex = /^0x/i.test(text);
  if (type === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
  } else if (type === 'integer' || type === 'integer?') {
    if (INT64.test(quoted ?? text)) return BigInt(quoted ?? text);
  } else if (isHex) {
    const bytes = fromHex(text);
    if (bytes !== undefined) return type === 'text' ? new TextDecoder().decode(bytes) : bytes;
  } else if (quoted !== undefined) return type === 'text' ? quoted : textBytes(quoted);
  throw invalid(`${name}: invalid ${type.replace('?', '')} ${JSON.stringify(text).slice(0, 100)}`);
}

function unquote(name: string, text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // Said below: what the quotes hold is not a JSON string.
  }
  throw invalid(`${name}: invalid quoted text`);
}

function invalid(detail: string): JsonRpcError {
  return new JsonRpcError(-32602, `error converting params to arguments: ${detail}`);
}
