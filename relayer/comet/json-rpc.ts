// JSON-RPC over HTTP POST: one call, or several in one request.

import { describe } from '../lib/errors.ts';
import { CometError } from './errors.ts';
import type { SendText } from './send-text.ts';

export interface JsonRpcTarget {
  readonly url: string;
  readonly timeoutMs: number;
  readonly send: SendText;
  /** Aborted when the client is closed; its reason is what calls then reject with. */
  readonly signal: AbortSignal;
}

interface Answer {
  readonly id?: unknown;
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
  return resultOf(target, method, await post(target, requestOf(1, method, params), signal, readAnswer));
}

/**
 * Several calls of one method in one request, settled each for itself, in their order. CometBFT takes ten at most unless it is
 * told otherwise (`max_request_batch_size`). Throws as a single call does when the request as a whole got no answer.
 */
export async function callJsonRpcBatch(
  target: JsonRpcTarget,
  method: string,
  paramsOfEach: readonly Readonly<Record<string, unknown>>[],
  signal?: AbortSignal,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const requests = paramsOfEach.map((params, id) => requestOf(id, method, params));
  const answers = await post(target, requests, signal, (value) => readAnswers(value, requests.length));
  return answers.map((answer) => {
    try {
      return { status: 'fulfilled', value: resultOf(target, method, answer) };
    } catch (reason) {
      return { status: 'rejected', reason };
    }
  });
}

function requestOf(id: number, method: string, params: Readonly<Record<string, unknown>>) {
  return { jsonrpc: '2.0', id, method, params };
}

/** Throws PEG_RPC_REFUSED. */
function resultOf(target: JsonRpcTarget, method: string, answer: Answer): unknown {
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

/** Sends JSON and gives what `read` makes of the JSON that comes back; what it throws counts as no answer. */
async function post<T>(
  { url, timeoutMs, send, signal: closing }: JsonRpcTarget,
  body: unknown,
  signal: AbortSignal | undefined,
  read: (answer: unknown) => T,
): Promise<T> {
  const callers = signal === undefined ? [closing] : [closing, signal];
  for (const caller of callers) caller.throwIfAborted();
  // One controller and a timer instead of AbortSignal's own combinations, which cost more than the rest of a call.
  const stop = new AbortController();
  const giveUp = () => stop.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  for (const caller of callers) caller.addEventListener('abort', giveUp, { once: true });
  try {
    const { status, text } = await send(url, JSON.stringify(body), stop.signal);
    return read(parseAnswer(text, status));
  } catch (cause) {
    for (const caller of callers) caller.throwIfAborted();
    const reason = stop.signal.aborted ? `no answer within ${timeoutMs} ms` : describe(cause);
    throw new CometError('PEG_UNREACHABLE', `the node at ${url} cannot be reached: ${reason}`, { url }, { cause });
  } finally {
    clearTimeout(timer);
    for (const caller of callers) caller.removeEventListener('abort', giveUp);
  }
}

/** CometBFT sends errors with status 200 or 500; what counts is whether the body is an answer. */
function parseAnswer(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`it answered HTTP ${status} without JSON: ${text.slice(0, 80)}`);
  }
}

function readAnswer(value: unknown): Answer {
  if (typeof value !== 'object' || value === null || !('result' in value || 'error' in value))
    throw new Error('it answered with something else than JSON-RPC');
  return value as Answer;
}

/** By their ids from 0 on. CometBFT answers a batch of one bare, and a batch that it refuses as a whole with one error. */
function readAnswers(value: unknown, count: number): readonly Answer[] {
  if (!Array.isArray(value)) {
    const only = readAnswer(value);
    if (count > 1 && !('error' in only)) throw new Error(`it answered one of ${count} calls`);
    return new Array<Answer>(count).fill(only);
  }
  const byId = new Map(value.map(readAnswer).map((answer) => [answer.id, answer]));
  return Array.from({ length: count }, (_, id) => {
    const answer = byId.get(id);
    if (answer === undefined) throw new Error(`it left out call ${id + 1} of ${count}`);
    return answer;
  });
}
