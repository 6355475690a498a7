// One POST with a deadline over all of it and a limit on the body. `fetch` keeps connections alive between posts.

import { concatBytes } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import { EthereumError } from './errors.ts';

export interface HttpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Scheme and host, for messages: paths and user names of URLs hold API keys. */
  readonly name: string;
}

export interface PostLimits {
  /** From sending to the last byte of the answer, in milliseconds: a trickle does not extend it. */
  readonly timeoutMs: number;
  /** Largest body accepted, after decompression. */
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Splits credentials off a URL; throws `ETH_BAD_URL` unless it is http or https. */
export function parseTarget(text: string): HttpTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new EthereumError('ETH_BAD_URL', 'the address of an Ethereum endpoint must be an http:// or https:// URL', {});
  const { username, password } = url;
  const name = `${url.protocol}//${url.host}`;
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { url: url.href, headers, name };
}

/**
 * The text of a 200 answer. Throws `ETH_UNREACHABLE`, `ETH_TIMEOUT`, `ETH_RATE_LIMITED`, `ETH_HTTP_STATUS`,
 * `ETH_HTTP_REFUSED`, `ETH_TOO_LARGE`, or the signal's reason when the caller gave up.
 */
export async function post(target: HttpTarget, body: string, limits: PostLimits): Promise<string> {
  const { timeoutMs, clock, signal } = limits;
  signal?.throwIfAborted();
  const done = new AbortController();
  const deadline = new AbortController();
  const onAbort = () => deadline.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const tooLate = () =>
    deadline.abort(fault('ETH_TIMEOUT', target, `did not answer completely within ${timeoutMs} ms`, { timeout_ms: timeoutMs }));
  clock.sleep(timeoutMs, done.signal).then(tooLate, () => {});
  try {
    return await exchange(target, body, limits.maxBodyBytes, deadline.signal);
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason;
    if (error instanceof EthereumError) throw error;
    throw fault('ETH_UNREACHABLE', target, `is unreachable: ${describe(error)}`, {});
  } finally {
    done.abort();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(target: HttpTarget, body: string, maxBodyBytes: number, signal: AbortSignal): Promise<string> {
  const { url, headers } = target;
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  const text = await readBody(response, target, maxBodyBytes);
  if (response.status === 200 || (response.status !== 429 && holdsRpcError(text))) return text;
  throw statusError(response, target, text);
}

/** Some endpoints send their JSON-RPC errors with HTTP 400 or 500; what they say is more exact than the status. */
function holdsRpcError(text: string): boolean {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown } };
    return typeof error?.code === 'number';
  } catch {
    return false;
  }
}

async function readBody(response: Response, target: HttpTarget, maxBodyBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an error cancels the body, which closes the connection.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBodyBytes)
      throw fault('ETH_TOO_LARGE', target, `answered with more than ${maxBodyBytes} bytes`, { max_body_bytes: maxBodyBytes });
    chunks.push(chunk);
  }
  return new TextDecoder().decode(concatBytes(...chunks));
}

function statusError({ status, headers }: Response, target: HttpTarget, text: string): EthereumError {
  const data = { status, ...retryAfter(headers) };
  const shown = text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 120);
  const message = `answered with HTTP ${status}${shown === '' ? '' : `: ${shown}`}`;
  if (status === 429) return fault('ETH_RATE_LIMITED', target, message, data);
  if (status === 413) return fault('ETH_TOO_LARGE', target, message, data);
  const lasting = status >= 400 && status < 500 && status !== 408 && status !== 425;
  return fault(lasting ? 'ETH_HTTP_REFUSED' : 'ETH_HTTP_STATUS', target, message, data);
}

/** Seconds that the endpoint asks us to wait, at most a minute. */
function retryAfter(headers: Headers): { retry_after_ms?: number } {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retry_after_ms: Math.min(60, seconds) * 1000 } : {};
}

function fault(
  code: ConstructorParameters<typeof EthereumError>[0],
  target: HttpTarget,
  message: string,
  data: Record<string, unknown>,
) {
  return new EthereumError(code, `${target.name} ${message}`, { endpoint: target.name, ...data });
}
