// Posting an order until it is in a block: picks the round, posts, waits, and begins again when the round ended before the
// order got in. Bytes that were handed in once may be handed in again: the network accepts them once.

import type { Clock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import { CODES } from '../peg/codes.ts';
import type { PostDocument, RoundDocument, TransactionDocument } from './documents.ts';
import { ClientError } from './errors.ts';
import type { PegClient } from './peg-client.ts';
import type { Requests } from './request.ts';
import type { PostSigner, SignedPost } from './sign-post.ts';

export interface PostOptions {
  /** Default: `order`. */
  readonly type?: 'order' | 'stream';
  /** For all of it, in milliseconds; default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** The accepted post. Throws as `PegClient.post` says. */
export async function postAndWait(
  client: PegClient,
  requests: Requests,
  clock: Clock,
  signer: PostSigner,
  payload: Uint8Array,
  options: PostOptions,
): Promise<PostDocument> {
  const { signal, timeoutMs = TIMEOUT_MS } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const signed = await client.sign(signer, payload, options).catch(async (error: unknown) => {
      if (!hasCode(error, 'PEG_UNREACHABLE') || clock.now() >= deadline) throw error;
      await clock.sleep(pauseAfter(error), signal);
    });
    if (signed === undefined) continue;
    const accepted = await submitAndWait(client, requests, clock, signed, deadline, signal);
    if (accepted !== undefined) return accepted;
    if (clock.now() >= deadline) throw notIncluded(signed);
  }
}

/** The accepted post; undefined when the round ended without it. */
async function submitAndWait(
  client: PegClient,
  requests: Requests,
  clock: Clock,
  signed: SignedPost,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<PostDocument | undefined> {
  let taken = false;
  for (;;) {
    let pauseMs = POLL_MS;
    try {
      if (!taken) taken = await handIn(client, signed, signal);
      const outcome = await outcomeOf(requests, signed, signal);
      if (outcome !== 'waits') return outcome === 'missed' ? undefined : outcome;
    } catch (error) {
      if (isRefusal(error, 'ORDER_ROUND')) return undefined;
      if (!hasCode(error, 'PEG_UNREACHABLE')) throw error;
      pauseMs = pauseAfter(error);
    }
    if (clock.now() >= deadline) throw notIncluded(signed);
    await clock.sleep(pauseMs, signal);
  }
}

/**
 * Whether the node has the order. A refusal does not say that it is in no block: an earlier try, whose answer was lost, may have
 * got through.
 */
async function handIn(client: PegClient, signed: SignedPost, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await client.submit(signed, signal);
    return true;
  } catch (error) {
    if (isRefusal(error, 'ORDER_DUPLICATE')) return true;
    if (isRefusal(error, 'ORDER_ROUND')) return false;
    throw error;
  }
}

/** The round is asked first: once it has moved on, what is in no block of the old one will be in none. */
async function outcomeOf(
  requests: Requests,
  { type, hash, round }: SignedPost,
  signal: AbortSignal | undefined,
): Promise<PostDocument | 'waits' | 'missed'> {
  const { number } = await requests.get<RoundDocument>('/round', signal);
  try {
    const { code, codespace, log, post } = await requests.get<TransactionDocument>(`/transactions/${hash}`, signal);
    if (post !== null) return post;
    throw new ClientError('ORDER_REFUSED', `the ${type} was refused (${codespace} ${code}): ${log}`, { codespace, code });
  } catch (error) {
    if (!hasCode(error, 'PEG_REQUEST_REFUSED') || error.data.status !== 404) throw error;
    return number > round ? 'missed' : 'waits';
  }
}

/** What the node asked for, so that a node with too much to do is not asked all the more. */
function pauseAfter(error: unknown): number {
  const asked = hasCode(error) ? error.data.retryAfterMs : undefined;
  return typeof asked === 'number' && Number.isFinite(asked) ? Math.max(POLL_MS, asked) : POLL_MS;
}

function notIncluded({ type, id, hash, round }: SignedPost): ClientError {
  return new ClientError('ORDER_NOT_INCLUDED', `${type} ${id} of round ${round} is in no block yet`, { id, hash });
}

function isRefusal(error: unknown, name: 'ORDER_ROUND' | 'ORDER_DUPLICATE'): boolean {
  const { codespace, code } = CODES[name];
  return hasCode(error, 'ORDER_REFUSED') && error.data.codespace === codespace && error.data.code === code;
}
