// CheckTx: what may wait in the mempool. Everything that can be judged on the committed state is judged, and what waits
// already counts: nobody parks more than could be accepted.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { backingOf } from './deliveries.ts';
import { executeTransaction, openTransaction } from './machine.ts';
import { Overlay } from './overlay.ts';
import type { Domain, StateReader, Verdict } from './types.ts';
import { readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';

/** Deliveries of one witness that may wait; a block of 60,000 events comes in about a dozen. */
const MAX_WAITING_DELIVERIES = 32;

/** The mempool's view of one committed state; made anew after each commit, then fed what still waits. */
export class TransactionCheck {
  readonly #committed: StateReader;
  /** Collects the usage of the orders that wait; nothing else is written to it. */
  readonly #posts: Overlay;
  readonly #domain: Domain;
  /** Peg height of the next block, which what waits may get into. */
  readonly #height: bigint;
  readonly #set: ValidatorSet;
  readonly #votes = new Set<Hex>();
  readonly #proposals = new Set<Hex>();
  readonly #deliveries = new Map<Hex, number>();

  constructor(committed: StateReader, domain: Domain, height: bigint) {
    this.#committed = committed;
    this.#posts = new Overlay(committed);
    this.#domain = domain;
    this.#height = height + 1n;
    this.#set = readValidatorSet(committed);
  }

  /** The verdict on one transaction; an accepted one counts from now on. */
  check(bytes: Bytes): Verdict {
    const opened = openTransaction(this.#domain, bytes);
    if ('code' in opened) return opened;
    const { transaction, signer } = opened;
    const block = { height: this.#height };
    switch (transaction.type) {
      case 'order':
      case 'stream':
        return executeTransaction(this.#posts, block, this.#domain, bytes);
      case 'witness':
        if (this.#votes.has(signer)) return refused('MEMPOOL_VOTE_WAITS', `a vote of ${signer} waits already`);
        return this.#onCommitted(bytes, () => this.#votes.add(signer));
      case 'rebalance':
        if (this.#proposals.has(signer)) return refused('MEMPOOL_PROPOSAL_WAITS', `a proposal of ${signer} waits already`);
        return this.#onCommitted(bytes, () => this.#proposals.add(signer));
      case 'events': {
        const waiting = this.#deliveries.get(signer) ?? 0;
        if (waiting >= MAX_WAITING_DELIVERIES)
          return refused('MEMPOOL_DELIVERIES_WAIT', `${waiting} deliveries of ${signer} wait already`);
        const named = backingOf(this.#committed, this.#set, signer, transaction) === 'named';
        const count = () => this.#deliveries.set(signer, waiting + 1);
        if (!named) return this.#onCommitted(bytes, count);
        count();
        return accepted([]);
      }
    }
  }

  #onCommitted(bytes: Bytes, count: () => void): Verdict {
    const verdict = executeTransaction(new Overlay(this.#committed), { height: this.#height }, this.#domain, bytes);
    if (verdict.code === 0) count();
    return { ...verdict, events: [] };
  }
}
