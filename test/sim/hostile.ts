// A validator that lies in every way that its key allows, and some that need no key. It holds less than 1/3 of the power;
// whatever it sends must change nothing but its own entries.

import { type Bytes, concatBytes, type Hex, to0x } from '../../relayer/lib/bytes.ts';
import { foldEvents } from '../../relayer/peg/fold.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { BlockContent, Change, Commitment, Domain, StakeEvent, Transaction } from '../../relayer/peg/types.ts';
import type { StateView } from '../helpers/peg-views.ts';
import type { ModelChain } from './chain.ts';
import type { Random } from './random.ts';

export interface HostileContext {
  readonly view: StateView;
  readonly chain: ModelChain;
  readonly startBlock: bigint;
  /** Transactions of others, to be repeated and mangled. */
  readonly overheard: readonly Bytes[];
}

interface Bogus {
  readonly height: bigint;
  readonly before: Commitment;
  readonly events: readonly StakeEvent[];
}

export class Hostile {
  readonly #address: Hex;
  readonly #privateKey: Bytes;
  readonly #domain: Domain;
  readonly #random: Random;
  readonly #bogus: Bogus[] = [];

  constructor(validator: { readonly address: Hex; readonly privateKey: Bytes }, domain: Domain, random: Random) {
    this.#address = validator.address;
    this.#privateKey = validator.privateKey;
    this.#domain = domain;
    this.#random = random;
  }

  /** What it sends in this tick: a few of its tricks. */
  transactions(context: HostileContext): readonly Bytes[] {
    const tricks = [
      () => this.#vote(context, this.#next(context), this.#random.between(1, 40)),
      () => this.#vote(context, mature(context) + 1n, this.#random.between(1, 3)),
      () => this.#vote(context, this.#next(context), this.#random.chance(0.1) ? 256 : 0),
      () => this.#vote(context, mature(context), 2),
      () => this.#vote(context, this.#random.pick([0n, 2n ** 53n, 2n ** 64n - 1n, mature(context) + 1_024n]), 3),
      () => this.#vote(context, this.#next(context), 2, BigInt(this.#random.between(0, 50))),
      () => this.#deliverBogus(),
      () => this.#deliverTrue(context),
      () => this.#rebalance(context),
      () => this.#govern(context),
      () => this.#garbage(context),
    ];
    return Array.from({ length: this.#random.between(1, 2) }, () => this.#random.pick(tricks)()).filter(
      (bytes) => bytes !== undefined,
    );
  }

  #next({ view }: HostileContext): bigint {
    return BigInt(view.validators[this.#address]?.witnessedTo ?? 0) + 1n;
  }

  #vote(context: HostileContext, fromBlock: bigint, count: number, sequence?: bigint): Bytes {
    const known = BigInt(context.view.validators[this.#address]?.sequence ?? 0);
    const blocks = Array.from({ length: count }, (_, i) => this.#content(context, fromBlock + BigInt(i)));
    return this.#sign({ type: 'witness', sequence: sequence ?? known + 1n, fromBlock, blocks });
  }

  /** Sometimes the truth, so that what follows is taken seriously. */
  #content({ chain }: HostileContext, height: bigint): BlockContent {
    const block = chain.at(height);
    if (block !== undefined && this.#random.chance(0.3))
      return block.logs.length === 0 ? { hash: block.header.hash } : { hash: block.header.hash, after: block.commitment };
    const hash = block !== undefined && this.#random.chance(0.5) ? block.header.hash : to0x(this.#random.bytes(32));
    if (this.#random.chance(0.5)) return { hash };
    const parent = this.#random.chance(0.9) ? chain.at(height - 1n)?.commitment : undefined;
    const nonce = this.#random.pick([41n, 2n ** 53n, 2n ** 64n - 2n]);
    const before = parent ?? { nonce, accumulator: to0x(this.#random.bytes(32)) };
    const events: readonly StakeEvent[] = [{ kind: 'add', staker: to0x(this.#random.bytes(20)), amount: 10n ** 24n }];
    if (height < 2n ** 63n) this.#remember({ height, before, events });
    return { hash, after: foldEvents(before, height, events) };
  }

  #remember(bogus: Bogus): void {
    this.#bogus.push(bogus);
    if (this.#bogus.length > 64) this.#bogus.shift();
  }

  #deliverBogus(): Bytes | undefined {
    return this.#bogus.length === 0 ? undefined : this.#sign({ type: 'events', ...this.#random.pick(this.#bogus) });
  }

  /** The events of a real block: whole, only the end of them, too short, altered, in another order or from elsewhere. */
  #deliverTrue({ view, chain }: HostileContext): Bytes | undefined {
    const missing = Object.entries(view.votes).filter(([, contents]) => contents.some((content) => content.missing));
    if (missing.length === 0) return undefined;
    const height = BigInt(this.#random.pick(missing)[0]);
    const block = chain.at(height);
    const parent = chain.at(height - 1n);
    if (block === undefined || parent === undefined || block.logs.length === 0) return undefined;
    const events = block.logs.map(({ kind, staker, amount }): StakeEvent => ({ kind, staker, amount }));
    const { commitment: before } = parent;
    const end = events.length - this.#random.between(0, events.length - 1) - 1;
    const variants: readonly Omit<Bogus, 'height'>[] = [
      { before, events },
      { before: foldEvents(before, height, events.slice(0, end)), events: events.slice(end) },
      { before, events: events.slice(0, -1) },
      { before, events: [...events].reverse() },
      { before, events: events.map((event) => ({ ...event, amount: event.amount + 1n })) },
      { before: { ...before, nonce: before.nonce + 1n }, events },
      { before, events: [...events, { kind: 'remove', staker: to0x(this.#random.bytes(20)), amount: 1n }] },
    ];
    return this.#sign({ type: 'events', height, ...this.#random.pick(variants) });
  }

  #rebalance({ view }: HostileContext): Bytes {
    const { number, endsAt } = view.round;
    const startsAt = BigInt(endsAt);
    const length = BigInt(view.consensusParams.periodLength as number);
    const round = BigInt(number + this.#random.between(0, 2));
    const mapping = to0x(this.#random.bytes(32));
    return this.#sign({
      type: 'rebalance',
      round,
      startsAt,
      endsAt: startsAt + length * BigInt(this.#random.between(0, 2)),
      mapping,
    });
  }

  /** Throws others out, gives itself all power, sets senseless parameters, or just fills its share of motions. */
  #govern({ view }: HostileContext): Bytes {
    const other = this.#random.pick(Object.keys(view.validators)) as Hex;
    const change = this.#random.pick<Change>([
      { type: 'remove', validator: other },
      { type: 'power', validator: this.#address, power: 2n ** 60n - 1n },
      { type: 'witness', validator: other, witness: to0x(this.#random.bytes(20)) },
      { type: 'periodLimit', value: BigInt(this.#random.between(0, 9)) },
    ]);
    const known = BigInt(view.validators[this.#address]?.governSequence ?? 0);
    const expiry = BigInt(view.lastBlockHeight + this.#random.between(0, 500));
    const support = this.#random.chance(0.9);
    return this.#sign({ type: 'govern', sequence: known + 1n, support, motion: { expiry, changes: [change] } });
  }

  #garbage({ overheard }: HostileContext): Bytes {
    const noise = this.#random.bytes(this.#random.between(0, 200));
    if (overheard.length === 0 || this.#random.chance(0.2)) return noise;
    const bytes = Uint8Array.from(this.#random.pick(overheard));
    if (this.#random.chance(0.3)) return bytes;
    if (this.#random.chance(0.3)) return concatBytes(bytes, noise);
    if (this.#random.chance(0.3)) return bytes.slice(0, this.#random.between(0, bytes.length - 1));
    const at = this.#random.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#random.between(0, 7));
    return bytes;
  }

  /** A key of its own, or one of nobody. */
  #sign(transaction: Transaction): Bytes {
    const key = this.#random.chance(0.95) ? this.#privateKey : this.#random.bytes(32);
    return signTransaction(this.#domain, transaction, key);
  }
}

function mature({ view, startBlock }: HostileContext): bigint {
  return BigInt(view.matureEthBlock ?? startBlock);
}
