// The balances that corrections change. A motion names them by the digests of lists; the lists come one by one, in any order,
// and each is the only one with its digest. Motions that name the same list share it.

import type { Hex } from '../lib/bytes.ts';
import { decodeBalances, encodeBalances } from './ledger.ts';
import { HASH_KEY, Table } from './records.ts';
import type { Balances, Motion, StateReader } from './types.ts';

/** The lists on record, by their digest. */
export const listTable = new Table<Hex, Balances>('q', HASH_KEY, encodeBalances, decodeBalances);

/** Digests of the lists that a motion names. */
export function listsOf({ changes }: Motion): readonly Hex[] {
  return changes.flatMap((change) => (change.type === 'correction' ? change.balances : []));
}

/** Those of them that are not on record. */
export function missingLists(state: StateReader, motion: Motion): readonly Hex[] {
  return listsOf(motion).filter((digest) => !listTable.has(state, digest));
}
