// The protocol's invariants, checked after every peg block on whatever nodes are up.

import { expect } from 'chai';
import { checkInvariants } from '../helpers/peg-invariants.ts';
import type { StateView } from '../helpers/peg-views.ts';
import type { SimNetwork } from './network.ts';
import type { Reference } from './reference.ts';

/** Entries that no state of these small worlds comes near: 12 stakers, 7 validators, 1,024 heights. */
const MAX_ENTRIES = 40_000;

export class Checks {
  readonly #network: SimNetwork;
  readonly #reference: Reference;
  readonly #powers: ReadonlyMap<string, bigint>;
  readonly #startBlock: bigint;
  readonly #appHashes = new Map<bigint, string>();
  #before: StateView | undefined;
  #count = 0;

  constructor(network: SimNetwork, reference: Reference, startBlock: bigint) {
    this.#network = network;
    this.#reference = reference;
    this.#startBlock = startBlock;
    this.#powers = new Map(network.validators.map(({ address, power }) => [address, power]));
  }

  /** Throws an assertion error that names the invariant. Returns the state that was looked at. */
  async run(): Promise<StateView | undefined> {
    const tips = await this.#network.tips();
    for (const { index, height, appHash } of tips) {
      const known = this.#appHashes.get(height);
      if (known === undefined) this.#appHashes.set(height, appHash);
      else expect(appHash, `I1: app hash of node ${index} at height ${height}`).to.equal(known);
    }
    for (const height of this.#appHashes.keys()) if (this.#appHashes.size > 64) this.#appHashes.delete(height);
    const newest = Math.max(...tips.map(({ height }) => Number(height)));
    const best = tips.filter(({ height }) => Number(height) === newest);
    const node = best[this.#count++ % Math.max(1, best.length)];
    if (node === undefined) return undefined;
    const view = (await this.#network.query(node.index, '/state')) as StateView;
    checkInvariants(view, this.#before ?? view, { powers: this.#powers, startBlock: this.#startBlock });
    this.#reference.check(view);
    checkBounds(view);
    if (this.#count % 64 === 0) expect(this.#network.stateEntries(node.index), 'I10: entries').to.be.at.most(MAX_ENTRIES);
    this.#before = view;
    return view;
  }
}

/** I10: what is pending is bounded by what validators voted for. */
function checkBounds(view: StateView): void {
  for (const height of Object.keys(view.events))
    expect(view.votes, 'I10: events on record without votes').to.have.property(height);
}
