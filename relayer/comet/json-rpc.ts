// One JSON-RPC call over HTTP POST.

import { describe } from '../lib/errors.ts';
import { CometError } from './errors.ts';

export interface JsonRpcTarget {
  readonly url: string;
  readonly timeoutMs: number;
  /** Longer answers are given up while they arrive; default: no limit, for nodes of one's own. */
  readonly maxAnswerBytes?: number;
  /** Aborted when the client is closed; its reason is what calls then reject with. */
  readonly signal: AbortSignal;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } | null;
}

/**
 * The `result` of a call. Throws PEG_UNREACHABLE, PEG_RPC_REFUSED (`data`: `{method, rpcCode, rpcMessage, rpcData}`), or the
 * reason of a signal that was aborted.
 */
export async function callJsonRpc(
  target: JsonRpcTarget,
  method: string,
  params: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<unknown> {
  const callers = signal === undefined ? target.signal : AbortSignal.any([target.signal, signal]);
  const answer = await post(target, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), callers);
  if (answer.error === undefined || answer.error === null) return answer.result;
  const { code, message, data } = answer.error;
  const text = [message, data].filter((part) => typeof part === 'string' && part !== '').join(': ');
  throw new CometError('PEG_RPC_REFUSED', `the node at ${target.url} refused ${method}: ${text}`, {
    method,
    rpcCode: code,
    rpcMessage: message,
    rpcData: data,
  });
}

async function post(
  { url, timeoutMs, maxAnswerBytes = Number.POSITIVE_INFINITY }: JsonRpcTarget,
  body: string,
  callers: AbortSignal,
): Promise<Answer> {
  callers.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([callers, timeout]),
    });
    return parseAnswer(await readText(response, maxAnswerBytes), response.status);
  } catch (cause) {
    callers.throwIfAborted();
    const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : describe(cause);
    throw new CometError('PEG_UNREACHABLE', `the node at ${url} cannot be reached: ${reason}`, { url }, { cause });
  }
}

/** Throws when there is more than `most` bytes; the rest is not read. */
async function readText(response: Response, most: number): Promise<string> {
  if (response.body === null || most === Number.POSITIVE_INFINITY) return response.text();
  const decoder = new TextDecoder();
  // Browsers do not all iterate over a body: hence a reader.
  const reader = response.body.getReader();
  let [text, size] = ['', 0];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      if (size > most) throw new Error(`its answer is longer than ${most} bytes`);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    // Ends a connection that goes on sending; of one that broke, the reason is known already.
    await reader.cancel().catch(() => {});
  }
}

/** CometBFT sends errors with status 200 or 500; what counts is whether the body is an answer. */
function parseAnswer(text: string, status: number): Answer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`it answered HTTP ${status} without JSON: ${text.slice(0, 80)}`);
  }
  if (typeof value !== 'object' || value === null || !('result' in value || 'error' in value))
    throw new Error(`it answered HTTP ${status} with something else than JSON-RPC`);
  return value as Answer;
}
