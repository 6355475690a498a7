// Transactions as bytes: RLP([kind, …fields, signature]), one valid byte string per value. The layouts are those of
// docs/protocol.md; what is judged here is form alone, before a signature is looked at.

import { type Bytes, hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { asBytes, asList, asUint, decodeRlp, encodeRlp, type Rlp, RlpError, rlpUint } from '../lib/rlp.ts';
import { KIND_NUMBER } from './fold.ts';
import { decodeBalances, encodeBalances } from './ledger.ts';
import { decodeMotion, encodeMotion } from './motion.ts';
import { asHex } from './records.ts';
import type {
  BalancesTx,
  BlockContent,
  ContestTx,
  EventsTx,
  GovernTx,
  PostTx,
  RebalanceTx,
  SignedTransaction,
  StakeEvent,
  Transaction,
  WitnessTx,
} from './types.ts';

/** Largest transaction, in bytes. */
export const MAX_TX_BYTES = 262_144;
/** Most Ethereum blocks in one vote. */
export const MAX_VOTE_BLOCKS = 256;
/** How far beyond the mature block votes may reach, in Ethereum blocks. */
export const VOTE_WINDOW = 1024n;
/** Final (height, hash) pairs that stay in the state. */
export const FINAL_KEPT = 256n;

/** `TX_MALFORMED`: not the canonical encoding of a transaction. `TX_TOO_LARGE`: more than MAX_TX_BYTES bytes. */
export type TransactionErrorCode = 'TX_MALFORMED' | 'TX_TOO_LARGE';

const KINDS = { witness: 1n, events: 2n, rebalance: 3n, order: 4n, stream: 5n, govern: 6n, contest: 7n, balances: 8n } as const;
const SIGNATURE_BYTES = 65;

/** The one encoding of a signed transaction. */
export function encodeTransaction({ transaction, signature }: SignedTransaction): Bytes {
  return encodeRlp([rlpUint(KINDS[transaction.type]), ...encodeFields(transaction), signature]);
}

/** The transaction that `bytes` is the encoding of; throws a CodedError of TransactionErrorCode for anything else. */
export function decodeTransaction(bytes: Bytes): SignedTransaction {
  if (bytes.length > MAX_TX_BYTES) {
    const message = `a transaction of ${bytes.length} bytes exceeds ${MAX_TX_BYTES}`;
    throw new CodedError<TransactionErrorCode>('TX_TOO_LARGE', message);
  }
  try {
    const [kind, ...fields] = asList(decodeRlp(bytes));
    const signature = asBytes(fields.pop(), SIGNATURE_BYTES);
    return { transaction: decodeFields(asUint(kind, 8), fields), signature };
  } catch (error) {
    if (!(error instanceof RlpError)) throw error;
    throw new CodedError<TransactionErrorCode>('TX_MALFORMED', error.message);
  }
}

/** The list of a vote, as it is encoded and hashed. */
export function encodeBlocks(blocks: readonly BlockContent[]): Rlp {
  return blocks.map(encodeContent);
}

/** The list of a delivery, as it is encoded and hashed. */
export function encodeEvents(events: readonly StakeEvent[]): Rlp {
  return events.map((event) => [rlpUint(KIND_NUMBER[event.kind]), hex(event.staker, 20), rlpUint(event.amount)]);
}

/** `[hash]`, or `[hash, nonce, accumulator]` for a block with events. */
export function encodeContent({ hash, after }: BlockContent): Rlp {
  return after === undefined ? [hex(hash, 32)] : [hex(hash, 32), rlpUint(after.nonce), hex(after.accumulator, 32)];
}

export function decodeContent(item: Rlp): BlockContent {
  const fields = asList(item);
  const hash = asHex(fields[0], 32);
  if (fields.length === 1) return { hash };
  asList(item, 3);
  const nonce = asUint(fields[1], 64);
  if (nonce === 0n) throw new RlpError('RLP_SHAPE', 'a block with events has a nonce of at least 1');
  return { hash, after: { nonce, accumulator: asHex(fields[2], 32) } };
}

export function decodeEvent(item: Rlp): StakeEvent {
  const [kind, staker, amount] = asList(item, 3);
  const number = asUint(kind, 8);
  if (number > 1n) throw new RlpError('RLP_SHAPE', `an event is of the unknown kind ${number}`);
  return { kind: number === KIND_NUMBER.add ? 'add' : 'remove', staker: asHex(staker, 20), amount: asUint(amount, 256) };
}

function encodeFields(transaction: Transaction): Rlp[] {
  switch (transaction.type) {
    case 'witness':
      return [rlpUint(transaction.sequence), rlpUint(transaction.fromBlock), encodeBlocks(transaction.blocks)];
    case 'events': {
      const { height, before, events } = transaction;
      return [rlpUint(height), rlpUint(before.nonce), hex(before.accumulator, 32), encodeEvents(events)];
    }
    case 'rebalance': {
      const { round, startsAt, endsAt, mapping } = transaction;
      return [rlpUint(round), rlpUint(startsAt), rlpUint(endsAt), hex(mapping, 32)];
    }
    case 'order':
    case 'stream':
      return [rlpUint(transaction.round), transaction.payload];
    case 'govern':
      return [rlpUint(transaction.sequence), rlpUint(transaction.support ? 1n : 0n), encodeMotion(transaction.motion)];
    case 'contest':
      return [rlpUint(transaction.sequence), rlpUint(transaction.height), hex(transaction.hash, 32)];
    case 'balances':
      return [encodeBalances(transaction.balances)];
  }
}

function decodeFields(kind: bigint, fields: readonly Rlp[]): Transaction {
  switch (kind) {
    case KINDS.witness:
      return decodeWitness(asList(fields, 3));
    case KINDS.events:
      return decodeDelivery(asList(fields, 4));
    case KINDS.rebalance:
      return decodeRebalance(asList(fields, 4));
    case KINDS.order:
      return decodePost('order', asList(fields, 2));
    case KINDS.stream:
      return decodePost('stream', asList(fields, 2));
    case KINDS.govern:
      return decodeGovern(asList(fields, 3));
    case KINDS.contest:
      return decodeContest(asList(fields, 3));
    case KINDS.balances:
      return decodeBalancesTx(asList(fields, 1));
    default:
      throw new RlpError('RLP_SHAPE', `kind ${kind} is unknown`);
  }
}

function decodeWitness([sequence, fromBlock, blocks]: readonly Rlp[]): WitnessTx {
  const entries = asList(blocks);
  if (entries.length > MAX_VOTE_BLOCKS)
    throw new RlpError('RLP_SHAPE', `a vote holds ${entries.length} blocks, at most ${MAX_VOTE_BLOCKS} may`);
  return {
    type: 'witness',
    sequence: asUint(sequence, 64),
    fromBlock: asUint(fromBlock, 64),
    blocks: entries.map(decodeContent),
  };
}

function decodeDelivery([height, nonce, accumulator, events]: readonly Rlp[]): EventsTx {
  const before = { nonce: asUint(nonce, 64), accumulator: asHex(accumulator, 32) };
  return { type: 'events', height: asUint(height, 64), before, events: asList(events).map(decodeEvent) };
}

function decodeRebalance([round, startsAt, endsAt, mapping]: readonly Rlp[]): RebalanceTx {
  return {
    type: 'rebalance',
    round: asUint(round, 64),
    startsAt: asUint(startsAt, 64),
    endsAt: asUint(endsAt, 64),
    mapping: asHex(mapping, 32),
  };
}

function decodePost(type: PostTx['type'], [round, payload]: readonly Rlp[]): PostTx {
  return { type, round: asUint(round, 64), payload: asBytes(payload) };
}

function decodeGovern([sequence, support, motion]: readonly Rlp[]): GovernTx {
  const voice = asUint(support, 8);
  if (voice > 1n) throw new RlpError('RLP_SHAPE', `a voice is 0 or 1, not ${voice}`);
  return { type: 'govern', sequence: asUint(sequence, 64), support: voice === 1n, motion: decodeMotion(motion) };
}

function decodeContest([sequence, height, hash]: readonly Rlp[]): ContestTx {
  return { type: 'contest', sequence: asUint(sequence, 64), height: asUint(height, 64), hash: asHex(hash, 32) };
}

function decodeBalancesTx([balances]: readonly Rlp[]): BalancesTx {
  return { type: 'balances', balances: decodeBalances(balances) };
}
