// The WebSocket stream: who reads it, and what they all are told. Which blocks a reader gets and when is stream-reader.ts.

import type { WebSocket } from 'ws';
import type { Clock } from '../lib/clock.ts';
import type { BlockFeed } from './block-feed.ts';
import { API_LIMITS } from './limits.ts';
import { alarmsMessage, subscriptionOf } from './stream-message.ts';
import { type Drop, StreamReader } from './stream-reader.ts';

export interface StreamOptions {
  readonly mostReaders: number;
  /** How long what waits for a reader may stand still. */
  readonly stallMs: number;
  /** How long a dropped reader may take to say goodbye. */
  readonly closeMs: number;
  readonly heartbeatMs: number;
  /** How often readers and alarms are looked at. */
  readonly checkMs: number;
}

export const STREAM_OPTIONS: StreamOptions = {
  mostReaders: API_LIMITS.streamReaders,
  heartbeatMs: 10_000,
  checkMs: 1_000,
  stallMs: API_LIMITS.streamStallMs,
  closeMs: 5_000,
};

export interface StreamCounts {
  readonly readers: number;
  /** Dropped since the start. */
  readonly dropped: Readonly<Partial<Record<Drop, number>>>;
}

export class Stream {
  readonly #feed: BlockFeed;
  readonly #clock: Clock;
  readonly #options: StreamOptions;
  readonly #alarms: () => Promise<readonly string[]>;
  readonly #readers = new Map<WebSocket, StreamReader>();
  readonly #dropped: Partial<Record<Drop, number>> = {};
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #unlisten: () => void;
  #shown = '[]';

  constructor(feed: BlockFeed, clock: Clock, alarms: () => Promise<readonly string[]>, options = STREAM_OPTIONS) {
    this.#feed = feed;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#options = options;
    this.#unlisten = feed.listen(() => {
      for (const reader of this.#readers.values()) reader.wake();
    });
    this.#running = Promise.all([
      this.#every(options.heartbeatMs, async () => this.#each((reader) => reader.beat())),
      this.#every(options.checkMs, async () => this.#each((reader) => reader.check())),
      this.#every(options.checkMs, () => this.#tellAlarms()),
    ]);
  }

  get counts(): StreamCounts {
    return { readers: this.#live(), dropped: this.#dropped };
  }

  /** A new connection; what its address asks for is its first subscription. */
  add(socket: WebSocket, query: { channels?: string | undefined; from?: string | undefined }): void {
    const { mostReaders, stallMs, closeMs } = this.#options;
    const onDrop = (name: Drop) => {
      this.#dropped[name] = (this.#dropped[name] ?? 0) + 1;
    };
    const reader = new StreamReader(socket, this.#feed, { stallMs, closeMs, onDrop }, () => this.#clock.now());
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#readers.delete(socket));
    const full = this.#live() >= mostReaders;
    this.#readers.set(socket, reader);
    if (full) reader.drop('STREAM_FULL', `${mostReaders} readers are connected`);
    if (full || (query.channels === undefined && query.from === undefined)) return;
    const wanted = subscriptionOf(query);
    if ('reason' in wanted) reader.drop('STREAM_REQUEST', wanted.reason);
    else reader.subscribe(wanted);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the stream was closed'));
    this.#unlisten();
    for (const socket of this.#readers.keys()) socket.terminate();
    await this.#running;
  }

  /** Readers without those that were dropped and have not said goodbye. */
  #live(): number {
    let live = 0;
    for (const reader of this.#readers.values()) if (!reader.dropped) live++;
    return live;
  }

  #each(task: (reader: StreamReader) => void): void {
    for (const reader of this.#readers.values()) task(reader);
  }

  /** Alarms are told to new readers, and to all when they change. */
  async #tellAlarms(): Promise<void> {
    if (this.#readers.size === 0) return;
    const alarms = await this.#alarms();
    const text = JSON.stringify(alarms);
    const news = text !== this.#shown;
    this.#shown = text;
    const message = alarmsMessage(this.#feed.tip?.block.height ?? 0, alarms);
    this.#each((reader) => reader.tellAlarms(message, news));
  }

  async #every(pauseMs: number, task: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#clock.sleep(pauseMs, signal).catch(() => {});
      if (signal.aborted) return;
      // What cannot be read now is read the next time.
      await task().catch(() => {});
    }
  }
}
