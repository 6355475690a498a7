// The state machine: one block after the other, one transaction after the other. Total: no bytes make it throw, a refused
// transaction changes nothing, and a block without transactions changes no key.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { executeBalances } from './balances.ts';
import { executeContest, hasContests, weighContests } from './contests.ts';
import { executeDelivery } from './deliveries.ts';
import { advanceFinality } from './finality.ts';
import { awaitsDecision, decideMotions, executeGovern } from './governance.ts';
import { type OpenedTransaction, openTransaction } from './opening.ts';
import type { Overlay } from './overlay.ts';
import { executePost } from './posts.ts';
import { executeRebalance } from './rounds.ts';
import { type Validator, validatorTable } from './tables.ts';
import type { Domain, PegEvent, PostTx, Transaction, Verdict } from './types.ts';
import { readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { executeVote } from './witness-votes.ts';

export interface Block {
  /** Peg height. */
  readonly height: bigint;
  /** Consensus address of the proposer. */
  readonly proposer: Hex;
  /** Number of transactions. */
  readonly transactions: number;
}

/** A power of 0 removes. */
export interface ValidatorUpdate {
  /** ed25519, 32 bytes. */
  readonly publicKey: Bytes;
  readonly power: bigint;
}

export interface BlockEnd {
  readonly events: readonly PegEvent[];
  /** What changed in the set, in order of address. */
  readonly validatorUpdates: readonly ValidatorUpdate[];
}

/** Before the first transaction of a block. */
export function beginBlock(state: Overlay, block: Block): void {
  const proposer = block.transactions > 0 ? validatorTable.get(state, block.proposer) : undefined;
  if (proposer !== undefined) validatorTable.set(state, block.proposer, { ...proposer, lastProposed: block.height });
}

/** Judges one transaction, applies it when it is accepted, and then whatever became final by it. */
export function executeTransaction(state: Overlay, block: Pick<Block, 'height'>, domain: Domain, bytes: Bytes): Verdict {
  const opened = openTransaction(domain, bytes);
  return 'code' in opened ? opened : executeOpened(state, block.height, opened);
}

/** The same for a transaction that is opened already; `height` is the peg height of its block. */
export function executeOpened(state: Overlay, height: bigint, opened: OpenedTransaction): Verdict {
  const { transaction, signer, digest } = opened;
  const fork = state.fork();
  if (isPost(transaction)) {
    const verdict = executePost(fork, transaction, signer, digest);
    if (verdict.code === 0) state.absorb(fork);
    return verdict;
  }
  const set = readValidatorSet(fork);
  const verdict = executeWitnessed(fork, height, set, signer, transaction);
  if (verdict.code !== 0) return verdict;
  const consequences = movesFinality(transaction) ? advanceFinality(fork, set) : [];
  state.absorb(fork);
  return { ...verdict, events: [...verdict.events, ...consequences] };
}

/** Judges and applies what only a witness may send, without looking at what became final. */
export function executeWitnessed(
  state: Overlay,
  height: bigint,
  set: ValidatorSet,
  signer: Hex,
  transaction: Exclude<Transaction, PostTx>,
): Verdict {
  switch (transaction.type) {
    case 'witness':
      return executeVote(state, height, set, signer, transaction);
    case 'events':
      return executeDelivery(state, set, signer, transaction);
    case 'rebalance':
      return executeRebalance(state, set, signer, transaction);
    case 'govern':
      return executeGovern(state, height, set, signer, transaction);
    case 'contest':
      return executeContest(state, set, signer, transaction);
    case 'balances':
      return executeBalances(state, height, set, signer, transaction);
  }
}

/** After the last transaction: decides what there is to decide, and looks at finality when that changed the set. */
export function endBlock(state: Overlay, { height, transactions }: Block): BlockEnd {
  if (transactions === 0 || !(awaitsDecision(state, height) || hasContests(state))) return { events: [], validatorUpdates: [] };
  const before = readValidatorSet(state);
  const decisions = decideMotions(state, height);
  const after = readValidatorSet(state);
  const validatorUpdates = updatesBetween(before, after);
  const consequences = validatorUpdates.length > 0 ? advanceFinality(state, after) : [];
  const contested = weighContests(state, after);
  return { events: [...decisions, ...consequences, ...contested], validatorUpdates };
}

function updatesBetween(before: ValidatorSet, after: ValidatorSet): readonly ValidatorUpdate[] {
  const addresses = [...new Set([...before.members.keys(), ...after.members.keys()])].sort();
  return addresses.flatMap((address) => {
    const [old, now] = [before.members.get(address), after.members.get(address)];
    if (old?.power === now?.power) return [];
    return [{ publicKey: (now ?? (old as Validator)).publicKey, power: now?.power ?? 0n }];
  });
}

/** What is said in matters of governance counts at the end of the block. */
function movesFinality({ type }: Transaction): boolean {
  return type === 'witness' || type === 'events' || type === 'rebalance';
}

function isPost(transaction: Transaction): transaction is PostTx {
  return transaction.type === 'order' || transaction.type === 'stream';
}
