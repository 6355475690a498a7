// Pages of the tables that grow with the number of stakers: `/balances?after=<address>&limit=<n>` and the same of `/limits`.
// A page costs what it holds, wherever it begins.

import type { Hex } from '../lib/bytes.ts';
import type { Table } from './records.ts';
import { balanceTable, limitTable } from './tables.ts';
import type { Limit, StateReader } from './types.ts';
import { type Json, limitView, usageView } from './views.ts';

/** Most entries of a page, and how many it has when nothing is asked. */
export const MOST_ENTRIES = 1_000;
export const DEFAULT_ENTRIES = 100;

export interface PageRequest {
  /** The last key of the page before. */
  readonly after: Hex | undefined;
  /** 1 … MOST_ENTRIES. */
  readonly limit: number;
}

/** The request of a path's text after `?`; undefined when it is not `after=<address>`, `limit=<n>`, or both in this order. */
export function parsePage(text: string): PageRequest | undefined {
  const match = /^(?:after=(0x[0-9a-fA-F]{40}))?(?:(?:^|(?<=.)&)limit=([1-9][0-9]{0,3}))?$/.exec(text);
  if (match === null) return undefined;
  const limit = match[2] === undefined ? DEFAULT_ENTRIES : Number(match[2]);
  return limit > MOST_ENTRIES ? undefined : { after: match[1]?.toLowerCase() as Hex | undefined, limit };
}

/** `{balances: {"<staker>": amount}, next}`; `next` is the key to go on after, null on the last page. */
export function balancesPage(state: StateReader, page: PageRequest): Json {
  const { entries, next } = cut(state, balanceTable, page, (balance) => balance.toString());
  return { balances: entries, next };
}

/** `{limits: {"<staker>": {orderLimit, streamLimit, usage}}, next}` */
export function limitsPage(state: StateReader, page: PageRequest): Json {
  const view = (limit: Limit, staker: Hex) => ({ ...limitView(limit), usage: usageView(state, staker) });
  const { entries, next } = cut(state, limitTable, page, view);
  return { limits: entries, next };
}

function cut<T>(state: StateReader, table: Table<Hex, T>, { after, limit }: PageRequest, view: (value: T, key: Hex) => Json) {
  const entries: [Hex, Json][] = [];
  for (const [key, value] of table.entriesAfter(state, after)) {
    if (entries.length === limit) return { entries: Object.fromEntries(entries), next: entries.at(-1)?.[0] ?? null };
    entries.push([key, view(value, key)]);
  }
  return { entries: Object.fromEntries(entries), next: null };
}
