// The node's blocks as one sequence without gaps: what arrives by subscription, and what was missed, read again. HTTP answers
// and the stream are both about this sequence, so a client that saw a block on one finds it on the other.

import type { NewBlock } from '../comet/new-blocks.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Clock } from '../lib/clock.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type BlockRecord, recordOf } from './block-record.ts';
import { BlockWindow } from './block-window.ts';
import { OldBlocks } from './old-blocks.ts';

export interface BlockFeed {
  /** The newest block; undefined until there is one. */
  readonly tip: BlockRecord | undefined;
  /** One of the last blocks up to the tip, from memory. */
  recent(height: number): BlockRecord | undefined;
  /** A block up to the tip, from memory or read from the node; undefined when the node has it no more (or not yet). */
  at(height: number): Promise<BlockRecord | undefined>;
  /** Called with every new block, in order. Returns what ends it. */
  listen(listener: (record: BlockRecord) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;
/** How often the node is asked whether something was missed that no later block gives away. */
const CATCH_UP_MS = 1_000;
/** Blocks missed at once that are still read one by one; beyond it the feed goes on from the node's tip. */
const MOST_MISSED = 10_000;

type Client = Pick<CometClient, 'block' | 'blockResults' | 'status' | 'newBlocks'>;

export function openBlockFeed(client: Client, { clock, log }: { readonly clock: Clock; readonly log: Log }): BlockFeed {
  return new Feed(client, clock, log);
}

class Feed implements BlockFeed {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #window = new BlockWindow();
  readonly #old = new OldBlocks((height) => this.#readAgain(height));
  readonly #listeners = new Set<(record: BlockRecord) => void>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  /** Advances one after the other, whoever asks for them. */
  #advancing: Promise<void> = Promise.resolve();

  constructor(client: Client, clock: Clock, log: Log) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#running = Promise.all([
      this.#forever(RECONNECT_MS, () => this.#follow()),
      this.#forever(CATCH_UP_MS, async () => this.#advance((await client.status(this.#stop.signal)).height)),
    ]);
  }

  get tip(): BlockRecord | undefined {
    return this.#window.last;
  }

  recent(height: number): BlockRecord | undefined {
    return this.#window.at(height);
  }

  async at(height: number): Promise<BlockRecord | undefined> {
    if (this.tip === undefined || height > this.tip.block.height) return undefined;
    return this.#window.at(height) ?? this.#old.at(height);
  }

  listen(listener: (record: BlockRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the interface was closed'));
    await this.#running;
    await this.#advancing;
  }

  async #forever(pauseMs: number, task: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await task().catch((error: unknown) => {
        if (!signal.aborted) this.#log.debug({ error: describe(error) }, 'blocks of the node could not be read');
      });
      await this.#clock.sleep(pauseMs, signal).catch(() => {});
    }
  }

  async #follow(): Promise<void> {
    for await (const block of this.#client.newBlocks(this.#stop.signal)) await this.#advance(block.block.height, block);
  }

  #advance(height: number, block?: NewBlock): Promise<void> {
    const advanced = this.#advancing.then(() => this.#advanceTo(height, block));
    this.#advancing = advanced.catch(() => {});
    return advanced;
  }

  async #advanceTo(height: number, block: NewBlock | undefined): Promise<void> {
    const last = this.tip?.block.height;
    if (height === 0 || (last !== undefined && height <= last)) return;
    const far = last === undefined || height - last > MOST_MISSED;
    for (let next = far ? height : last + 1; next <= height; next++) {
      const known = next === height ? block : undefined;
      const record = recordOf(known ?? (await this.#fetch(next)));
      if (far) this.#window.clear();
      this.#publish(record);
    }
  }

  #publish(record: BlockRecord): void {
    this.#window.push(record);
    for (const listener of [...this.#listeners]) listener(record);
  }

  #readAgain(height: number): Promise<BlockRecord | undefined> {
    return this.#fetch(height).then(recordOf, (error: unknown) => {
      // Pruned blocks are refused; everything else is the node's trouble.
      if (hasCode(error, 'PEG_RPC_REFUSED')) return undefined;
      throw error;
    });
  }

  async #fetch(height: number): Promise<NewBlock> {
    const { signal } = this.#stop;
    const [block, results] = await Promise.all([this.#client.block(height, signal), this.#client.blockResults(height, signal)]);
    return { block, txResults: results.txResults, events: results.events, appHash: results.appHash };
  }
}
