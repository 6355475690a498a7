// The WebSocket stream: what each new block brought, by channel. A reader that is too slow is dropped with a reason, so that
// memory stays bounded.

import type { WebSocket } from 'ws';
import type { NewBlock } from '../comet/new-blocks.ts';
import type { AcceptedPost } from './recent-orders.ts';

export const CHANNELS = ['blocks', 'orders', 'rounds', 'events'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Bytes that may wait for one reader. */
const MOST_WAITING_BYTES = 1 << 20;
/** WebSocket close codes: 1008 policy violation, 1013 try again later. */
const CLOSE_POLICY = 1008;
const CLOSE_SLOW = 1013;
const MOST_READERS = 1_000;
const EVENT_TYPES = ['stake_event', 'eth_final', 'breach'];

export class Stream {
  readonly #readers = new Map<WebSocket, ReadonlySet<Channel>>();

  /** Adds a reader of `channels` (a comma-separated list; all when it is empty). */
  add(socket: WebSocket, channels: string): void {
    const wanted = channels === '' ? [...CHANNELS] : channels.split(',');
    const unknown = wanted.find((name) => !CHANNELS.includes(name as Channel));
    if (unknown !== undefined) {
      socket.close(CLOSE_POLICY, `unknown channel ${unknown.slice(0, 40)}; there are ${CHANNELS.join(', ')}`);
      return;
    }
    if (this.#readers.size >= MOST_READERS) {
      socket.close(CLOSE_SLOW, `${MOST_READERS} readers are connected`);
      return;
    }
    this.#readers.set(socket, new Set(wanted as Channel[]));
    socket.on('close', () => this.#readers.delete(socket));
    socket.on('error', () => socket.terminate());
  }

  /** Tells all readers about a block. */
  publish(block: NewBlock, posts: readonly AcceptedPost[]): void {
    const { height, hash, time } = block.block;
    const all = [...block.txResults.flatMap(({ code, events }) => (code === 0 ? events : [])), ...block.events];
    this.#send('blocks', { height, hash, time, transactions: block.txResults.length, appHash: block.appHash });
    for (const post of posts) this.#send('orders', post);
    for (const { type, attributes } of all) {
      if (type === 'rebalance') this.#send('rounds', { height, ...attributes });
      if (EVENT_TYPES.includes(type)) this.#send('events', { height, event: type, ...attributes });
    }
  }

  close(): void {
    for (const socket of this.#readers.keys()) socket.terminate();
    this.#readers.clear();
  }

  #send(channel: Channel, data: unknown): void {
    const text = JSON.stringify({ channel, data });
    for (const [socket, channels] of this.#readers) {
      if (!channels.has(channel)) continue;
      if (socket.bufferedAmount > MOST_WAITING_BYTES) {
        this.#readers.delete(socket);
        socket.close(CLOSE_SLOW, 'too slow: more than 1 MiB waits');
      } else {
        socket.send(text);
      }
    }
  }
}
