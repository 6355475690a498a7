// Adds all events of a long range to a ledger at once, without the headers of their blocks: they are right when they fold to
// values that are proved after the last block. What an audit asks is whether the sum is right; a vote names every block's hash
// and cannot be had this way.

import { isEthereumError } from '../ethereum/errors.ts';
import type { ContractHistory, EthereumView } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import type { LedgerAt } from './fold-ledger.ts';
import { addEvents } from './ledger.ts';

export interface Leap extends LedgerAt {
  /** Of the block after which the ledger stands. */
  readonly hash: Hex;
  /** Blocks with events. */
  readonly blocks: number;
}

/** The ledger after block `to`; undefined where nothing proves it, and the blocks have to be read. */
export async function leapLedger(
  view: Pick<EthereumView, 'header'> & Partial<ContractHistory>,
  start: LedgerAt,
  to: bigint,
  signal?: AbortSignal,
): Promise<Leap | undefined> {
  try {
    const { hash } = await view.header(to, signal);
    const read = await view.eventsSince?.({ number: start.block, commitment: start.ledger }, hash, signal);
    if (!read?.proved) return undefined;
    const blocks = [...read.events].map(({ number, log }) => ({ number, logs: [log] }));
    const ledger = addEvents(start.ledger, blocks);
    return { block: to, hash, ledger, blocks: new Set(blocks.map(({ number }) => number)).size };
  } catch (error) {
    if (isEthereumError(error)) return undefined;
    throw error;
  }
}
