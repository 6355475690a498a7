// What the peg must hold, block of Ethereum by block, computed from the model chain alone. It follows the peg only in how
// far finality has come; everything else it says by itself.

import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import type { StateView } from '../helpers/peg-views.ts';
import { limitsOf } from '../helpers/sequential-model.ts';
import type { ModelBlock, ModelChain } from './chain.ts';

export interface ReferenceOptions {
  readonly startBlock: bigint;
  readonly periodLength: bigint;
  readonly periodLimit: bigint;
}

export class Reference {
  readonly #chain: ModelChain;
  readonly #options: ReferenceOptions;
  readonly #balances = new Map<Hex, bigint>();
  #mature: ModelBlock;
  /** Limits of the round that begins at the last boundary passed. */
  #limits: ReadonlyMap<Hex, bigint> = new Map();
  events = 0;

  constructor(chain: ModelChain, options: ReferenceOptions) {
    this.#chain = chain;
    this.#options = options;
    this.#mature = chain.head;
  }

  /** Throws an assertion error unless `view` says what this reference says at the same mature block (I2, I4, I5, I7, I8). */
  check(view: StateView): void {
    if (view.matureEthBlock === null) return;
    expect(view.breach, 'no breach: the chain is honest').to.equal(null);
    if (BigInt(view.matureEthBlock) === this.#mature.header.number && view.round.number === this.#checkedRound) return;
    this.#advance(view.ethereum.matureBlockHash, BigInt(view.matureEthBlock));
    const { nonce, accumulator } = this.#mature.commitment;
    expect([view.ethereum.nonce, view.ethereum.accumulator], 'I5: commitment').to.deep.equal([Number(nonce), accumulator]);
    expect(view.balances, 'I2, I4, I5: balances').to.deep.equal(texts(this.#balances));
    const limits = Object.fromEntries(
      [...this.#limits].map(([who, orders]) => [who, { orderLimit: Number(orders), streamLimit: 1 }]),
    );
    if (this.#roundOf(view) === 'current')
      expect(view.limits, `I8, I11: limits of round ${view.round.number}`).to.deep.equal(limits);
    this.#checkedRound = view.round.number;
  }

  #checkedRound = -1;

  /** At a boundary the peg may still be in the round that ended, until its rebalance is adopted. */
  #roundOf({ round }: StateView): 'current' | 'ended' {
    const { startBlock, periodLength } = this.#options;
    const passed = (this.#mature.header.number - startBlock) / periodLength + 1n;
    const number = BigInt(round.number);
    const atBoundary = (this.#mature.header.number - startBlock) % periodLength === 0n;
    if (number === passed) return 'current';
    expect(atBoundary && number === passed - 1n, `I7: round ${number} with ${this.#mature.header.number} final`).to.equal(true);
    return 'ended';
  }

  #advance(hash: Hex, number: bigint): void {
    const path: ModelBlock[] = [];
    let block = this.#chain.byHash(hash);
    while (block !== undefined && block !== this.#mature && block.header.number > this.#mature.header.number) {
      path.push(block);
      block = this.#chain.byHash(block.header.parentHash);
    }
    expect(block?.header.hash, `I5: final block ${number} (${hash}) follows what was final`).to.equal(this.#mature.header.hash);
    for (const next of path.reverse()) this.#apply(next);
    expect(this.#mature.header.number, 'height of the final hash').to.equal(number);
    expect(this.#chain.at(number)?.header.hash, `the final block ${number} is canonical`).to.equal(hash);
  }

  #apply(block: ModelBlock): void {
    for (const { kind, staker, amount } of block.logs) {
      const balance = (this.#balances.get(staker) ?? 0n) + (kind === 'add' ? amount : -amount);
      if (balance === 0n) this.#balances.delete(staker);
      else this.#balances.set(staker, balance);
      this.events++;
    }
    this.#mature = block;
    this.#boundary();
  }

  #boundary(): void {
    const { startBlock, periodLength, periodLimit } = this.#options;
    if ((this.#mature.header.number - startBlock) % periodLength === 0n) this.#limits = limitsOf(this.#balances, periodLimit);
  }
}

function texts(balances: ReadonlyMap<Hex, bigint>): Record<string, string> {
  return Object.fromEntries([...balances].map(([who, balance]) => [who, String(balance)]));
}
