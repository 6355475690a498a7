// Drives the model chain and the witnesses' views of it: blocks come irregularly, views lag or stand still, endpoints fail,
// branches are dropped. A reorg may be deeper than x, but only where no quorum can have voted for what it drops: otherwise
// the peg would rightly hold an orphaned block for final, and the latches would end the run (that is tested elsewhere).

import type { Hex } from '../../relayer/lib/bytes.ts';
import type { WitnessTx } from '../../relayer/peg/types.ts';
import type { ModelChain } from './chain.ts';
import { ModelView } from './chain-view.ts';
import type { Random } from './random.ts';
import type { Stakers } from './stakers.ts';
import { sum, type World } from './world.ts';

interface Seat {
  readonly view: ModelView;
  /** Of its validator. */
  readonly index: number;
  /** Blocks by which the view stays behind the head. */
  lag: bigint;
  /** Hashes that this honest validator has signed, by height. */
  readonly signed: Map<bigint, Set<Hex>>;
  /** Its votes of the newest sequences, in the order of signing; one sequence may have several. */
  votes: WitnessTx[];
}

export class EthereumScript {
  readonly chain: ModelChain;
  /** By index of validator; none for the hostile ones. */
  readonly #seats: ReadonlyMap<number, Seat>;
  readonly #world: World;
  readonly #random: Random;
  readonly #stakers: Stakers;
  #final: bigint;
  readonly counts = { blocks: 0, reorgs: 0, deepReorgs: 0 };

  constructor(world: World, chain: ModelChain, stakers: Stakers, random: Random) {
    this.#world = world;
    this.chain = chain;
    this.#stakers = stakers;
    this.#random = random;
    this.#final = BigInt(world.startBlock);
    const honest = [...world.powers.keys()].filter((index) => !world.hostile.includes(index));
    this.#seats = new Map(
      honest.map((index) => [index, { view: new ModelView(chain), index, lag: 0n, signed: new Map(), votes: [] }]),
    );
  }

  view(index: number): ModelView {
    return (this.#seats.get(index) as Seat).view;
  }

  /** Some seconds of Ethereum: usually a few blocks, now and then none, many, or another branch. */
  advance(): void {
    if (this.#random.chance(0.15)) this.#reorg();
    else if (this.#random.chance(0.9))
      this.mine(this.#random.chance(0.02) ? this.#random.between(40, 120) : this.#random.between(1, 30));
    for (const seat of this.#seats.values()) this.#look(seat);
  }

  mine(count: number): void {
    for (let i = 0; i < count; i++) {
      this.chain.mine(this.#stakers.block(this.chain.head.header.number + 1n));
      this.counts.blocks++;
    }
  }

  /** Every endpoint works and is at the head. */
  heal(): void {
    for (const seat of this.#seats.values()) {
      seat.view.down = false;
      seat.lag = 0n;
      seat.view.follow();
    }
  }

  /** Notes what an honest validator signed. */
  noteVote(index: number, vote: WitnessTx): void {
    const seat = this.#seats.get(index) as Seat;
    seat.votes.push(vote);
    if (seat.votes.length > 64) seat.votes = seat.votes.slice(-32);
    vote.blocks.forEach(({ hash }, i) => {
      const height = vote.fromBlock + BigInt(i);
      const hashes = seat.signed.get(height) ?? new Set();
      seat.signed.set(height, hashes.add(hash));
    });
  }

  /** The votes that an honest validator signed under one sequence. */
  votesOf(index: number, sequence: bigint): readonly WitnessTx[] {
    return this.#seats.get(index)?.votes.filter((vote) => vote.sequence === sequence) ?? [];
  }

  /**
   * Notes that the peg holds block `number` for final: nothing up to there is dropped any more. Throws when fewer than a
   * quorum can have voted for one of the blocks that became final (the hostile are counted in: they may have).
   *
   * @param sets powers before and after the peg's block: what became final in it did so by one of them
   */
  noteFinal(number: bigint, sets: readonly (readonly bigint[])[]): void {
    for (; this.#final < number; this.#final++) {
      const height = this.#final + 1n;
      const hash = this.chain.at(height)?.header.hash ?? '0x';
      const signed = (seat: Seat) => seat.signed.get(height)?.has(hash) === true;
      if (!sets.some((powers) => this.#isQuorum(this.#powerOf(signed, powers), powers)))
        throw new Error(`I2: block ${height} (${hash}) became final without a quorum`);
      for (const { signed } of this.#seats.values()) signed.delete(height);
    }
  }

  #look(seat: Seat): void {
    if (this.#random.chance(0.04)) seat.view.down = !seat.view.down;
    if (seat.view.down && this.#random.chance(0.3)) seat.view.down = false;
    if (this.#random.chance(0.06)) seat.lag = BigInt(this.#random.pick([0, 0, 1, 3, this.#world.finalityThreshold + 8]));
    if (this.#random.chance(0.9)) seat.view.follow(seat.lag);
  }

  #reorg(): void {
    const x = this.#world.finalityThreshold;
    const kept = Number(this.chain.head.header.number) - this.#world.startBlock;
    let depth = Math.min(this.#random.between(1, x + 12), kept);
    while (depth >= 1 && !this.#isSafe(depth)) depth--;
    if (depth < 1) return;
    this.counts.reorgs++;
    if (depth > x) this.counts.deepReorgs++;
    this.chain.drop(depth);
    this.#stakers.revertTo(this.chain.head.header.number);
    this.mine(Math.max(0, depth + this.#random.between(-4, 3)));
  }

  /**
   * True when nothing final is dropped and those who signed, or may still sign, something of the dropped blocks are no
   * quorum. Even a reorg of x blocks can fail this, after one that left a shorter branch.
   */
  #isSafe(depth: number): boolean {
    const forkPoint = this.chain.head.header.number - BigInt(depth);
    if (forkPoint < this.#final) return false;
    const committed = (seat: Seat) => this.#committed(seat, forkPoint);
    // Where powers change, a minority of now may be a quorum before it has voted for the new branch.
    if (this.#world.governed) return ![...this.#seats.values()].some(committed);
    const { powers } = this.#world;
    return !this.#isQuorum(this.#powerOf(committed, powers), powers);
  }

  /** Power of the hostile and of the honest for whom `test` is true. */
  #powerOf(test: (seat: Seat) => boolean, powers: readonly bigint[]): bigint {
    const honest = [...this.#seats.values()].filter(test).map(({ index }) => index);
    return sum([...honest, ...this.#world.hostile].map((index) => powers[index] as bigint));
  }

  #isQuorum(power: bigint, powers: readonly bigint[]): boolean {
    return 3n * power > 2n * sum(powers);
  }

  #committed({ view, signed }: Seat, forkPoint: bigint): boolean {
    const head = view.head();
    if (head !== undefined && head.number - BigInt(this.#world.finalityThreshold) > forkPoint) return true;
    for (const [height, hashes] of signed)
      if (height > forkPoint && hashes.has(this.chain.at(height)?.header.hash ?? '0x')) return true;
    return false;
  }
}
