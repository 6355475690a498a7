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
  /** The peg's set after each of the last blocks, as text. */
  readonly #sets = new Map<number, string>();
  /** Sequences with which validators have left: the votes up to there have vanished. */
  readonly #left = new Map<string, number>();
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
    await this.#checkSet(node.index, newest, view);
    this.#checkStanding(view);
    this.#checkPending(view);
    if (this.#count % 64 === 0) expect(this.#network.stateEntries(node.index), 'I10: entries').to.be.at.most(MAX_ENTRIES);
    this.#before = view;
    return view;
  }

  /** H + 2: the engine's set at a height is the peg's after the block before the last. */
  async #checkSet(index: number, height: number, view: StateView): Promise<void> {
    const members = Object.entries(view.validators).filter(([, { active }]) => active);
    this.#sets.set(height, asText(members.map(([address, { power }]) => [address, BigInt(power)])));
    this.#sets.delete(height - 8);
    for (const [address, { active, sequence }] of Object.entries(view.validators)) if (!active) this.#left.set(address, sequence);
    const expected = this.#sets.get(height - 1);
    if (expected === undefined) return;
    const engine = asText([...(await this.#network.consensusSet(index, BigInt(height + 1)))]);
    expect(engine, `H + 2: the engine's set at height ${height + 1}`).to.equal(expected);
  }

  /** What stands under the name of an honest validator is what it signed last, whoever sends its older votes again. */
  #checkStanding(view: StateView): void {
    for (const [index, { address }] of this.#network.validators.entries()) {
      const sequence = view.validators[address]?.sequence ?? 0;
      expect(sequence, `sequence of ${address}`).to.be.at.least(this.#before?.validators[address]?.sequence ?? 0);
      if (view.validators[address]?.active !== true || sequence <= (this.#left.get(address) ?? -1)) continue;
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

function asText(set: readonly (readonly [address: string, power: bigint])[]): string {
  return set
    .map(([address, power]) => `${address} ${power}`)
    .sort()
    .join('\n');
}
