// One request to a node's interface: JSON in, JSON out, problem documents as errors. Runs wherever there is `fetch`.

import { describe } from '../lib/errors.ts';
import type { ProblemDocument } from './documents.ts';
import { ClientError } from './errors.ts';

export interface Requests {
  /** Throws ClientError, or the reason of an aborted signal. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T>;
}

const TIMEOUT_MS = 15_000;
const TRY_LATER = [429, 503];

/** Requests to the interface at `base` (`http://127.0.0.1:26601`). */
export function openRequests(base: string, own: AbortSignal | undefined): Requests {
  return {
    get: (path, signal) => send(base + path, {}, [own, signal]),
    post: (path, body, signal) => {
      const headers = { 'content-type': 'application/json' };
      return send(base + path, { method: 'POST', headers, body: JSON.stringify(body) }, [own, signal]);
    },
  };
}

async function send<T>(url: string, init: RequestInit, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  const callers = signals.filter((signal) => signal !== undefined);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.any([...callers, timeout]) });
    body = JSON.parse(await response.text());
  } catch (cause) {
    for (const signal of callers) signal.throwIfAborted();
    if (cause instanceof SyntaxError) throw new ClientError('PEG_ANSWER_MALFORMED', `${url} answers something else than JSON`);
    const reason = timeout.aborted ? `no answer within ${TIMEOUT_MS} ms` : describe(cause);
    throw new ClientError('PEG_UNREACHABLE', `the interface at ${url} cannot be reached: ${reason}`, { url }, { cause });
  }
  if (!response.ok) throw problemError(url, body as Partial<ProblemDocument>, response);
  return body as T;
}

function problemError(
  url: string,
  { type, title, detail, codespace, code }: Partial<ProblemDocument>,
  { status, headers }: Response,
): ClientError {
  const data = { url, status, type, codespace, code, retryAfterMs: 1_000 * Number(headers.get('retry-after') ?? 0) };
  if (codespace !== undefined && codespace !== 'query')
    return new ClientError('ORDER_REFUSED', `the order was refused (${codespace} ${code}): ${detail}`, data);
  const later = TRY_LATER.includes(status);
  return new ClientError(later ? 'PEG_UNREACHABLE' : 'PEG_REQUEST_REFUSED', `${title ?? status}: ${detail ?? url}`, data);
}
