// JSON-RPC 2.0 as pure functions: a request's text from calls, and verdicts from an answer's text. Knows the errors of
// the clients and providers in use; knows nothing of sockets.
// Source: https://www.jsonrpc.org/specification; error codes: EIP-1474 and the clients' own.

import { EthereumError, type EthereumErrorCode } from './errors.ts';
import type { Json, JsonObject } from './fields.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly Json[];
}

/** What became of one call. */
export type RpcOutcome = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: EthereumError };

/** The body of one call, or of a batch whose ids count up from `firstId`. */
export function encodeRequest(calls: readonly RpcCall[], firstId: number, batch: boolean): string {
  const requests = calls.map(({ method, params }, i) => ({ jsonrpc: '2.0', id: firstId + i, method, params }));
  return JSON.stringify(batch ? requests : requests[0]);
}

/** Outcome of a single call; throws nothing. */
export function decodeAnswer(text: string, call: RpcCall, id: number): RpcOutcome {
  const body = parseJson(text, call.method);
  return body.ok ? outcomeOf(body.value, call, id) : body;
}

/**
 * Outcomes of a batch, in the order of its calls; answers may come in any order. undefined when the endpoint answered with
 * one object instead of a list, which is how a refusal of the batch as a whole looks.
 */
export function decodeBatch(
  text: string,
  calls: readonly RpcCall[],
  firstId: number,
): { outcomes: readonly RpcOutcome[] } | { refused: EthereumError } {
  const body = parseJson(text, `batch of ${calls.length}`);
  if (!body.ok) return { refused: body.error };
  if (!Array.isArray(body.value)) {
    const refusal = outcomeOf(body.value, { method: `batch of ${calls.length}`, params: [] }, null);
    return { refused: refusal.ok ? broken(`batch of ${calls.length}`, 'is not a list') : refusal.error };
  }
  const byId = new Map<unknown, Json>();
  for (const answer of body.value as readonly Json[]) {
    const id = isObject(answer) ? answer.id : undefined;
    if (byId.has(id)) return { refused: broken(`batch of ${calls.length}`, `has two answers with the id ${JSON.stringify(id)}`) };
    byId.set(id, answer);
  }
  return { outcomes: calls.map((call, i) => outcomeOf(byId.get(firstId + i), call, firstId + i)) };
}

function outcomeOf(answer: Json | undefined, call: RpcCall, id: number | null): RpcOutcome {
  const fail = (error: EthereumError): RpcOutcome => ({ ok: false, error });
  if (!isObject(answer)) return fail(broken(call.method, 'is missing or not an object'));
  if (isObject(answer.error)) return fail(endpointError(call.method, answer.error));
  // Gateways answer 200 with texts of their own, such as {"message": "daily quota exceeded"}.
  const text = answer.message ?? answer.error;
  if (typeof text === 'string') return fail(endpointError(call.method, { message: text }));
  if (answer.jsonrpc !== '2.0') return fail(broken(call.method, 'is not JSON-RPC 2.0'));
  if (answer.id !== id) return fail(broken(call.method, `has the id ${JSON.stringify(answer.id)} instead of ${id}`));
  if (answer.result === undefined) return fail(broken(call.method, 'has neither result nor error'));
  return { ok: true, value: answer.result };
}

function parseJson(text: string, what: string): RpcOutcome {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    if (RATE_LIMITED.test(text.slice(0, 500)))
      return { ok: false, error: new EthereumError('ETH_RATE_LIMITED', `${what}: ${excerpt(text)}`, { method: what }) };
    return { ok: false, error: broken(what, `is not JSON (${text.length} characters: ${excerpt(text)})`) };
  }
}

function broken(method: string, how: string): EthereumError {
  return new EthereumError('ETH_MALFORMED', `the answer to ${method} ${how}`, { method });
}

const RATE_LIMITED = /rate.?limit|too many requests|quota|capacity|throttl|compute units|exceeded.{0,40}(limit|second|day|plan)/i;
const TOO_LARGE =
  /too many results|more than \d+ (results|logs)|(response|result|query|body|batch).{0,30}(size|too large|too big|limit|exceed)/i;
const REVERTED = /execution reverted|transaction reverted|vm exception|invalid opcode|out of gas/i;
const STATE_GONE =
  /missing trie node|state.{0,30}(not available|unavailable|pruned|not found|missing)|pruned|archive|historical state|proof window|no state|no known hardfork/i;
const BLOCK_UNKNOWN =
  /(block|header|hash).{0,40}(not found|cannot be found|unknown|not available)|unknown (block|header)|invalid block tag|resource not found/i;

const UNSUPPORTED = /not supported|unsupported|method.{0,30}not (found|available|exist)|does not exist/i;

/** The error that an endpoint's error object stands for: texts first, because providers share codes among many things. */
function endpointError(method: string, error: JsonObject): EthereumError {
  const rpcCode = typeof error.code === 'number' ? error.code : undefined;
  const message = typeof error.message === 'string' ? error.message : JSON.stringify(error);
  const data = { method, rpc_code: rpcCode, rpc_message: excerpt(message) };
  return new EthereumError(
    codeOf(rpcCode, message),
    `${method}: ${excerpt(message)}${rpcCode === undefined ? '' : ` (${rpcCode})`}`,
    data,
  );
}

function codeOf(rpcCode: number | undefined, message: string): EthereumErrorCode {
  if (rpcCode === 3 || REVERTED.test(message)) return 'ETH_REVERTED';
  if (rpcCode === -32601 || rpcCode === -32004) return 'ETH_REFUSED';
  if (rpcCode === 429 || rpcCode === -32029 || RATE_LIMITED.test(message)) return 'ETH_RATE_LIMITED';
  if (STATE_GONE.test(message)) return 'ETH_STATE_UNAVAILABLE';
  if (rpcCode === -39001 || BLOCK_UNKNOWN.test(message)) return 'ETH_BLOCK_UNKNOWN';
  if (rpcCode === -32005 || TOO_LARGE.test(message)) return 'ETH_TOO_LARGE';
  if (rpcCode === -32600 || rpcCode === -32602 || UNSUPPORTED.test(message)) return 'ETH_REFUSED';
  return 'ETH_ENDPOINT_FAILED';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One printable line, short enough for a log. */
function excerpt(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 160);
}
