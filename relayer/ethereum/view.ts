// The EthereumView of one endpoint: answers from the header chain where it can, from the endpoint where it must, and never
// mixes two branches in one answer.

import type { Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { BlockReader } from './block-reader.ts';
import type { CommitmentReader } from './commitment.ts';
import { EthereumError, type EthereumErrorCode, isEthereumError, isUntrue } from './errors.ts';
import type { Follower } from './follower.ts';
import { eventsBetween, type ForwardProofParts } from './forward-proof.ts';
import { assertLinked, bare, type VerifiedHeader } from './header.ts';
import { headerAt } from './header-chain.ts';
import type { HeaderReader } from './header-reader.ts';
import { readStakes, type StakeSource } from './stake-reader.ts';
import type {
  CommitmentClaim,
  ContractBooks,
  ContractCommitment,
  ContractHistory,
  ContractStakes,
  EthereumView,
  EventsBetween,
  Header,
  VerifiedBlock,
} from './types.ts';

/** Most blocks of one call. */
export const MAX_RANGE = 1024n;

export interface ViewParts {
  readonly follower: Follower;
  readonly headers: HeaderReader;
  readonly blocks: BlockReader;
  readonly commitments: CommitmentReader;
  readonly forward: ForwardProofParts;
  readonly stakes: StakeSource;
  readonly finalityThreshold: bigint;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  /** Told what was untrue in what the endpoint said. */
  readonly doubt: (code: EthereumErrorCode) => void;
  /** Aborted when the view is closed; every call ends with it. */
  readonly closed: AbortSignal;
}

export class EndpointView implements EthereumView, ContractBooks, ContractHistory {
  readonly #parts: ViewParts;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  head(): Header | undefined {
    const head = this.#parts.follower.chain.headers.at(-1);
    return head && bare(head);
  }

  finalized(): bigint | undefined {
    return this.#parts.follower.finalized;
  }

  async header(number: bigint, signal?: AbortSignal): Promise<Header> {
    const until = this.#until(signal);
    const { follower, headers } = this.#parts;
    this.#assertRange(number, number);
    return bare(headerAt(follower.chain, number) ?? (await this.#believed(headers.byNumber(number, until))));
  }

  async blocks(from: bigint, to: bigint, signal?: AbortSignal, before?: ContractCommitment): Promise<readonly VerifiedBlock[]> {
    const until = this.#until(signal);
    const { follower, blocks } = this.#parts;
    this.#assertRange(from, to);
    const { replaced } = follower;
    const headers = await this.#believed(this.#branch(from, to, until));
    const buried = to + this.#parts.finalityThreshold <= (this.head()?.number ?? 0n);
    const read = await this.#believed(blocks.read(headers, { buried, before, signal: until }));
    const last = headers.at(-1) as VerifiedHeader;
    const now = headerAt(follower.chain, to);
    if (follower.replaced === replaced && (now === undefined ? to < this.#lowest() : now.hash === last.hash)) return read;
    throw new EthereumError('ETH_REORGED', `block ${to} (${last.hash}) was dropped while blocks ${from} to ${to} were read`, {
      eth_block: to,
      hash: last.hash,
    });
  }

  async commitment(blockHash: Hex, signal?: AbortSignal, claim?: CommitmentClaim): Promise<ContractCommitment> {
    return (await this.checkedCommitment(blockHash, signal, claim)).commitment;
  }

  /** `proved`: by a proof against a state root, not by the endpoint's word. */
  async checkedCommitment(
    blockHash: Hex,
    signal?: AbortSignal,
    claim?: CommitmentClaim,
  ): Promise<{ readonly commitment: ContractCommitment; readonly proved: boolean }> {
    const until = this.#until(signal);
    const { commitments, forward } = this.#parts;
    const header = await this.#known(blockHash, until);
    try {
      const { commitment, check } = await this.#believed(commitments.read(header, until));
      return { commitment, proved: check === 'storage-proof' };
    } catch (error) {
      const buried = this.#newestBuried();
      if (!isEthereumError(error, 'ETH_STATE_UNAVAILABLE') || claim === undefined || buried === undefined) throw error;
      if (claim.number !== header.number || buried.number <= header.number) throw error;
      const { proved } = await this.#believed(eventsBetween(forward, claim, buried, until));
      return { commitment: claim.commitment, proved };
    }
  }

  async stakes(blockHash: Hex, stakers: readonly Hex[], signal?: AbortSignal): Promise<ContractStakes> {
    const until = this.#until(signal);
    const header = await this.#known(blockHash, until);
    const at = header.hollow ? await this.#parts.headers.sameState(header, until) : header;
    return this.#believed(readStakes(this.#parts.stakes, at, stakers, until));
  }

  async eventsSince(since: CommitmentClaim, blockHash: Hex, signal?: AbortSignal): Promise<EventsBetween> {
    const until = this.#until(signal);
    return this.#believed(eventsBetween(this.#parts.forward, since, await this.#known(blockHash, until), until));
  }

  async #known(blockHash: Hex, signal: AbortSignal): Promise<VerifiedHeader> {
    const { follower, headers } = this.#parts;
    return follower.chain.headers.find(({ hash }) => hash === blockHash) ?? headers.byHash(blockHash, signal);
  }

  /** The newest block that is x below the head; its state is there wherever any is. */
  #newestBuried(): VerifiedHeader | undefined {
    const { follower, finalityThreshold } = this.#parts;
    const head = follower.chain.headers.at(-1);
    return head && headerAt(follower.chain, head.number - finalityThreshold);
  }

  async nextHead(seen: Hex | undefined, signal?: AbortSignal): Promise<void> {
    const until = this.#until(signal);
    if (this.head()?.hash !== seen) return;
    const { follower, pollIntervalMs, clock } = this.#parts;
    const settled = new AbortController();
    const either = AbortSignal.any([settled.signal, until]);
    try {
      await Promise.race([follower.changed(either), clock.sleep(pollIntervalMs, either)]);
    } finally {
      settled.abort();
    }
  }

  /** Headers from..to, linked to each other and to the header chain where they reach it. */
  async #branch(from: bigint, to: bigint, signal: AbortSignal): Promise<readonly VerifiedHeader[]> {
    const { follower, headers } = this.#parts;
    const kept = follower.chain.headers;
    const lowest = this.#lowest();
    const below = from < lowest ? await headers.range(from, to < lowest ? to : lowest - 1n, signal) : [];
    const above = kept.filter(({ number }) => number >= from && number <= to);
    const all = [...below, ...above];
    for (let i = 1; i < all.length; i++) assertLinked(all[i - 1] as VerifiedHeader, all[i] as VerifiedHeader);
    if (to === lowest - 1n) assertLinked(all.at(-1) as VerifiedHeader, kept[0] as VerifiedHeader);
    return all;
  }

  #lowest(): bigint {
    return this.#parts.follower.chain.headers[0]?.number ?? 0n;
  }

  #assertRange(from: bigint, to: bigint): void {
    const data = { from, to };
    if (from < 0n || to < from || to - from >= MAX_RANGE)
      throw new EthereumError('ETH_BAD_RANGE', `blocks ${from} to ${to} are not a range of 1 to ${MAX_RANGE} blocks`, data);
    const head = this.head();
    if (head === undefined || to > head.number)
      throw new EthereumError('ETH_BLOCK_UNKNOWN', `block ${to} is above the head (${head?.number ?? 'none yet'})`, {
        ...data,
        eth_block: to,
      });
  }

  /** The outcome of reading; an untruth that it ends with is noted. */
  async #believed<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (isUntrue(error)) this.#parts.doubt(error.code);
      throw error;
    }
  }

  /** The caller's signal and the view's own as one. Throws when either is aborted, or when the endpoint must not be believed. */
  #until(signal: AbortSignal | undefined): AbortSignal {
    const { closed, follower } = this.#parts;
    signal?.throwIfAborted();
    closed.throwIfAborted();
    if (follower.ban !== undefined) throw follower.ban;
    return signal === undefined ? closed : AbortSignal.any([signal, closed]);
  }
}
