// Headers from an endpoint, each verified by its hash. Ranges go in batches whose size follows what the endpoint bears.
//
// Hardhat's `hardhat_mine` makes blocks whose parent hash is zero. No block of a real chain but the first can have that,
// so a link that is proved can never be replaced by one: for such blocks, and only for them, the parent is the block that
// the endpoint names one below. Hardhat has no state for them either; `sameState` finds a block that has it.

import type { Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { type ChunkSize, firstChunk, grow, halve } from './chunk-size.ts';
import { type EthereumErrorCode, isEthereumError } from './errors.ts';
import { type Json, quantity } from './fields.ts';
import { parseHeaderAnswer, type VerifiedHeader } from './header.ts';
import { type Rpc, unwrap } from './rpc.ts';

const CHUNK = { first: 32, most: 64 };
const AHEAD = 3;
/** Larger batches are not tried twice: a smaller one is. */
const TRIED_AGAIN = 8;
const BY_SIZE: readonly EthereumErrorCode[] = ['ETH_TOO_LARGE', 'ETH_TIMEOUT'];
const PERHAPS_BY_SIZE: readonly EthereumErrorCode[] = [
  ...BY_SIZE,
  'ETH_UNREACHABLE',
  'ETH_RATE_LIMITED',
  'ETH_HTTP_STATUS',
  'ETH_ENDPOINT_FAILED',
  'ETH_MALFORMED',
];
const NO_PARENT: Hex = `0x${'00'.repeat(32)}`;

/** Headers that were asked for, from this number on. */
interface Batch {
  readonly from: bigint;
  readonly length: number;
  readonly answer: Promise<{
    readonly headers?: readonly VerifiedHeader[];
    readonly error?: unknown;
    readonly durationMs: number;
  }>;
}

export class HeaderReader {
  readonly #rpc: Rpc;
  readonly #clock: Clock;
  /** Most batches under way at once. */
  readonly #mostAhead: number;
  /** One after a batch that failed. */
  #ahead = 1;
  #chunk: ChunkSize;

  /** @param perSecond the endpoint's budget, if it has one: no batch is larger, so that none holds up others for longer than a second */
  constructor(rpc: Rpc, clock: Clock, perSecond: number = Number.POSITIVE_INFINITY) {
    this.#rpc = rpc;
    this.#clock = clock;
    this.#mostAhead = perSecond === Number.POSITIVE_INFINITY ? AHEAD : 1;
    this.#chunk = firstChunk(CHUNK.first, Math.max(1, Math.min(CHUNK.most, perSecond)));
  }

  /** Throws `ETH_BLOCK_UNKNOWN` when the endpoint does not know the block. */
  async byHash(hash: Hex, signal?: AbortSignal): Promise<VerifiedHeader> {
    return this.#linked(parseHeaderAnswer(await this.#rpc.call('eth_getBlockByHash', [hash, false], signal), { hash }), signal);
  }

  /** The block that the endpoint holds for canonical at that height. */
  async byNumber(number: bigint, signal?: AbortSignal): Promise<VerifiedHeader> {
    return this.#linked(await this.#named(number, signal), signal);
  }

  /** The header in an answer that somebody else asked for by a tag. */
  async fromAnswer(json: Json, signal?: AbortSignal): Promise<VerifiedHeader> {
    return this.#linked(parseHeaderAnswer(json, {}), signal);
  }

  /**
   * Headers from..to, ascending; each is verified, but whether they are linked is for the caller to look at. Once a batch has
   * come well, the next ones are asked for while it is verified.
   */
  async range(from: bigint, to: bigint, signal?: AbortSignal): Promise<readonly VerifiedHeader[]> {
    const headers: VerifiedHeader[] = [];
    let pending: Batch[] = [];
    let next = from;
    while (headers.length < Number(to - from) + 1) {
      for (; pending.length < this.#ahead && next <= to; next += BigInt(pending.at(-1)?.length ?? 0))
        pending.push(this.#ask(next, to, signal));
      const { from: first, length, answer } = pending.shift() as Batch;
      const { headers: found, error, durationMs } = await answer;
      if (found !== undefined) {
        for (const header of found) headers.push(await this.#linked(header, signal, headers.at(-1)));
        this.#chunk = grow(this.#chunk, durationMs);
        this.#ahead = this.#mostAhead;
        continue;
      }
      const causes = length > TRIED_AGAIN ? PERHAPS_BY_SIZE : BY_SIZE;
      const smaller = isEthereumError(error, ...causes) ? halve(this.#chunk, length) : undefined;
      if (smaller === undefined || signal?.aborted) throw error;
      this.#chunk = smaller;
      this.#ahead = 1;
      [pending, next] = [[], first];
    }
    return headers;
  }

  /** The newest block in a row from this one on that has the same state root, and so the same state. O(log n) requests. */
  async sameState(header: VerifiedHeader, signal?: AbortSignal): Promise<VerifiedHeader> {
    let found = header;
    let growing = true;
    for (let step = 1n; step > 0n; ) {
      const probe = await this.#known(found.number + step, signal);
      const same = probe?.stateRoot === header.stateRoot;
      if (same) found = probe as VerifiedHeader;
      growing &&= same;
      step = growing ? step * 2n : step / 2n;
    }
    return found;
  }

  async #known(number: bigint, signal?: AbortSignal): Promise<VerifiedHeader | undefined> {
    try {
      return await this.#named(number, signal);
    } catch (error) {
      if (isEthereumError(error, 'ETH_BLOCK_UNKNOWN')) return undefined;
      throw error;
    }
  }

  /** Sends the request; what becomes of it is a value, so that a batch that is not waited for any more fails unheard. */
  #ask(from: bigint, to: bigint, signal?: AbortSignal): Batch {
    const length = Math.min(this.#chunk.size, Number(to - from) + 1);
    const startedAt = this.#clock.now();
    const answer = this.#chunkOf(from, length, signal).then(
      (headers) => ({ headers, durationMs: this.#clock.now() - startedAt }),
      (error: unknown) => ({ error, durationMs: this.#clock.now() - startedAt }),
    );
    return { from, length, answer };
  }

  async #chunkOf(from: bigint, length: number, signal?: AbortSignal): Promise<readonly VerifiedHeader[]> {
    const numbers = Array.from({ length }, (_, i) => from + BigInt(i));
    const calls = numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [quantity(number), false] }));
    const outcomes = await this.#rpc.batch(calls, signal, length > TRIED_AGAIN ? 1 : undefined);
    return numbers.map((number, i) => parseHeaderAnswer(unwrap(outcomes[i]), { number }));
  }

  async #named(number: bigint, signal?: AbortSignal): Promise<VerifiedHeader> {
    return parseHeaderAnswer(await this.#rpc.call('eth_getBlockByNumber', [quantity(number), false], signal), { number });
  }

  async #linked(header: VerifiedHeader, signal?: AbortSignal, below?: VerifiedHeader): Promise<VerifiedHeader> {
    if (header.parentHash !== NO_PARENT || header.number === 0n) return header;
    return { ...header, hollow: true, parentHash: (below ?? (await this.#named(header.number - 1n, signal))).hash };
  }
}
