// One reader of the stream: a place in the chain that moves on as fast as the reader takes what it is sent. Nothing is queued
// for it but what its socket holds, so a slow one costs no memory; one that stands still, or falls ever further behind, is
// dropped with a reason and may resume from the height it has.

import type { WebSocket } from 'ws';
import type { BlockFeed } from './block-feed.ts';
import type { BlockRecord } from './block-record.ts';
import { type Channel, heartbeat, messagesOf, parseSubscription, type Subscription, subscribed } from './stream-message.ts';

/**
 * Why a reader is dropped; the name begins the reason of the close frame. With WebSocket's close codes: 1008 policy violation,
 * 1011 the server has a fault, 1013 try again later.
 */
export const DROPS = {
  /** What was sent is no subscription, or there was too much of it. */
  STREAM_REQUEST: 1008,
  /** A block that was asked for is no longer kept. */
  STREAM_GONE: 1008,
  /** The blocks could not be read. */
  STREAM_FAULT: 1011,
  /** The reader does not take what it is sent, or falls ever further behind. */
  STREAM_SLOW: 1013,
  /** As many readers as there may be are connected. */
  STREAM_FULL: 1013,
} as const;
export type Drop = keyof typeof DROPS;

/** Bytes that may wait in a reader's socket before the next message is held back. */
export const MOST_WAITING_BYTES = 1 << 20;
/** Blocks that a reader who had caught up may fall behind. */
export const MOST_BEHIND = 1_024;
const MOST_MESSAGES_A_SECOND = 20;

export interface ReaderLimits {
  /** How long what waits may stand still. */
  readonly stallMs: number;
  /** How long a closed reader may take to say goodbye. */
  readonly closeMs: number;
  readonly onDrop: (name: Drop) => void;
}

export class StreamReader {
  readonly #socket: WebSocket;
  readonly #feed: BlockFeed;
  readonly #limits: ReaderLimits;
  readonly #now: () => number;
  #channels: ReadonlySet<Channel> = new Set();
  /** Next height to send. */
  #cursor = 0;
  /** Counts subscriptions: a block read for an old one is not sent to a new one. */
  #generation = 0;
  #caughtUp = false;
  #pumping = false;
  #ended = false;
  #endedAt = 0;
  #answered = true;
  #owesAlarms = true;
  #heldSince: number | undefined;
  #drained: () => void = () => {};
  #second = { at: 0, messages: 0 };

  constructor(socket: WebSocket, feed: BlockFeed, limits: ReaderLimits, now: () => number) {
    this.#socket = socket;
    this.#feed = feed;
    this.#limits = limits;
    this.#now = now;
    socket.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary));
    socket.on('pong', () => {
      this.#answered = true;
    });
    // Nothing is read any more for a reader that has gone.
    socket.on('close', () => this.#end());
  }

  get dropped(): boolean {
    return this.#ended;
  }

  subscribe({ channels, from }: Subscription): void {
    const tip = this.#feed.tip?.block.height ?? 0;
    this.#channels = channels;
    this.#cursor = from ?? (this.#cursor === 0 ? tip + 1 : this.#cursor);
    this.#caughtUp = false;
    this.#owesAlarms = true;
    this.#generation++;
    this.#send(Buffer.from(subscribed(channels, this.#cursor)));
    this.wake();
  }

  /** There is a new block. */
  wake(): void {
    if (this.#pumping || this.#ended || this.#channels.size === 0) return;
    this.#pumping = true;
    this.#pump()
      .catch(() => this.drop('STREAM_FAULT', 'the blocks could not be read, try again'))
      .finally(() => {
        this.#pumping = false;
        // A block that came while the last round of the pump was ending found it busy.
        if (this.#cursor <= (this.#feed.tip?.block.height ?? 0)) this.wake();
      });
  }

  /** Tells the alarms, apart from the order of blocks: to a reader that has not been told yet, or when they are `news`. */
  tellAlarms(text: string, news: boolean): void {
    if (news) this.#owesAlarms = true;
    if (!this.#channels.has('alarms') || this.#heldSince !== undefined || !this.#owesAlarms) return;
    this.#owesAlarms = false;
    this.#send(Buffer.from(text));
  }

  /**
   * Asks for a sign of life; a reader that gave none since the last time is gone. Where much waits, a question would wait
   * behind it: there `check` sees whether the reader lives.
   */
  beat(): void {
    if (this.#ended) return;
    if (this.#heldSince !== undefined) {
      this.#answered = true;
      return;
    }
    if (!this.#answered) {
      this.#socket.terminate();
      return;
    }
    this.#answered = false;
    this.#socket.ping();
    const tip = this.#feed.tip?.block.height ?? 0;
    this.#send(Buffer.from(heartbeat(this.#channels.size === 0 ? tip : this.#cursor - 1)));
  }

  /** Looks whether the reader stands still. Called now and then. */
  check(): void {
    const now = this.#now();
    if (this.#ended) {
      if (now - this.#endedAt > this.#limits.closeMs) this.#socket.terminate();
      return;
    }
    if (this.#heldSince !== undefined && now - this.#heldSince > this.#limits.stallMs)
      this.drop('STREAM_SLOW', `${MOST_WAITING_BYTES} bytes waited and none was read, resume from ${this.#cursor}`);
  }

  /** Closes with a reason, for which the reader is given a little time. */
  drop(name: Drop, reason: string): void {
    if (this.#ended) return;
    this.#end();
    // A reason has at most 123 bytes (RFC 6455).
    this.#socket.close(DROPS[name], `${name}: ${reason}`.slice(0, 120));
    this.#limits.onDrop(name);
  }

  #end(): void {
    this.#ended = true;
    this.#endedAt = this.#now();
    this.#drained();
  }

  #receive(text: string, isBinary: boolean): void {
    const second = Math.floor(this.#now() / 1_000);
    this.#second = second === this.#second.at ? { at: second, messages: this.#second.messages + 1 } : { at: second, messages: 1 };
    const wanted = isBinary ? { reason: 'only text is read' } : parseSubscription(text);
    if (this.#second.messages > MOST_MESSAGES_A_SECOND)
      this.drop('STREAM_REQUEST', `more than ${MOST_MESSAGES_A_SECOND} messages a second`);
    else if ('reason' in wanted) this.drop('STREAM_REQUEST', wanted.reason);
    else this.subscribe(wanted);
  }

  async #pump(): Promise<void> {
    for (;;) {
      const tip = this.#feed.tip?.block.height ?? 0;
      if (this.#ended || this.#channels.size === 0) return;
      if (this.#cursor > tip) {
        this.#caughtUp = true;
        return;
      }
      if (this.#caughtUp && tip - this.#cursor >= MOST_BEHIND)
        return this.drop('STREAM_SLOW', `${MOST_BEHIND} blocks behind, resume from ${this.#cursor}`);
      const [generation, height] = [this.#generation, this.#cursor];
      const record = await this.#feed.at(height);
      if (generation !== this.#generation) continue;
      if (record === undefined) return this.drop('STREAM_GONE', `block ${height} is no longer kept`);
      await this.#tell(record);
      // A subscription that came in between has set the place already.
      if (generation === this.#generation) this.#cursor = height + 1;
    }
  }

  /** Sends a block, or a part of it when the reader ends or subscribes anew before all is sent. */
  async #tell(record: BlockRecord): Promise<void> {
    const generation = this.#generation;
    for (const channel of this.#channels)
      for (const message of messagesOf(record, channel)) {
        this.#send(message);
        if (this.#socket.bufferedAmount > MOST_WAITING_BYTES) await this.#drain();
        if (this.#ended || generation !== this.#generation) return;
      }
  }

  /** Resolves when what waits has been taken; see `check` for those who never take it. */
  #drain(): Promise<void> {
    this.#heldSince = this.#now();
    return new Promise((resolve) => {
      this.#drained = () => {
        this.#heldSince = undefined;
        resolve();
      };
    });
  }

  #send(message: Buffer): void {
    if (this.#ended) return;
    this.#socket.send(message, { binary: false }, () => {
      if (this.#heldSince === undefined) return;
      if (this.#socket.bufferedAmount > MOST_WAITING_BYTES / 2) this.#heldSince = this.#now();
      else this.#drained();
    });
  }
}
