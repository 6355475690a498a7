// Orders on their way to the node. Those that come at the same time travel in one request, since a request costs more than
// all that the node does with an order. How many may be underway is bounded; beyond that the answer is "later", at once: a
// longer queue would only make everybody wait for what nobody waits for any more.

import { type CometClient, MOST_IN_BATCH } from '../comet/rpc-client.ts';
import type { Bytes } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { BroadcastResult } from '../witness/peg-port.ts';
import type { ApiErrorCode } from './problem.ts';

/**
 * Full requests that may be underway. A node answers the calls of one request one after the other, each in a turn of the event
 * loop, so with fewer of them other work would hold up orders. With more, all orders are answered in one turn and all of their
 * clients come back in the next, and turns get long: between two of them one new connection is accepted, and no more.
 */
const MOST_REQUESTS = 32;
/** Transactions of one request, together: in base64 within the 1,000,000 bytes that a node reads. */
const MOST_BYTES = 700_000;

interface Waiting {
  readonly tx: Bytes;
  readonly signal: AbortSignal;
  readonly resolve: (result: BroadcastResult) => void;
  readonly reject: (reason: unknown) => void;
}

export class Admission {
  readonly #client: Pick<CometClient, 'broadcastAll'>;
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
  #underway = 0;
  #requests = 0;
  #scheduled = false;

  /** @param most orders underway */
  constructor(client: Pick<CometClient, 'broadcastAll'>, most: number) {
    this.#client = client;
    this.#most = most;
  }

  /** Throws API_BUSY when no more may be underway. */
  expectRoom(): void {
    if (this.#underway >= this.#most) throw new CodedError<ApiErrorCode>('API_BUSY', `${this.#most} orders are being handed in`);
  }

  /** The result of CheckTx. Throws API_BUSY, what the node's client throws, or the reason of a signal aborted while it waited. */
  async submit(tx: Bytes, signal: AbortSignal): Promise<BroadcastResult> {
    this.expectRoom();
    this.#underway++;
    try {
      return await new Promise<BroadcastResult>((resolve, reject) => {
        this.#waiting.push({ tx, signal, resolve, reject });
        this.#schedule();
      });
    } finally {
      this.#underway--;
    }
  }

  /** Sends what may go, after everything that has arrived together was looked at. */
  #schedule(): void {
    if (this.#scheduled || !this.#mayGo()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#mayGo()) void this.#send(this.#next());
    });
  }

  /** Nagle's rule: a request goes when it is full, or when none is underway. */
  #mayGo(): boolean {
    return this.#requests === 0
      ? this.#waiting.length > 0
      : this.#requests < MOST_REQUESTS && this.#waiting.length >= MOST_IN_BATCH;
  }

  /** The next ones that fit into one request, without those that nobody waits for any more. */
  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (let next = this.#waiting[0]; next !== undefined && batch.length < MOST_IN_BATCH; next = this.#waiting[0]) {
      bytes += next.tx.length;
      if (batch.length > 0 && bytes > MOST_BYTES) break;
      this.#waiting.shift();
      if (next.signal.aborted) next.reject(next.signal.reason);
      else batch.push(next);
    }
    return batch;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    this.#requests++;
    try {
      const results = await this.#client.broadcastAll(batch.map(({ tx }) => tx));
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') batch[index]?.resolve(result.value);
        else batch[index]?.reject(result.reason);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#requests--;
      this.#schedule();
    }
  }
}
