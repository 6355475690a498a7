// The protocol's invariants, checked after every peg block on whatever nodes are up.

import { expect } from 'chai';
import { checkInvariants } from '../helpers/peg-invariants.ts';
import type { StateView } from '../helpers/peg-views.ts';
import type { EthereumScript } from './ethereum-script.ts';
import type { SimNetwork } from './network.ts';
import type { Reference } from './reference.ts';

/** Entries that no state of these small worlds comes near: 12 stakers, 7 validators, 1,024 heights. */
const MAX_ENTRIES = 40_000;

export class Checks {
  readonly #network: SimNetwork;
  readonly #reference: Reference;
  readonly #startBlock: bigint;
  readonly #ethereum: EthereumScript;
  readonly #appHashes = new Map<bigint, string>();
  #before: StateView | undefined;
  #count = 0;

  constructor(network: SimNetwork, reference: Reference, ethereum: EthereumScript, startBlock: bigint) {
    this.#network = network;
    this.#ethereum = ethereum;
    this.#reference = reference;
    this.#startBlock = startBlock;
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
    checkInvariants(view, this.#before ?? view, { startBlock: this.#startBlock });
    this.#reference.check(view);
    this.#checkStanding(view);
    this.#checkPending(view);
    if (this.#count % 64 === 0) expect(this.#network.stateEntries(node.index), 'I10: entries').to.be.at.most(MAX_ENTRIES);
    this.#before = view;
    return view;
  }

  /** What stands under the name of an honest validator is what it signed last, whoever sends its older votes again. */
  #checkStanding(view: StateView): void {
    for (const [index, { address }] of this.#network.validators.entries()) {
      const sequence = view.validators[address]?.sequence ?? 0;
      expect(sequence, `sequence of ${address}`).to.be.at.least(this.#before?.validators[address]?.sequence ?? 0);
      const signed = this.#ethereum.votesOf(index, BigInt(sequence));
      if (signed.length === 0) continue;
      const stands = signed.some(({ fromBlock, blocks }) =>
        blocks.every(({ hash }, i) => {
          const height = fromBlock + BigInt(i);
          if (height <= BigInt(view.matureEthBlock ?? this.#startBlock)) return true;
          return view.votes[String(height)]?.some((content) => content.hash === hash && content.voters.includes(address));
        }),
      );
      expect(stands, `I2: vote ${sequence} of ${address} stands as it was signed`).to.equal(true);
    }
  }

  /** Pending events happened on some branch of Ethereum (I10: so they are bounded), and votes name their block. */
  #checkPending(view: StateView): void {
    for (const [height, events] of Object.entries(view.events)) {
      const named = (view.votes[height] ?? []).map(({ hash }) => this.#ethereum.chain.byHash(hash)?.logs ?? []);
      const real = named.some((logs) =>
        Object.entries(events).every(([nonce, { staker, type, amount }]) =>
          logs.some((log) => [log.nonce, log.staker, log.kind, log.amount].join() === [nonce, staker, type, amount].join()),
        ),
      );
      expect(real, `I2, I10: the events on record for block ${height} happened`).to.equal(true);
    }
  }
}
