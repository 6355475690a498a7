// One witness's view of the model chain: it may lag, stand still, fail, or still be on a branch that was dropped.

import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { ContractCommitment, EthereumView, Header, VerifiedBlock } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import type { ModelBlock, ModelChain } from './chain.ts';

/** `VIEW_DOWN`: the view was told to fail. `BLOCK_UNKNOWN`: beyond the view's head, or forgotten. */
export class ModelViewError extends CodedError<'VIEW_DOWN' | 'BLOCK_UNKNOWN'> {}

export class ModelView implements EthereumView {
  readonly #chain: ModelChain;
  #tip: ModelBlock | undefined;
  /** While true every request fails. */
  down = false;
  /** A block that the view fails to verify. */
  unverified: bigint | undefined;
  /** Distance of the `finalized` tag from the view's head; undefined: the endpoint has no such tag. */
  finalizedDepth: bigint | undefined;
  /** Requests answered, by kind. */
  readonly requests = { header: 0, blocks: 0, commitment: 0 };

  constructor(chain: ModelChain) {
    this.#chain = chain;
  }

  /** Moves the view's head to the canonical block `lag` below the canonical head. */
  follow(lag = 0n): void {
    this.#tip = this.#chain.at(this.#chain.head.header.number - lag) ?? this.#tip;
  }

  head(): Header | undefined {
    return this.#tip?.header;
  }

  finalized(): bigint | undefined {
    if (this.#tip === undefined || this.finalizedDepth === undefined) return undefined;
    const number = this.#tip.header.number - this.finalizedDepth;
    return number < 0n ? 0n : number;
  }

  async header(number: bigint): Promise<Header> {
    this.requests.header++;
    return this.#block(number).header;
  }

  async blocks(from: bigint, to: bigint): Promise<readonly VerifiedBlock[]> {
    this.requests.blocks++;
    if (this.unverified !== undefined && from <= this.unverified && this.unverified <= to)
      throw new EthereumError('ETH_FOLD_MISMATCH', `the logs of block ${this.unverified} do not fold`);
    const blocks: VerifiedBlock[] = [];
    for (let number = from; number <= to; number++) blocks.push(verified(this.#block(number)));
    return blocks;
  }

  async commitment(blockHash: Hex): Promise<ContractCommitment> {
    this.requests.commitment++;
    this.#answer();
    const block = this.#chain.byHash(blockHash);
    if (block === undefined) throw new ModelViewError('BLOCK_UNKNOWN', `no block ${blockHash}`);
    return block.commitment;
  }

  nextHead(_seen: Hex | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((_, reject) => {
      const stop = () => reject(signal?.reason as Error);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  #block(number: bigint): ModelBlock {
    this.#answer();
    const block = this.#tip && this.#chain.ancestor(this.#tip, number);
    if (block === undefined) throw new ModelViewError('BLOCK_UNKNOWN', `no block ${number}`);
    return block;
  }

  #answer(): void {
    if (this.down) throw new ModelViewError('VIEW_DOWN', 'the endpoint does not answer');
  }
}

function verified({ header, logs, commitment }: ModelBlock): VerifiedBlock {
  return logs.length === 0 ? { header, logs, checks: ['bloom'] } : { header, logs, after: commitment, checks: ['logs', 'fold'] };
}
