// The header chain: which blocks are canonical at the moment, as a reducer without I/O. A head that the endpoint names is
// one of four cases: known, next, gap (headers between are missing) or fork (walk back by parent hash to the common
// ancestor, drop what is above it, take the new branch at once). A gap and a fork differ only in where the walk ends, so
// both are one `branch` that grows downwards until it meets the chain.
//
// It keeps the newest `keep` headers. Where memory ends, two more cases have their own name: `jumped` (more was missed
// than is kept) and `forked-below` (the common ancestor, if there is one, is older than all that is kept).

import type { Hex } from '../lib/bytes.ts';
import type { Header } from './types.ts';

export interface HeaderChain<H extends Header = Header> {
  /** Most headers kept. */
  readonly keep: number;
  /** Ascending, each the parent of the next; the last is the head. */
  readonly headers: readonly H[];
  /** A new head with those of its ancestors that are known so far, ascending; not linked to `headers` yet. */
  readonly branch: readonly H[];
  /** How many times in a row the endpoint named an older block than our head. */
  readonly behind: number;
}

export type ChainInput<H extends Header = Header> =
  /** What the endpoint says is its newest block. */
  | { readonly type: 'head'; readonly header: H }
  /** The answer to what `wanted` asked for, ascending. */
  | { readonly type: 'headers'; readonly headers: readonly H[] };

/** What happened to the chain. */
export type ChainEffect<H extends Header = Header> =
  /** `added` headers on top of the old head. */
  | { readonly type: 'advanced'; readonly head: H; readonly added: number }
  /** `dropped` (ascending) gave way to `added` headers on top of `ancestor`. */
  | { readonly type: 'reorged'; readonly head: H; readonly ancestor: H; readonly dropped: readonly H[]; readonly added: number }
  /** The new head is further up than is kept: nothing links it to the old one. */
  | { readonly type: 'jumped'; readonly head: H; readonly from: H }
  /** The new branch does not meet the chain down to its `lowest` header: a reorg deeper than memory, or another chain. */
  | { readonly type: 'forked-below'; readonly head: H; readonly lowest: H }
  /** The endpoint names an older block than our head. Heads are monotonic: nothing changes yet. */
  | { readonly type: 'behind'; readonly head: H; readonly named: H; readonly times: number }
  /** It did so too often to be a lagging backend: the chain was taken back. */
  | { readonly type: 'rolled-back'; readonly head: H; readonly dropped: readonly H[] }
  /** The headers given are not the branch's ancestors: the chain moved meanwhile. The next head starts anew. */
  | { readonly type: 'abandoned'; readonly head: H };

/** Headers from..to, of which `to` has this hash. */
export interface WantedHeaders {
  readonly from: bigint;
  readonly to: bigint;
  readonly hash: Hex;
  /** `branch`: the new head is not linked before they are there. `backfill`: merely to fill the memory. */
  readonly for: 'branch' | 'backfill';
}

export interface ChainStep<H extends Header = Header> {
  readonly chain: HeaderChain<H>;
  readonly effects: readonly ChainEffect<H>[];
}

/** Headers asked for at once. */
export const WANT_AT_ONCE = 64n;

/** So many answers in a row that name an older block are a rolled-back chain. */
export const PATIENCE = 8;

/** A chain that keeps at most `keep` headers (at least 2). */
export function emptyChain<H extends Header>(keep: number): HeaderChain<H> {
  return { keep: Math.max(2, keep), headers: [], branch: [], behind: 0 };
}

/** The header at a height, if it is kept. */
export function headerAt<H extends Header>({ headers }: HeaderChain<H>, number: bigint): H | undefined {
  const lowest = headers[0];
  return lowest === undefined || number < lowest.number ? undefined : headers[Number(number - lowest.number)];
}

/** Takes one input. Cost: O(keep) for a copy; the branch never holds more than 2 · keep + 64 headers. */
export function stepChain<H extends Header>(chain: HeaderChain<H>, input: ChainInput<H>): ChainStep<H> {
  if (input.type === 'head') return takeHead({ ...chain, branch: [] }, input.header);
  return chain.branch.length > 0 ? extendBranch(chain, input.headers) : backfill(chain, input.headers);
}

/** What to fetch next: the missing ancestors of a branch, else older headers up to `keep`. */
export function wanted<H extends Header>({ keep, headers, branch }: HeaderChain<H>): WantedHeaders | undefined {
  const [lowest, head, bottom] = [headers[0], headers.at(-1), branch[0]];
  if (lowest === undefined || head === undefined) return undefined;
  if (bottom !== undefined) {
    const to = bottom.number - 1n;
    const least = to > head.number ? head.number + 1n : lowest.number;
    // Most forks are shallow: the walk below our head takes one, two, four … headers at a time.
    const below = branch.filter(({ number }) => number <= head.number).length;
    const size = to > head.number ? WANT_AT_ONCE : min(WANT_AT_ONCE, BigInt(1 + below));
    return { from: max(least, to - size + 1n), to, hash: bottom.parentHash, for: 'branch' };
  }
  const missing = BigInt(keep - headers.length);
  if (missing <= 0n || lowest.number === 0n) return undefined;
  const to = lowest.number - 1n;
  return { from: max(0n, to - min(missing, WANT_AT_ONCE) + 1n), to, hash: lowest.parentHash, for: 'backfill' };
}

function takeHead<H extends Header>(chain: HeaderChain<H>, header: H): ChainStep<H> {
  const { headers } = chain;
  const [lowest, head] = [headers[0], headers.at(-1)];
  if (lowest === undefined || head === undefined) return replace(chain, [header], { type: 'advanced', head: header, added: 1 });
  if (header.hash === head.hash) return { chain: { ...chain, behind: 0 }, effects: [] };
  const known = headerAt(chain, header.number)?.hash === header.hash;
  if (known || header.number < lowest.number) return takeOlder(chain, header, head, lowest, known);
  return connect({ ...chain, branch: [header], behind: 0 });
}

function takeOlder<H extends Header>(chain: HeaderChain<H>, named: H, head: H, lowest: H, known: boolean): ChainStep<H> {
  const times = chain.behind + 1;
  if (times < PATIENCE) return { chain: { ...chain, behind: times }, effects: [{ type: 'behind', head, named, times }] };
  if (!known) return replace(chain, [named], { type: 'forked-below', head: named, lowest });
  const length = Number(named.number - lowest.number) + 1;
  const dropped = chain.headers.slice(length);
  return replace(chain, chain.headers.slice(0, length), { type: 'rolled-back', head: named, dropped });
}

/** Puts the branch on the chain where it meets it, or replaces the chain where it cannot meet it any more. */
function connect<H extends Header>(chain: HeaderChain<H>): ChainStep<H> {
  const { headers, keep } = chain;
  // A walk in steps of several headers may pass the common ancestor.
  const shared = chain.branch.findLastIndex(({ number, hash }) => headerAt(chain, number)?.hash === hash);
  const branch = chain.branch.slice(shared + 1);
  const [lowest, top] = [headers[0] as H, headers.at(-1) as H];
  const [bottom, head] = [branch[0] as H, branch.at(-1) as H];
  const ancestor = headerAt(chain, bottom.number - 1n);
  if (ancestor?.hash === bottom.parentHash) {
    const length = Number(ancestor.number - lowest.number) + 1;
    const dropped = headers.slice(length);
    const added = branch.length;
    const grown = [...headers.slice(0, length), ...branch];
    if (dropped.length === 0) return replace(chain, grown, { type: 'advanced', head, added });
    return replace(chain, grown, { type: 'reorged', head, ancestor, dropped, added });
  }
  if (bottom.number <= lowest.number) return replace(chain, branch, { type: 'forked-below', head, lowest });
  if (branch.length >= keep && bottom.number > top.number + 1n)
    return replace(chain, branch, { type: 'jumped', head, from: top });
  return { chain, effects: [] };
}

function extendBranch<H extends Header>(chain: HeaderChain<H>, more: readonly H[]): ChainStep<H> {
  const { branch } = chain;
  const ancestors = linkedTo(branch[0] as H, more);
  if (ancestors.length > 0) return connect({ ...chain, branch: [...ancestors, ...branch] });
  return { chain: { ...chain, branch: [] }, effects: [{ type: 'abandoned', head: branch.at(-1) as H }] };
}

function backfill<H extends Header>(chain: HeaderChain<H>, more: readonly H[]): ChainStep<H> {
  const { headers, keep } = chain;
  const lowest = headers[0];
  if (lowest === undefined) return { chain, effects: [] };
  return { chain: { ...chain, headers: [...linkedTo(lowest, more), ...headers].slice(-keep) }, effects: [] };
}

/** The end of `more` that is linked up to `child` by parent hashes. */
function linkedTo<H extends Header>(child: H, more: readonly H[]): readonly H[] {
  let first = more.length;
  for (let next = child; first > 0; first--) {
    const parent = more[first - 1] as H;
    if (parent.hash !== next.parentHash || parent.number !== next.number - 1n) break;
    next = parent;
  }
  return more.slice(first);
}

function replace<H extends Header>({ keep }: HeaderChain<H>, headers: readonly H[], effect: ChainEffect<H>): ChainStep<H> {
  return { chain: { keep, headers: headers.slice(-keep), branch: [], behind: 0 }, effects: [effect] };
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);
