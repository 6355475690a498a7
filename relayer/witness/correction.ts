// What a breach is mended with: how the contract's ledger differs from the peg's, in lists that each fit one transaction. Every
// operator works it out alone, so where a list ends must follow from the balances. Pure.

import type { Hex } from '../lib/bytes.ts';
import { balancesDigest } from '../peg/ledger.ts';
import type { Balances, Correction } from '../peg/types.ts';
import type { Ledger } from './ledger.ts';

/**
 * Balances of one list, all but the last. They surely fit one transaction of 262,144 bytes: at most 55 bytes each (address 21,
 * balance 33, list header 1), and the other fields with the signature stay below 100.
 */
export const BALANCES_A_LIST = 4_500;

export interface WorkedOutCorrection {
  readonly correction: Correction;
  /** What the correction names, in the same order. */
  readonly lists: readonly Balances[];
}

/** The correction that makes the peg's ledger the contract's at block `height` with `hash`. */
export function correctionOf(
  peg: Pick<Ledger, 'balances'>,
  contract: Ledger,
  height: bigint,
  hash: Hex,
  size = BALANCES_A_LIST,
): WorkedOutCorrection {
  const stakers = [...new Set([...peg.balances.keys(), ...contract.balances.keys()])].sort();
  const changed = stakers.flatMap((staker) => {
    const balance = contract.balances.get(staker) ?? 0n;
    return (peg.balances.get(staker) ?? 0n) === balance ? [] : [[staker, balance] as const];
  });
  const lists: Balances[] = [];
  for (let start = 0; start < changed.length; start += size) lists.push(changed.slice(start, start + size));
  const ledger = balancesDigest([...contract.balances].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { nonce, accumulator } = contract;
  const balances = lists.map(balancesDigest);
  return { correction: { type: 'correction', height, hash, nonce, accumulator, ledger, balances }, lists };
}
