// Many blocks with events at once: their logs are folded one after the other, and only the values after the last one need a
// proof. The accumulator is a chain of hashes over block number and event, so what leads to the proved value is right in
// every block on the way. Pure.

import { bare, type VerifiedHeader } from './header.ts';
import type { ContractCommitment, FoldEvent, StakeLog, VerifiedBlock } from './types.ts';

/** A block whose bloom may hold events, with the logs that the endpoint gave for it. */
export interface Suspect {
  readonly header: VerifiedHeader;
  readonly logs: readonly StakeLog[];
}

/** Folds all of them from the values before the first; undefined when a nonce is out of turn. */
export function foldSuspects(
  before: ContractCommitment,
  suspects: readonly Suspect[],
  fold: FoldEvent,
): { readonly blocks: readonly VerifiedBlock[]; readonly end: ContractCommitment } | undefined {
  let end = before;
  const blocks: VerifiedBlock[] = [];
  for (const { header, logs } of suspects) {
    for (const log of logs) {
      if (log.nonce !== end.nonce + 1n) return undefined;
      end = fold(end, header.number, log);
    }
    if (logs.length === 0) blocks.push({ header: bare(header), logs, checks: ['header-hash', 'bloom', 'later-proof'] });
    else blocks.push({ header: bare(header), logs, after: end, checks: ['header-hash', 'bloom', 'logs', 'fold', 'later-proof'] });
  }
  return { blocks, end };
}
