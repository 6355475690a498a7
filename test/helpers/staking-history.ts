// An Ethereum chain as the staking contract sees it: blocks with stake events, their hashes and the contract's commitment
// after each. Its fold is written out here, not taken from `relayer/peg`, so that tests compare two implementations.

import { type Bytes, bigintToBytes, concatBytes, type Hex, hex, textBytes } from '../../relayer/lib/bytes.ts';
import { keccak256, keccakHex } from '../../relayer/lib/keccak.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import type { BlockContent, Commitment, StakeEvent, StakeKind } from '../../relayer/peg/types.ts';

export interface HistoryBlock {
  readonly height: bigint;
  readonly hash: Hex;
  readonly events: readonly StakeEvent[];
  readonly before: Commitment;
  readonly after: Commitment;
}

export const NO_EVENTS: Commitment = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` };

/** Address of the account called `A`, `B`, …; the same in every test. */
export function staker(name: string): Hex {
  const known = ADDRESSES.get(name) ?? addressOf(stakerKey(name));
  ADDRESSES.set(name, known);
  return known;
}

/** The private key that goes with `staker`. */
export function stakerKey(name: string): Bytes {
  return keccak256(textBytes(`staker ${name}`));
}

const ADDRESSES = new Map<string, Hex>();

export function add(who: string, amount: bigint): StakeEvent {
  return event('add', who, amount);
}

export function remove(who: string, amount: bigint): StakeEvent {
  return event('remove', who, amount);
}

function event(kind: StakeKind, who: string, amount: bigint): StakeEvent {
  return { kind, staker: who.startsWith('0x') ? (who as Hex) : staker(who), amount };
}

/** keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number)) for each event (MakerStaking). */
export function foldHistory(before: Commitment, height: bigint, events: readonly StakeEvent[]): Commitment {
  let { nonce, accumulator } = before;
  for (const { kind, staker: who, amount } of events) {
    nonce += 1n;
    const words = [hex(accumulator), word(nonce), word(kind === 'add' ? 0n : 1n), word(BigInt(who)), word(amount), word(height)];
    accumulator = keccakHex(concatBytes(...words));
  }
  return { nonce, accumulator };
}

const word = (value: bigint): Bytes => bigintToBytes(value, 32);

/** A chain from the start block on. Heights that were not mined with events hold none. */
export class StakingHistory {
  readonly start: bigint;
  readonly #branch: string;
  readonly #base: Commitment;
  /** Below this height the chain is the parent's. */
  readonly #forkedAt: bigint;
  readonly #parent: StakingHistory | undefined;
  readonly #blocks = new Map<bigint, HistoryBlock>();
  #latest: Commitment;
  #latestHeight: bigint;

  constructor(start: bigint, base: Commitment = NO_EVENTS, branch = 'a', parent?: { chain: StakingHistory; from: bigint }) {
    this.start = start;
    this.#branch = branch;
    this.#base = base;
    this.#parent = parent?.chain;
    this.#forkedAt = parent?.from ?? start;
    this.#latest = base;
    this.#latestHeight = this.#forkedAt - 1n;
  }

  /** A block with events. Heights grow from call to call. */
  mine(height: bigint | number, ...events: StakeEvent[]): this {
    const at = BigInt(height);
    if (at <= this.#latestHeight || at <= this.start) throw new RangeError(`block ${at} is mined already`);
    const before = this.#latest;
    const after = foldHistory(before, at, events);
    this.#blocks.set(at, { height: at, hash: this.#hash(at), events, before, after });
    this.#latest = after;
    this.#latestHeight = at;
    return this;
  }

  /** The chain that differs from this one from block `from` on. */
  fork(from: bigint | number, branch: string): StakingHistory {
    const at = BigInt(from);
    return new StakingHistory(this.start, this.commitmentAt(at - 1n), branch, { chain: this, from: at });
  }

  block(height: bigint | number): HistoryBlock {
    const at = BigInt(height);
    if (this.#parent !== undefined && at < this.#forkedAt) return this.#parent.block(at);
    const mined = this.#blocks.get(at);
    if (mined !== undefined) return mined;
    const commitment = this.commitmentAt(at);
    return { height: at, hash: this.#hash(at), events: [], before: commitment, after: commitment };
  }

  commitmentAt(height: bigint | number): Commitment {
    const at = BigInt(height);
    if (this.#parent !== undefined && at < this.#forkedAt) return this.#parent.commitmentAt(at);
    let found = this.#base;
    for (const block of this.#blocks.values()) if (block.height <= at) found = block.after;
    return found;
  }

  /** What an honest witness says of blocks `from`…`to`. */
  contents(from: bigint | number, to: bigint | number): BlockContent[] {
    const contents: BlockContent[] = [];
    for (let at = BigInt(from); at <= BigInt(to); at++) {
      const { hash, events, after } = this.block(at);
      contents.push(events.length === 0 ? { hash } : { hash, after });
    }
    return contents;
  }

  /** `stakeOf` of everybody who has something after block `height`. */
  balancesAt(height: bigint | number): Map<Hex, bigint> {
    const balances = new Map<Hex, bigint>();
    for (let at = this.start + 1n; at <= BigInt(height); at++) {
      for (const { kind, staker: who, amount } of this.block(at).events) {
        const balance = (balances.get(who) ?? 0n) + (kind === 'add' ? amount : -amount);
        if (balance === 0n) balances.delete(who);
        else balances.set(who, balance);
      }
    }
    return balances;
  }

  #hash(height: bigint): Hex {
    return keccakHex(textBytes(`block ${this.#branch} ${height}`));
  }
}
