// The state machine: one block after the other, one transaction after the other. Total: no bytes make it throw, a refused
// transaction changes nothing, and a block without transactions changes no key.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { recoverAddress } from '../lib/secp256k1.ts';
import type { CodeName } from './codes.ts';
import { executeDelivery } from './deliveries.ts';
import { advanceFinality } from './finality.ts';
import type { Overlay } from './overlay.ts';
import { executePost } from './posts.ts';
import { executeRebalance } from './rounds.ts';
import { signingDigest } from './signing.ts';
import { validatorTable } from './tables.ts';
import { decodeTransaction } from './transaction.ts';
import type { Domain, PegEvent, SignedTransaction, Transaction, Verdict } from './types.ts';
import { readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { refused } from './verdict.ts';
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

/** A transaction whose form and signature hold. */
export interface OpenedTransaction {
  readonly transaction: Transaction;
  readonly signer: Hex;
}

/** Before the first transaction of a block. */
export function beginBlock(state: Overlay, block: Block): void {
  const proposer = block.transactions > 0 ? validatorTable.get(state, block.proposer) : undefined;
  if (proposer !== undefined) validatorTable.set(state, block.proposer, { ...proposer, lastProposed: block.height });
}

/** Judges one transaction, applies it when it is accepted, and then whatever became final by it. */
export function executeTransaction(state: Overlay, block: Pick<Block, 'height'>, domain: Domain, bytes: Bytes): Verdict {
  const opened = openTransaction(domain, bytes);
  if ('code' in opened) return opened;
  const fork = state.fork();
  const set = readValidatorSet(fork);
  const verdict = dispatch(fork, block.height, domain, set, opened);
  if (verdict.code !== 0) return verdict;
  const isPost = opened.transaction.type === 'order' || opened.transaction.type === 'stream';
  const consequences = isPost ? [] : advanceFinality(fork, set);
  state.absorb(fork);
  return { ...verdict, events: [...verdict.events, ...consequences] };
}

/** After the last transaction. The set is that of genesis, so there is nothing to update yet. */
export function endBlock(_state: Overlay, _block: Block): BlockEnd {
  return { events: [], validatorUpdates: [] };
}

/** Decodes a transaction and recovers its signer, or says why that cannot be. */
export function openTransaction(domain: Domain, bytes: Bytes): OpenedTransaction | Verdict {
  let signed: SignedTransaction;
  try {
    signed = decodeTransaction(bytes);
  } catch (error) {
    if (!hasCode(error)) throw error;
    return refused(error.code as CodeName, error.message);
  }
  const signer = recoverAddress(signingDigest(domain, signed.transaction), signed.signature);
  if (signer === undefined) return refused('TX_BAD_SIGNATURE', 'the signature is not one of a key');
  return { transaction: signed.transaction, signer };
}

function dispatch(
  state: Overlay,
  height: bigint,
  domain: Domain,
  set: ValidatorSet,
  { transaction, signer }: OpenedTransaction,
): Verdict {
  switch (transaction.type) {
    case 'witness':
      return executeVote(state, height, set, signer, transaction);
    case 'events':
      return executeDelivery(state, set, signer, transaction);
    case 'rebalance':
      return executeRebalance(state, set, signer, transaction);
    case 'order':
    case 'stream':
      return executePost(state, domain, signer, transaction);
  }
}
