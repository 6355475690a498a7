// What a proposer makes of its mempool, and what others accept of it (protocol, section 8): votes first, then deliveries, then
// orders and streams, then rebalances, so that a new round does not refuse the orders of the old one in the same block.

import type { Bytes } from '../lib/bytes.ts';
import { type Block, executeTransaction } from './machine.ts';
import { Overlay } from './overlay.ts';
import { decodeTransaction } from './transaction.ts';
import type { Domain, StateReader, Transaction } from './types.ts';

/** Phase of each kind, and the share of the block that the phase is sure of, in percent. */
const PHASE = { witness: 0, events: 1, order: 2, stream: 2, rebalance: 3 } as const satisfies Record<Transaction['type'], number>;
const SHARES = [25, 35, 35, 5] as const;

interface Candidate {
  readonly bytes: Bytes;
  readonly size: number;
  readonly phase: number;
}

/**
 * The transactions to propose, at most `maxBytes` as CometBFT counts them. Each phase is sure of its share; what a phase leaves
 * unused goes to the later ones, and what is still free at the end to whatever was left out for want of room.
 * What would be refused now is left out (it may be acceptable later).
 */
export function arrangeProposal(
  committed: StateReader,
  block: Block,
  domain: Domain,
  transactions: readonly Bytes[],
  maxBytes: number,
): Bytes[] {
  const candidates = transactions.map(candidate).filter((one) => one !== undefined);
  const chosen = new Set<Candidate>();
  let free = maxBytes;
  for (const rest of [false, true]) {
    let budget = 0;
    for (const [phase, share] of SHARES.entries()) {
      budget = rest ? free : budget + Math.floor((maxBytes * share) / 100);
      for (const one of candidates) {
        if (one.phase !== phase || chosen.has(one) || one.size > budget || one.size > free) continue;
        chosen.add(one);
        budget -= one.size;
        free -= one.size;
      }
    }
  }
  return acceptable(committed, block, domain, inOrder(candidates.filter((one) => chosen.has(one))));
}

/** Whether an honest proposer may have made this: within the size, whatever the transactions are worth. */
export function acceptsProposal(transactions: readonly Bytes[], maxBytes: number): boolean {
  return transactions.reduce((sum, bytes) => sum + protobufSize(bytes.length), 0) <= maxBytes;
}

function candidate(bytes: Bytes): Candidate | undefined {
  try {
    return { bytes, size: protobufSize(bytes.length), phase: PHASE[decodeTransaction(bytes).transaction.type] };
  } catch {
    return undefined;
  }
}

function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  return SHARES.flatMap((_, phase) => candidates.filter((one) => one.phase === phase));
}

/** Executes the candidates on a scratch state and keeps those that are accepted. */
function acceptable(committed: StateReader, block: Block, domain: Domain, candidates: readonly Candidate[]): Bytes[] {
  const scratch = new Overlay(committed);
  return candidates.filter(({ bytes }) => executeTransaction(scratch, block, domain, bytes).code === 0).map(({ bytes }) => bytes);
}

/** Bytes of one element of `repeated bytes txs`: tag, uvarint length, content (CometBFT `types.ComputeProtoSizeForTxs`). */
function protobufSize(length: number): number {
  let prefix = 1;
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix++;
  return 1 + prefix + length;
}
