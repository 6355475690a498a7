// A model of Ethereum with the staking contract: a tree of blocks of which one branch is canonical. Nothing is hashed but
// the accumulator; a block's hash is its place in the tree, so that a million blocks cost seconds.

import type { ContractCommitment, Header, StakeLog } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { foldEvents } from '../../relayer/peg/fold.ts';
import type { StakeEvent } from '../../relayer/peg/types.ts';

export interface ModelBlock {
  readonly header: Header;
  readonly logs: readonly StakeLog[];
  /** The contract's values after the block. */
  readonly commitment: ContractCommitment;
}

export const NO_EVENTS: ContractCommitment = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` };

export interface ModelChainOptions {
  /** Number of the first block there is. */
  readonly genesisNumber?: bigint;
  readonly genesisCommitment?: ContractCommitment;
  /** Canonical blocks kept below the head; older ones are forgotten. */
  readonly keep?: number;
}

export class ModelChain {
  readonly #keep: number;
  #branches = 0n;
  /** Canonical blocks, ascending and without gaps. */
  #canonical: ModelBlock[];
  readonly #byHash = new Map<Hex, ModelBlock>();

  constructor({ genesisNumber = 0n, genesisCommitment = NO_EVENTS, keep = 1 << 16 }: ModelChainOptions = {}) {
    this.#keep = keep;
    const header: Header = { number: genesisNumber, hash: blockHash(0n, genesisNumber), parentHash: blockHash(0n, 0n) };
    this.#canonical = [];
    this.#add({ header, logs: [], commitment: genesisCommitment });
  }

  get head(): ModelBlock {
    return this.#canonical.at(-1) as ModelBlock;
  }

  /** The canonical block at a height. */
  at(number: bigint): ModelBlock | undefined {
    const first = this.#canonical[0] as ModelBlock;
    return number < first.header.number ? undefined : this.#canonical[Number(number - first.header.number)];
  }

  /** Any block that was ever mined and is not forgotten. */
  byHash(hash: Hex): ModelBlock | undefined {
    return this.#byHash.get(hash);
  }

  /** The block at a height on the branch that ends in `tip`. */
  ancestor(tip: ModelBlock, number: bigint): ModelBlock | undefined {
    if (number > tip.header.number) return undefined;
    for (let block: ModelBlock | undefined = tip; block; block = this.#byHash.get(block.header.parentHash)) {
      if (block.header.number === number) return block;
      if (this.at(block.header.number) === block) return this.at(number);
    }
    return undefined;
  }

  /** Mines one block on top of the head. */
  mine(events: readonly StakeEvent[] = []): ModelBlock {
    const parent = this.head;
    const number = parent.header.number + 1n;
    const first = parent.commitment.nonce + 1n;
    const logs = events.map((event, i): StakeLog => {
      return { ...event, nonce: first + BigInt(i), transactionHash: blockHash(this.#branches, number), logIndex: i };
    });
    const header: Header = { number, hash: blockHash(this.#branches, number), parentHash: parent.header.hash };
    return this.#add({ header, logs, commitment: foldEvents(parent.commitment, number, events) });
  }

  mineTo(number: bigint): void {
    while (this.head.header.number < number) this.mine();
  }

  /** Makes the topmost `depth` blocks non-canonical; what is mined next has other hashes at the same heights. */
  drop(depth: number): void {
    if (depth >= this.#canonical.length) throw new RangeError(`the model keeps ${this.#canonical.length} blocks only`);
    this.#canonical.length -= depth;
    this.#branches++;
  }

  #add(block: ModelBlock): ModelBlock {
    this.#canonical.push(block);
    this.#byHash.set(block.header.hash, block);
    if (this.#canonical.length > 2 * this.#keep) this.#forget();
    return block;
  }

  #forget(): void {
    this.#canonical = this.#canonical.slice(-this.#keep);
    const oldest = (this.#canonical[0] as ModelBlock).header.number;
    for (const [hash, { header }] of this.#byHash) if (header.number < oldest) this.#byHash.delete(hash);
  }
}

function blockHash(branch: bigint, number: bigint): Hex {
  return `0x${branch.toString(16).padStart(32, '0')}${number.toString(16).padStart(32, '0')}`;
}
