// The state machine: one block after the other, one transaction after the other. Total: no bytes make it throw, a refused
// transaction changes nothing, and a block without transactions changes no key.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { executeDelivery } from './deliveries.ts';
import { advanceFinality } from './finality.ts';
import { type OpenedTransaction, openTransaction } from './opening.ts';
import type { Overlay } from './overlay.ts';
import { executePost } from './posts.ts';
import { executeRebalance } from './rounds.ts';
import { validatorTable } from './tables.ts';
import type { Domain, EventsTx, PegEvent, PostTx, RebalanceTx, Transaction, Verdict, WitnessTx } from './types.ts';
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

export interface BlockEnd {
  readonly events: readonly PegEvent[];
  readonly validatorUpdates: readonly { readonly address: Hex; readonly power: bigint }[];
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
  const consequences = advanceFinality(fork, set);
  state.absorb(fork);
  return { ...verdict, events: [...verdict.events, ...consequences] };
}

/** Judges and applies what only a witness may send, without looking at what became final. */
export function executeWitnessed(
  state: Overlay,
  height: bigint,
  set: ValidatorSet,
  signer: Hex,
  transaction: WitnessTx | EventsTx | RebalanceTx,
): Verdict {
  switch (transaction.type) {
    case 'witness':
      return executeVote(state, height, set, signer, transaction);
    case 'events':
      return executeDelivery(state, set, signer, transaction);
    case 'rebalance':
      return executeRebalance(state, set, signer, transaction);
  }
}

/** After the last transaction. The set is that of genesis, so there is nothing to update yet. */
export function endBlock(_state: Overlay, _block: Block): BlockEnd {
  return { events: [], validatorUpdates: [] };
}

function isPost(transaction: Transaction): transaction is PostTx {
  return transaction.type === 'order' || transaction.type === 'stream';
}
