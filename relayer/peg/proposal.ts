// What a proposer makes of its mempool, and what others accept of it (protocol, section 8): votes first, then deliveries, then
// orders and streams, then rebalances, so that a new round does not refuse the orders of the old one in the same block, and
// voices on motions last.

import type { Bytes } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { type Block, executeOpened } from './machine.ts';
import { type OpenedTransaction, openTransaction } from './opening.ts';
import { Overlay } from './overlay.ts';
import { decodeTransaction, type TransactionErrorCode } from './transaction.ts';
import type { Domain, StateReader, Transaction } from './types.ts';

/** Which lane each kind takes, and the share of the block that a lane is sure of, in percent. */
const LANE = {
  witness: 0,
  events: 1,
  order: 2,
  stream: 2,
  rebalance: 3,
  govern: 4,
  contest: 4,
  balances: 1,
} as const satisfies Record<Transaction['type'], number>;
const SHARES = [25, 35, 32, 5, 3] as const;

interface Candidate {
  readonly bytes: Bytes;
  readonly opened: OpenedTransaction;
  /** As CometBFT counts it. */
  readonly size: number;
}

/**
 * The transactions to propose, at most `maxBytes` as CometBFT counts them. Each lane is sure of its share; what a lane has no
 * transactions for goes to the lanes that have too many, what it has but cannot use (because it would be refused now, though
 * perhaps not later) to the lanes after it.
 */
export function arrangeProposal(
  committed: StateReader,
  block: Block,
  domain: Domain,
  transactions: readonly Bytes[],
  maxBytes: number,
): Bytes[] {
  const lanes = inLanes(domain, transactions);
  const room = roomOfLanes(lanes, maxBytes);
  const scratch = new Overlay(committed);
  const chosen: Bytes[] = [];
  let unused = 0;
  for (const [lane, candidates] of lanes.entries()) {
    unused += room[lane] as number;
    for (const { bytes, opened, size } of candidates) {
      if (size > unused || executeOpened(scratch, block.height, opened).code !== 0) continue;
      chosen.push(bytes);
      unused -= size;
    }
  }
  return chosen;
}

/**
 * Whether an honest proposer may have made this: within the size, and nothing in it that is no transaction, of which a block could
 * hold two million. What the transactions are worth shows when they are executed.
 */
export function acceptsProposal(transactions: readonly Bytes[], maxBytes: number): boolean {
  const size = transactions.reduce((sum, bytes) => sum + protobufSize(bytes.length), 0);
  return size <= maxBytes && transactions.every(isTransaction);
}

function isTransaction(bytes: Bytes): boolean {
  try {
    decodeTransaction(bytes);
    return true;
  } catch (error) {
    if (!hasCode<TransactionErrorCode>(error)) throw error;
    return false;
  }
}

function inLanes(domain: Domain, transactions: readonly Bytes[]): readonly (readonly Candidate[])[] {
  const lanes: Candidate[][] = SHARES.map(() => []);
  for (const bytes of transactions) {
    const opened = openTransaction(domain, bytes);
    if ('code' in opened) continue;
    lanes[LANE[opened.transaction.type]]?.push({ bytes, opened, size: protobufSize(bytes.length) });
  }
  return lanes;
}

/** Bytes for each lane: its share as far as it needs it, then, first lane first, what the others do not need. */
function roomOfLanes(lanes: readonly (readonly Candidate[])[], maxBytes: number): readonly number[] {
  const wanted = lanes.map((candidates) => candidates.reduce((sum, { size }) => sum + size, 0));
  const room = wanted.map((want, lane) => Math.min(want, Math.floor((maxBytes * (SHARES[lane] as number)) / 100)));
  let free = maxBytes - room.reduce((sum, share) => sum + share, 0);
  return room.map((share, lane) => {
    const extra = Math.min(free, (wanted[lane] as number) - share);
    free -= extra;
    return share + extra;
  });
}

/** Bytes of one element of `repeated bytes txs`: tag, uvarint length, content (CometBFT `types.ComputeProtoSizeForTxs`). */
function protobufSize(length: number): number {
  let prefix = 1;
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix++;
  return 1 + prefix + length;
}
