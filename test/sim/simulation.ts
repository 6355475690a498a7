// One run: real nodes and real witnesses in virtual time over a model of Ethereum, everything going wrong that may go wrong
// at once, and the invariants after every block. In the end the faults stop, and all must come out where a run without any
// would have (I11).

import { expect } from 'chai';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import type { VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import type { WitnessTx } from '../../relayer/peg/types.ts';
import { memoryLatch } from '../../relayer/witness/latch.ts';
import type { PegPort } from '../../relayer/witness/peg-port.ts';
import { Witness } from '../../relayer/witness/witness.ts';
import type { StateView } from '../helpers/peg-views.ts';
import type { ModelChain } from './chain.ts';
import { Checks } from './checks.ts';
import { EthereumScript } from './ethereum-script.ts';
import { Hostile } from './hostile.ts';
import type { SimNetwork } from './network.ts';
import { Operators } from './operators.ts';
import type { Random } from './random.ts';
import { Reference } from './reference.ts';
import { Stakers } from './stakers.ts';
import { NO_FAULTS, Transit } from './transit.ts';
import type { World } from './world.ts';

export interface SimulationCounts {
  readonly ethereumBlocks: number;
  readonly pegBlocks: number;
  readonly reorgs: number;
  readonly deepReorgs: number;
  readonly crashes: number;
  readonly transactions: number;
  readonly lost: number;
  readonly events: number;
  readonly rounds: number;
  readonly revisions: number;
  readonly orders: number;
  readonly motions: number;
}

/** Peg blocks within which everything must be settled once the faults have stopped. */
const SETTLE_TICKS = 400;

export class Simulation {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #ethereum: EthereumScript;
  readonly #transit: Transit;
  readonly #checks: Checks;
  readonly #reference: Reference;
  readonly #hostiles: readonly Hostile[];
  readonly #operators: Operators | undefined;
  readonly #witnesses = new Map<number, Witness>();
  readonly #latches = new Map<number, ReturnType<typeof memoryLatch>>();
  readonly #overheard: Bytes[] = [];
  /** Validators that keep their deliveries to themselves for now. */
  #withholding = new Set<number>();
  #view: StateView | undefined;
  /** What an honest witness did against I3; its own error handling must not hide it. */
  #violation: unknown;
  #tick = 0;
  #pegBlocks = 0;
  #crashes = 0;

  /** `chain` has its genesis block only, at the world's start block. */
  constructor(world: World, chain: ModelChain, network: SimNetwork, clock: VirtualClock, random: Random) {
    this.#world = world;
    this.#network = network;
    this.#clock = clock;
    this.#random = random;
    const stakers = new Stakers(
      world.posters.map(({ address }) => address),
      random.fork(),
    );
    this.#ethereum = new EthereumScript(world, chain, stakers, random.fork());
    this.#transit = new Transit(random.fork());
    const start = BigInt(world.startBlock);
    this.#reference = new Reference(chain, {
      startBlock: start,
      periodLength: BigInt(world.periodLength),
      periodLimit: BigInt(world.periodLimit),
    });
    this.#checks = new Checks(network, this.#reference, this.#ethereum, start);
    this.#operators = world.governed ? new Operators(world, network, random.fork()) : undefined;
    const validator = (index: number) => network.validators[index] as SimNetwork['validators'][number];
    this.#hostiles = world.hostile.map((index) => new Hostile(validator(index), network.domain, random.fork()));
    for (const index of world.powers.keys()) if (!world.hostile.includes(index)) this.#seat(index);
  }

  /** Runs until Ethereum has made `blocks` blocks, then settles. Throws assertion errors. */
  async run(blocks: number): Promise<SimulationCounts> {
    while (this.#ethereum.counts.blocks < blocks) await this.#step();
    await this.#settle();
    return this.#counts();
  }

  async #step(): Promise<void> {
    this.#tick++;
    if (this.#backlog() < 600) this.#ethereum.advance();
    await this.#nodeFaults();
    for (const [index, witness] of this.#witnesses)
      if (this.#network.isUp(index) && this.#random.chance(0.95)) await witness.step();
    this.#sendHostile();
    this.#sendOrders();
    this.#sendVoices();
    await this.#deliver();
    await this.#makeBlock();
  }

  async #makeBlock(): Promise<void> {
    if (this.#violation !== undefined) throw this.#violation;
    if (await this.#network.makeBlock()) {
      this.#pegBlocks++;
      this.#view = (await this.#checks.run()) ?? this.#view;
      const before = this.#world.powers;
      this.#notePowers();
      const sets = [before, this.#world.powers];
      if (this.#view?.matureEthBlock != null) this.#ethereum.noteFinal(BigInt(this.#view.matureEthBlock), sets);
    }
    await this.#clock.advance(1_000);
  }

  /** The set as the peg has it now. */
  #notePowers(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#world.powers = this.#network.validators.map(({ address }) => BigInt(view.validators[address]?.power ?? 0));
  }

  /** Blocks of Ethereum that are not final yet; the script waits when the peg is far behind. */
  #backlog(): number {
    return Number(this.#ethereum.chain.head.header.number) - (this.#view?.matureEthBlock ?? this.#world.startBlock);
  }

  async #nodeFaults(): Promise<void> {
    const count = this.#world.powers.length;
    for (let index = 0; index < count; index++) {
      const [crashes, wakes, restarts] = [0.01, 0.15, 0.01].map((p) => this.#random.chance(p));
      if (this.#network.isUp(index)) {
        if (crashes) {
          this.#crashes++;
          await this.#network.stop(index, this.#random.chance(0.5));
        } else if (restarts && this.#witnesses.has(index)) this.#seat(index);
      } else if (wakes) {
        await this.#network.start(index);
        if (this.#witnesses.has(index)) this.#seat(index);
      }
    }
    if (this.#random.chance(0.05))
      this.#withholding = new Set(this.#random.chance(0.5) ? [this.#random.between(0, count - 1)] : []);
  }

  #sendHostile(): void {
    const { chain } = this.#ethereum;
    const view = this.#view;
    if (view === undefined || this.#random.chance(0.6)) return;
    const context = { view, chain, startBlock: BigInt(this.#world.startBlock), overheard: this.#overheard };
    for (const hostile of this.#hostiles)
      for (const bytes of hostile.transactions(context)) this.#transit.send(bytes, this.#tick);
  }

  #sendVoices(): void {
    if (this.#view === undefined || this.#operators === undefined) return;
    for (const bytes of this.#operators.transactions(this.#view, BigInt(this.#view.lastBlockHeight))) {
      this.#overheard.push(bytes);
      this.#transit.send(bytes, this.#tick);
    }
  }

  /** A poster posts until it is refused, now and then for another round. */
  #sendOrders(): void {
    if (this.#view === undefined || !this.#random.chance(0.25)) return;
    const { privateKey } = this.#random.pick(this.#world.posters);
    const round = BigInt(this.#view.round.number + (this.#random.chance(0.1) ? 1 : 0));
    const type = this.#random.chance(0.8) ? 'order' : 'stream';
    for (let i = this.#random.between(1, 8); i > 0; i--) {
      const payload = this.#random.bytes(this.#random.between(0, 12));
      this.#transit.send(signTransaction(this.#network.domain, { type, round, payload }, privateKey), this.#tick);
    }
  }

  async #deliver(): Promise<void> {
    for (const bytes of this.#transit.arrivals(this.#tick)) {
      const up = [...this.#world.powers.keys()].filter((index) => this.#network.isUp(index));
      if (up.length === 0) return;
      await this.#network.broadcast(this.#random.pick(up), bytes);
    }
  }

  async #settle(): Promise<void> {
    this.#transit.faults = NO_FAULTS;
    this.#withholding = new Set();
    this.#ethereum.mine(this.#world.finalityThreshold + 2);
    this.#ethereum.heal();
    for (const index of this.#world.powers.keys()) if (!this.#network.isUp(index)) await this.#network.start(index);
    const target = Number(this.#ethereum.chain.head.header.number) - this.#world.finalityThreshold;
    for (let i = 0; this.#view?.matureEthBlock !== target; i++) {
      expect(i, `settled: ${this.#view?.matureEthBlock} of ${target} is final`).to.be.lessThan(SETTLE_TICKS);
      this.#tick++;
      for (const witness of this.#witnesses.values()) await witness.step();
      await this.#deliver();
      await this.#makeBlock();
    }
    for (const [index, witness] of this.#witnesses)
      expect(await this.#latches.get(index)?.read(), `latch of ${witness.status().consensusAddress}`).to.equal(undefined);
  }

  /** A fresh witness for a seat, as after a restart of its process. */
  #seat(index: number): void {
    const validator = this.#network.validators[index] as SimNetwork['validators'][number];
    const latch = this.#latches.get(index) ?? memoryLatch();
    this.#latches.set(index, latch);
    const options = {
      ethereum: this.#ethereum.view(index),
      peg: this.#port(index),
      privateKey: validator.privateKey,
      consensusAddress: validator.address,
      latch,
      finality: 'depth',
    } as const;
    this.#witnesses.set(index, new Witness(options, { log: silentLog, clock: this.#clock }));
  }

  #port(index: number): PegPort {
    return {
      query: (path) => this.#network.query(index, path),
      broadcast: async (bytes) => {
        const { transaction } = decodeTransaction(bytes);
        if (transaction.type === 'events' && this.#withholding.has(index)) throw new CodedError('PEG_UNREACHABLE', 'withheld');
        if (transaction.type === 'witness') this.#checkVote(index, transaction);
        if (!this.#network.isUp(index)) throw new CodedError('PEG_UNREACHABLE', `node ${index} is down`);
        this.#overheard.push(bytes);
        if (this.#overheard.length > 200) this.#overheard.splice(0, 100);
        if (this.#random.chance(0.3)) return this.#network.broadcast(index, bytes);
        this.#transit.send(bytes, this.#tick);
        return { code: 0, codespace: '', log: '', hash: '' };
      },
    };
  }

  /** I3: nothing above the own head − x, and nothing but what the own chain holds. */
  #checkVote(index: number, vote: WitnessTx): void {
    const { chain } = this.#ethereum;
    const head = chain.byHash(this.#ethereum.view(index).head()?.hash ?? '0x');
    const mature = (head?.header.number ?? 0n) - BigInt(this.#world.finalityThreshold);
    for (const [i, { hash, after }] of vote.blocks.entries()) {
      const height = vote.fromBlock + BigInt(i);
      const block = head && chain.ancestor(head, height);
      const stated = after === undefined ? 'no events' : `${after.nonce} ${after.accumulator}`;
      const actual = block?.logs.length ? `${block.commitment.nonce} ${block.commitment.accumulator}` : 'no events';
      if (height > mature || block?.header.hash !== hash || stated !== actual)
        this.#violation ??= new Error(`I3: node ${index} with head ${head?.header.number} voted ${height} ${hash} ${stated}`);
    }
    this.#ethereum.noteVote(index, vote);
  }

  #counts(): SimulationCounts {
    const { blocks, reorgs, deepReorgs } = this.#ethereum.counts;
    const validators = Object.values(this.#view?.validators ?? {});
    return {
      ethereumBlocks: blocks,
      pegBlocks: this.#pegBlocks,
      reorgs,
      deepReorgs,
      crashes: this.#crashes,
      transactions: this.#transit.counts.sent,
      lost: this.#transit.counts.lost,
      events: this.#reference.events,
      rounds: this.#view?.round.number ?? 0,
      revisions: validators.reduce((all, { revisions }) => all + revisions, 0),
      orders: this.#view?.orderCounter ?? 0,
      motions: validators.reduce((most, { governSequence }) => Math.max(most, governSequence), 0),
    };
  }
}
