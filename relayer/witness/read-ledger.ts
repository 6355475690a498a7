// The ledger after a block, read the shortest way that proves it: a long past at once, by its events and one proof, and block
// by block where that cannot be had.

import type { Check, ContractHistory, EthereumView, VerifiedBlock } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { type FoldOptions, foldLedger, type LedgerAt } from './fold-ledger.ts';
import { leapLedger } from './leap-ledger.ts';

/** How often each check proved a block. */
export type CheckCounts = Readonly<Partial<Record<Check, number>>>;

export interface ReadOptions extends Pick<FoldOptions, 'signal' | 'onProgress'> {
  /** Told of each part that was read: what proved its blocks, the ledger after it, and the hash of the block where it stands. */
  readonly onPart?: (checks: CheckCounts, after: LedgerAt, hash: Hex) => void;
}

/** More blocks than this are not read one by one if their events can be proved all together. */
const LEAP_FROM = 1_024n;

/** The ledger after block `to`. Rejects with the errors of the view. */
export async function readLedger(
  view: Pick<EthereumView, 'blocks' | 'header'> & Partial<ContractHistory>,
  start: LedgerAt,
  to: bigint,
  { signal, onProgress, onPart }: ReadOptions = {},
): Promise<LedgerAt> {
  const total = to - start.block;
  const leap = total > LEAP_FROM ? await leapLedger(view, start, to, signal) : undefined;
  if (leap !== undefined) {
    const { block, hash, ledger, blocks } = leap;
    onPart?.({ logs: blocks, fold: blocks, 'later-proof': blocks }, { block, ledger }, hash);
    onProgress?.(total, total);
    return { block, ledger };
  }
  const ledger = await foldLedger(view, start, to, {
    signal,
    onProgress,
    onRange: (blocks, after) => onPart?.(countChecks(blocks), after, (blocks.at(-1) as VerifiedBlock).header.hash),
  });
  return { block: to, ledger };
}

function countChecks(blocks: readonly { readonly checks: readonly Check[] }[]): CheckCounts {
  const counts: Partial<Record<Check, number>> = {};
  for (const check of blocks.flatMap(({ checks }) => checks)) counts[check] = (counts[check] ?? 0) + 1;
  return counts;
}
