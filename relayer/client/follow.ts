// Accepted orders and streams as an endless sequence: in order of the chain, each once, none missing, whatever becomes of
// the connection in between.

import type { Clock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import type { PostDocument } from './documents.ts';
import { ClientError } from './errors.ts';
import { streamMessages } from './stream-connection.ts';

export interface FollowOptions {
  /** Peg height to begin with; default: the next block. */
  readonly from?: number;
  /** Ends the sequence. */
  readonly signal?: AbortSignal;
}

const RECONNECT_MS = 500;
const SLOWEST_RECONNECT_MS = 10_000;
/** Trying again would end the same way. */
const FATAL = ['STREAM_GONE', 'STREAM_REQUEST'];

/**
 * Follows the interface at `base`; `readNetwork` asks it for what names its network. Throws STREAM_REFUSED when it cannot go on
 * from where it was.
 */
export async function* followPosts(
  base: string,
  readNetwork: (signal: AbortSignal) => Promise<string>,
  clock: Clock,
  { from, signal = new AbortController().signal }: FollowOptions,
): AsyncGenerator<PostDocument, void, undefined> {
  const address = `${base.replace(/^http/, 'ws')}/stream?channels=orders`;
  let resume = from;
  /** Last post that was given out. */
  let last: { height: number; index: number } | undefined;
  let failures = 0;
  let network: string | undefined;
  while (!signal.aborted) {
    const messages = streamMessages(resume === undefined ? address : `${address}&from=${resume}`, clock, signal);
    try {
      for (;;) {
        const { done, value } = await messages.next();
        if (done) {
          if (FATAL.some((name) => value.startsWith(name)))
            throw new ClientError('STREAM_REFUSED', `the stream cannot go on from block ${resume}: ${value}`, { from: resume });
          break;
        }
        failures = 0;
        if (value.type === 'subscribed') {
          resume ??= value.from;
          const answering = await readNetwork(signal).catch((error: unknown) => {
            if (!signal.aborted && !hasCode(error, 'PEG_UNREACHABLE')) throw error;
          });
          if (answering === undefined) break;
          network ??= answering;
          // A node behind its place is waited for; on another chain that place may never come.
          if (answering !== network)
            throw new ClientError('STREAM_REFUSED', `another network answers at ${base} than before`, { from: resume });
        }
        if (value.type === 'heartbeat' && value.height !== undefined) resume = Math.max(resume ?? 1, value.height + 1);
        if (value.channel !== 'orders' || value.data === undefined) continue;
        for (const post of value.data as readonly PostDocument[]) {
          const { height, index } = post;
          if (last !== undefined && (height < last.height || (height === last.height && index <= last.index))) continue;
          last = { height, index };
          // The rest of this block may come in a later message.
          resume = height;
          yield post;
        }
      }
    } finally {
      // Whoever has seen enough leaves at a post: the connection must not outlive that.
      await messages.return('');
    }
    await clock.sleep(Math.min(SLOWEST_RECONNECT_MS, RECONNECT_MS * 2 ** failures++), signal).catch(() => {});
  }
}
