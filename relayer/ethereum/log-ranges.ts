// The contract's logs of a range of buried blocks, by number, in pieces that follow what the endpoint bears: twice as many
// blocks after a quick answer, half after "too many results" or a time-out. Nothing here is believed: whoever asks holds
// the logs against headers or against values that are proved.

import type { Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { type ChunkSize, firstChunk, grow, halve } from './chunk-size.ts';
import { type EthereumErrorCode, isEthereumError, isRetryable } from './errors.ts';
import { asArray, type Json, quantity } from './fields.ts';
import type { Rpc } from './rpc.ts';
import { STAKE_TOPICS } from './stake-logs.ts';

const BLOCKS = { first: 1_024, most: 65_536 };

/** Errors that a smaller range may not have: it is the next try. */
const BY_SIZE: readonly EthereumErrorCode[] = [
  'ETH_TOO_LARGE',
  'ETH_TIMEOUT',
  'ETH_UNREACHABLE',
  'ETH_HTTP_STATUS',
  'ETH_ENDPOINT_FAILED',
  'ETH_REFUSED',
];

export interface LogRangesParts {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly clock: Clock;
}

export class LogRanges {
  readonly #parts: LogRangesParts;
  #chunk: ChunkSize = firstChunk(BLOCKS.first, BLOCKS.most);

  constructor(parts: LogRangesParts) {
    this.#parts = parts;
  }

  /** Logs of blocks from..to as the endpoint gives them, piece by piece, ascending. Throws the error of a single block. */
  async *pieces(from: bigint, to: bigint, signal?: AbortSignal): AsyncGenerator<readonly Json[]> {
    const { clock } = this.#parts;
    for (let next = from; next <= to; ) {
      const size = Math.min(this.#chunk.size, Number(to - next) + 1);
      const last = next + BigInt(size) - 1n;
      const startedAt = clock.now();
      let logs: readonly Json[];
      try {
        logs = await this.#ask(next, last, 1, signal);
      } catch (error) {
        const smaller = isEthereumError(error, ...BY_SIZE) ? halve(this.#chunk, size) : undefined;
        if (smaller !== undefined && !signal?.aborted) {
          this.#chunk = smaller;
          continue;
        }
        if (!isRetryable(error)) throw error;
        // No smaller range helps: what fails for a moment must not end what many requests have come to.
        logs = await this.#ask(next, last, undefined, signal);
      }
      if (size === this.#chunk.size) this.#chunk = grow(this.#chunk, clock.now() - startedAt);
      next = last + 1n;
      yield logs;
    }
  }

  /** `attempts` undefined: as many as the endpoint is given otherwise. */
  async #ask(from: bigint, to: bigint, attempts: number | undefined, signal?: AbortSignal): Promise<readonly Json[]> {
    const { rpc, contract } = this.#parts;
    const filter = { address: contract, topics: [STAKE_TOPICS], fromBlock: quantity(from), toBlock: quantity(to) };
    const [outcome] = await rpc.batch([{ method: 'eth_getLogs', params: [filter] }], signal, attempts);
    if (outcome?.ok) return asArray(outcome.value, 'logs');
    throw outcome?.error;
  }
}
