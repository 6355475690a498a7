// Reads from Ethereum what the planner needs and nothing else. It remembers the window of the last step, so that a step
// costs one header while nothing moved; the memory is a cache only and is rebuilt from the chain after a restart.

import { type EthereumError, type EthereumErrorCode, isEthereumError } from '../ethereum/errors.ts';
import { type FinalityRule, matureHead } from '../ethereum/finality.ts';
import type { EthereumView, Header } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import type { Commitment } from '../peg/types.ts';
import { blockAt, type ChainBlock, type ChainWindow, cutAfter, extend, rebase, tip } from './chain-window.ts';
import { type Silence, silence } from './silence.ts';

/** Blocks asked for at once. */
const READ_CHUNK = 256n;

/** Errors that lie in one block: those below it can be read all the same. */
const ONE_BLOCKS_FAULT: readonly EthereumErrorCode[] = [
  'ETH_FOLD_MISMATCH',
  'ETH_RECEIPTS_ROOT',
  'ETH_PROOF_INVALID',
  'ETH_STATE_UNAVAILABLE',
  'ETH_MISMATCH',
  'ETH_TOO_LARGE',
];

/** What the planner sees of Ethereum. */
export interface ChainView {
  readonly head: Header;
  readonly finalized: bigint | undefined;
  /** Newest block that may be voted for. */
  readonly matureHead: bigint | undefined;
  /** The peg's mature block on this chain; the commitment is there when the hash is the peg's. */
  readonly base?: { readonly hash: Hex; readonly commitment: Commitment | undefined };
  /** base + 1 … of one branch, all mature. */
  readonly blocks: readonly ChainBlock[];
  /** Headers of blocks that are not mature (any more) although a vote stands there. */
  readonly above: readonly Header[];
  /** Why `blocks` ends before the mature head. */
  readonly stop?: Silence;
}

export interface ChainRequest {
  /** The peg's mature block (or S) and its hash there. */
  readonly base: bigint;
  readonly hash: Hex;
  /** What the peg holds for the contract's values there: confirmed by what came later where their state is gone. */
  readonly commitment: Commitment;
  /** x. */
  readonly finalityThreshold: bigint;
  /** The last block that is of use now. */
  readonly to: bigint;
  /** The own `witnessedTo` on the peg. */
  readonly witnessedTo: bigint;
}

export class ChainReader {
  readonly #ethereum: EthereumView;
  readonly #rule: FinalityRule;
  #window: ChainWindow | undefined;

  constructor(ethereum: EthereumView, rule: FinalityRule) {
    this.#ethereum = ethereum;
    this.#rule = rule;
  }

  /** undefined before a head is known. Errors are those of the Ethereum view. */
  async read(request: ChainRequest, signal?: AbortSignal): Promise<ChainView | undefined> {
    const first = this.#ethereum.head();
    if (first === undefined) return undefined;
    const { base, hash, finalityThreshold } = request;
    if (first.number < base) return this.#view(first, finalityThreshold);
    const header = await this.#ethereum.header(base, signal);
    // The head is taken again after the header was read: what lies x below must lie there now, not a moment ago.
    const head = lower(first, this.#ethereum.head() ?? first);
    const view = this.#view(head, finalityThreshold);
    if (header.hash !== hash || head.number < base + finalityThreshold)
      return { ...view, base: { hash: header.hash, commitment: undefined } };
    const window = await this.#follow(request, head, signal);
    const { window: extended, stop } = await this.#extend(window, lastUseful(request, view), signal);
    this.#window = extended;
    // And again after the blocks were read, for they may be those of a branch that has just come up with a lower head.
    const settled = this.#view(lower(head, this.#ethereum.head() ?? head), finalityThreshold);
    const to = lastUseful(request, settled);
    const blocks = cutAfter(extended, to).blocks;
    const above = await this.#above(request, settled.head, to, signal);
    return { ...settled, base: { hash, commitment: window.commitment }, blocks, above, ...(stop === undefined ? {} : { stop }) };
  }

  #view(head: Header, finalityThreshold: bigint): ChainView {
    const finalized = this.#ethereum.finalized();
    return { head, finalized, matureHead: matureHead(head, finalized, finalityThreshold, this.#rule), blocks: [], above: [] };
  }

  /** The remembered window from the peg's mature block on, without what a reorg has dropped. */
  async #follow({ base, hash, commitment }: ChainRequest, head: Header, signal?: AbortSignal): Promise<ChainWindow> {
    const known = this.#window && rebase(this.#window, base, hash);
    if (known === undefined) {
      const own = await this.#ethereum.commitment(hash, signal, { number: base, commitment });
      return { base, hash, commitment: own, blocks: [] };
    }
    const shared = cutAfter(known, head.number);
    const canonical = async (number: bigint) => {
      if (number === base) return true;
      return (await this.#ethereum.header(number, signal)).hash === blockAt(shared, number)?.content.hash;
    };
    let good = base;
    let bad = tip(shared).number + 1n;
    if (await canonical(bad - 1n)) return shared;
    while (bad - good > 1n) {
      const middle = (good + bad) / 2n;
      if (await canonical(middle)) good = middle;
      else bad = middle;
    }
    return cutAfter(shared, good);
  }

  /** Reads on in large pieces; where one holds a block that cannot be verified, in smaller ones up to that block. */
  async #extend(window: ChainWindow, to: bigint, signal?: AbortSignal): Promise<{ window: ChainWindow; stop?: Silence }> {
    let grown = window;
    let chunk = READ_CHUNK;
    for (let from = tip(grown).number + 1n; from <= to; from = tip(grown).number + 1n) {
      const last = least(to, from + chunk - 1n);
      const before = tip(grown).commitment;
      try {
        const result = extend(grown, await this.#ethereum.blocks(from, last, signal, before));
        grown = result.window;
        if (result.stop !== undefined) return { window: grown, stop: result.stop };
      } catch (error) {
        if (!isEthereumError(error, ...ONE_BLOCKS_FAULT)) throw error;
        if (from === last) return { window: grown, stop: unverified(from, error) };
        chunk = (last - from + 1n) / 2n;
      }
    }
    return { window: grown };
  }

  async #above({ witnessedTo }: ChainRequest, head: Header, to: bigint, signal?: AbortSignal): Promise<readonly Header[]> {
    const headers: Header[] = [];
    for (let n = to + 1n; n <= least(witnessedTo, head.number); n++) headers.push(await this.#ethereum.header(n, signal));
    return headers;
  }
}

/** The finalized tag may lie below what is final on the peg already: there is nothing to read, and nothing to withdraw then. */
function lastUseful({ base, to }: ChainRequest, { matureHead }: ChainView): bigint {
  return greatest(base, least(to, matureHead ?? base));
}

function unverified(block: bigint, error: EthereumError): Silence {
  const message = `block ${block} could not be verified: ${describe(error)}`;
  return silence('BLOCK_UNVERIFIED', message, { ...error.data, eth_block: block, error: error.code });
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const greatest = (a: bigint, b: bigint) => (a > b ? a : b);
const lower = (a: Header, b: Header) => (b.number < a.number ? b : a);
