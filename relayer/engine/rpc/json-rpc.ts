// The JSON-RPC envelope as CometBFT speaks it: errors with its codes and texts, notifications without an answer, batches.
// Source: CometBFT rpc/jsonrpc/{types,server} at v0.38.

import type { Bytes } from '../../lib/bytes.ts';

/** Longest body or message that is read, in bytes. */
export const MAX_BODY_BYTES = 1_000_000;

export type Id = string | number;

export interface JsonRpcResponse {
  readonly jsonrpc: '2.0';
  readonly id?: Id;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: string };
}

const MESSAGES = {
  [-32700]: 'Parse error. Invalid JSON',
  [-32600]: 'Invalid Request',
  [-32601]: 'Method not found',
  [-32602]: 'Invalid params',
  [-32603]: 'Internal error',
  [-32000]: 'Server error',
} as const;

export type JsonRpcCode = keyof typeof MESSAGES;

/** A call that failed, as the caller is told. `message` is the detail (`data` on the wire). */
export class JsonRpcError extends Error {
  readonly code: JsonRpcCode;

  constructor(code: JsonRpcCode, detail = '') {
    super(detail);
    this.name = 'JsonRpcError';
    this.code = code;
  }
}

/** What went wrong inside a method. */
export function internal(detail: string): JsonRpcError {
  return new JsonRpcError(-32603, detail);
}

export interface JsonRpcRequest {
  readonly id: Id;
  readonly method: string;
  readonly params: unknown;
}

export function success(id: Id, result: unknown): JsonRpcResponse {
  return { jsonrpc: '2.0', id, result };
}

export function failure(id: Id | undefined, error: JsonRpcError): JsonRpcResponse {
  const detail = error.message === '' ? {} : { data: error.message };
  return {
    jsonrpc: '2.0',
    ...(id === undefined ? {} : { id }),
    error: { code: error.code, message: MESSAGES[error.code], ...detail },
  };
}

/** A request of parsed JSON; undefined for a notification, which is never answered. Throws JsonRpcError −32700. */
export function readRequest(value: unknown): JsonRpcRequest | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new JsonRpcError(-32700, 'error unmarshaling request: not an object');
  const { id, method, params } = value as Record<string, unknown>;
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new JsonRpcError(-32700, `error unmarshaling request: id of type ${typeof id}`);
  if (method !== undefined && typeof method !== 'string')
    throw new JsonRpcError(-32700, 'error unmarshaling request: method is not a string');
  return { id: typeof id === 'number' ? Math.trunc(id) : id, method: method ?? '', params };
}

/** Throws JsonRpcError −32700. */
export function parseJson(body: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new JsonRpcError(-32700, `error unmarshaling request: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
}
