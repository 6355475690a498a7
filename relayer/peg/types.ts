// The words of the protocol as types. Amounts, heights, rounds and counters are bigint (amounts 256 bits, the rest 64);
// addresses, hashes and accumulators are lower-case `0x` text of 20 or 32 bytes.

import type { Bytes, Hex } from '../lib/bytes.ts';

/** Read access to a state of the peg: an ordered map of byte strings. Synchronous, so that the rules need no await; `store/` implements it. */
export interface StateReader {
  get(key: Bytes): Bytes | undefined;
  /** The entries whose key begins with `prefix` and is above `after`, in ascending bytewise order of keys. */
  scan(prefix: Bytes, after?: Bytes): Iterable<readonly [key: Bytes, value: Bytes]>;
}

/** Stakers with what they own, in strictly ascending order of address. */
export type Balances = readonly (readonly [staker: Hex, balance: bigint])[];

export type StakeKind = 'add' | 'remove';

/** One StakeMade or StakeRemoved of the contract; its nonce follows from its place. */
export interface StakeEvent {
  readonly kind: StakeKind;
  readonly staker: Hex;
  readonly amount: bigint;
}

/** What the contract says of its own history: number of events so far and the running hash over them. */
export interface Commitment {
  readonly nonce: bigint;
  readonly accumulator: Hex;
}

/** What a vote says of one Ethereum block: its hash and, when the block holds events, the contract's commitment after it. */
export interface BlockContent {
  readonly hash: Hex;
  readonly after?: Commitment;
}

export interface ConsensusParams {
  /** x, in Ethereum blocks. */
  readonly finalityThreshold: bigint;
  /** L, in Ethereum blocks. */
  readonly periodLength: bigint;
  /** P, in orders a period. */
  readonly periodLimit: bigint;
  readonly maxOrderBytes: bigint;
}

export interface Round {
  readonly number: bigint;
  readonly startsAt: bigint;
  readonly endsAt: bigint;
  /** Orders that all limits of the round share. */
  readonly limit: bigint;
}

export interface Limit {
  readonly orderLimit: bigint;
  readonly streamLimit: bigint;
}

/** The EIP-712 domain of one network (name `OrderStream`, version `1`). */
export interface Domain {
  readonly chainId: bigint;
  readonly verifyingContract: Hex;
  readonly salt: Hex;
}

/** A member of the consensus set as the engine names it. */
export interface ConsensusValidator {
  /** First 20 bytes of SHA-256 of the ed25519 public key. */
  readonly address: Hex;
  /** ed25519, 32 bytes. */
  readonly publicKey: Bytes;
  readonly power: bigint;
}

export interface WitnessTx {
  readonly type: 'witness';
  readonly sequence: bigint;
  readonly fromBlock: bigint;
  readonly blocks: readonly BlockContent[];
}

export interface EventsTx {
  readonly type: 'events';
  readonly height: bigint;
  readonly before: Commitment;
  readonly events: readonly StakeEvent[];
}

export interface RebalanceTx {
  readonly type: 'rebalance';
  readonly round: bigint;
  readonly startsAt: bigint;
  readonly endsAt: bigint;
  readonly mapping: Hex;
}

export interface PostTx {
  readonly type: 'order' | 'stream';
  readonly round: bigint;
  readonly payload: Bytes;
}

/** One thing that a motion would change. Validators are named by their consensus address. */
export type Change =
  | { readonly type: 'add'; readonly publicKey: Bytes; readonly power: bigint; readonly witness: Hex; readonly name: string }
  | { readonly type: 'remove'; readonly validator: Hex }
  | { readonly type: 'power'; readonly validator: Hex; readonly power: bigint }
  | { readonly type: 'witness'; readonly validator: Hex; readonly witness: Hex }
  | { readonly type: 'periodLimit' | 'periodLength'; readonly value: bigint }
  | Correction;

/** The ledger as the contract shows it at an Ethereum block, to be adopted after a breach. */
export interface Correction extends Commitment {
  readonly type: 'correction';
  readonly height: bigint;
  readonly hash: Hex;
  /** Digest of all balances after it. */
  readonly ledger: Hex;
  /** Digests of the lists of balances that change; the lists come in transactions of their own. */
  readonly balances: readonly Hex[];
}

/** What validators vote on; its digest is its name. */
export interface Motion {
  /** Last peg height at which it may be voted on. */
  readonly expiry: bigint;
  readonly changes: readonly Change[];
}

export interface GovernTx {
  readonly type: 'govern';
  /** Counts what a validator says in matters of governance, apart from its votes on Ethereum. */
  readonly sequence: bigint;
  /** False takes a vote back. */
  readonly support: boolean;
  readonly motion: Motion;
}

/** Attests that the block which the peg holds for final at `height` is not on Ethereum's chain, and names the one that is. */
export interface ContestTx {
  readonly type: 'contest';
  /** Counted together with those of GovernTx. */
  readonly sequence: bigint;
  readonly height: bigint;
  /** The peg's own final hash takes a contest back. */
  readonly hash: Hex;
}

/** One of the lists that a correction names: balances that it changes, 0 for those who have nothing there. */
export interface BalancesTx {
  readonly type: 'balances';
  readonly balances: Balances;
}

/** A transaction without its signature. */
export type Transaction = WitnessTx | EventsTx | RebalanceTx | PostTx | GovernTx | ContestTx | BalancesTx;

export interface SignedTransaction {
  readonly transaction: Transaction;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Bytes;
}

/** An ABCI event: keys are never empty, all values are text. */
export interface PegEvent {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What became of a transaction. Code 0 is acceptance; a refusal has its code and changed nothing. */
export interface Verdict {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  readonly events: readonly PegEvent[];
}
