// A ledger of stakes, and what a second look at it may find: the fold of every event from the start, the contract's own books,
// the peg's. Pure.

import type { StakeLog } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { foldEvent } from '../peg/fold.ts';
import type { Commitment } from '../peg/types.ts';

/** Stakes after some block, with the contract's commitment there. Entries are never zero; amounts are in base units. */
export interface Ledger extends Commitment {
  readonly balances: ReadonlyMap<Hex, bigint>;
}

/** Something that two ledgers do not agree on. Numbers are decimal text. */
export interface Difference {
  readonly of: 'block hash' | 'nonce' | 'accumulator' | 'balance';
  /** Whose balance. */
  readonly staker?: Hex;
  readonly peg: string;
  /** What stands against it. */
  readonly other: string;
  readonly source: 'events' | 'contract' | 'chain';
}

/** What happened in one block, in log order. */
export interface BlockEvents {
  readonly number: bigint;
  readonly logs: readonly Pick<StakeLog, 'kind' | 'staker' | 'amount'>[];
}

/** Adds the events of blocks in their order. Balances may go below zero here: whoever compares will find it. */
export function addEvents(ledger: Ledger, blocks: Iterable<BlockEvents>): Ledger {
  const balances = new Map(ledger.balances);
  let commitment: Commitment = ledger;
  for (const { number, logs } of blocks)
    for (const log of logs) {
      commitment = foldEvent(commitment, number, log);
      const balance = (balances.get(log.staker) ?? 0n) + (log.kind === 'add' ? log.amount : -log.amount);
      if (balance === 0n) balances.delete(log.staker);
      else balances.set(log.staker, balance);
    }
  return { nonce: commitment.nonce, accumulator: commitment.accumulator, balances };
}

/** Everything in which the peg's ledger is not the other one, stakers in order of address. */
export function compareLedgers(peg: Ledger, other: Ledger, source: Difference['source']): readonly Difference[] {
  const differences: Difference[] = [];
  if (peg.nonce !== other.nonce)
    differences.push({ of: 'nonce', peg: peg.nonce.toString(), other: other.nonce.toString(), source });
  if (peg.accumulator !== other.accumulator)
    differences.push({ of: 'accumulator', peg: peg.accumulator, other: other.accumulator, source });
  for (const staker of [...new Set([...peg.balances.keys(), ...other.balances.keys()])].sort()) {
    const [ours, theirs] = [peg.balances.get(staker) ?? 0n, other.balances.get(staker) ?? 0n];
    if (ours !== theirs) differences.push({ of: 'balance', staker, peg: ours.toString(), other: theirs.toString(), source });
  }
  return differences;
}

/** Differences told one by one; a ledger may differ in every balance. */
const MOST_TOLD = 16;

/** For people, a line each; the last one says how many more there are. */
export function describeDifferences(differences: readonly Difference[]): readonly string[] {
  const told = differences.slice(0, MOST_TOLD).map(describeDifference);
  const left = differences.length - told.length;
  return left === 0 ? told : [...told, `${left} more differences`];
}

function describeDifference({ of, staker, peg, other, source }: Difference): string {
  const where = { events: 'the events add up to', contract: 'the contract says', chain: 'Ethereum has' }[source];
  return `${of}${staker === undefined ? '' : ` of ${staker}`}: the peg has ${peg}, ${where} ${other}`;
}
