// Reads every event of a range from Ethereum and adds it to a ledger.

import type { EthereumView, VerifiedBlock } from '../ethereum/types.ts';
import { addEvents, type Ledger } from './ledger.ts';

/** A ledger, and the block after which it stands. */
export interface LedgerAt {
  readonly block: bigint;
  readonly ledger: Ledger;
}

export interface FoldOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each range, with the blocks read and those to read in all. */
  readonly onProgress?: ((done: bigint, total: bigint) => void) | undefined;
  /** Given each range as it was read, and the ledger after it. */
  readonly onRange?: (blocks: readonly VerifiedBlock[], after: LedgerAt) => void;
}

/** Blocks of one read. */
const RANGE = 1024n;

/** The ledger after block `to`. Rejects with the errors of the view. */
export async function foldLedger(
  view: Pick<EthereumView, 'blocks'>,
  start: LedgerAt,
  to: bigint,
  { signal, onProgress, onRange }: FoldOptions = {},
): Promise<Ledger> {
  let { ledger } = start;
  for (let from = start.block + 1n; from <= to; from += RANGE) {
    const last = from + RANGE - 1n < to ? from + RANGE - 1n : to;
    const blocks = await view.blocks(from, last, signal, ledger);
    ledger = addEvents(
      ledger,
      blocks.map(({ header, logs }) => ({ number: header.number, logs })),
    );
    onRange?.(blocks, { block: last, ledger });
    onProgress?.(last - start.block, to - start.block);
  }
  return ledger;
}
