// Polls one endpoint for its head and keeps the header chain. Rules live in `header-chain.ts`; here is the waiting, the
// asking and the telling: one log line per change, never per poll.

import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';
import { droppedBy, reportOf } from './chain-report.ts';
import { EthereumError, isEthereumError } from './errors.ts';
import { asQuantity } from './fields.ts';
import { parseHeaderAnswer, type VerifiedHeader } from './header.ts';
import { type ChainEffect, emptyChain, type HeaderChain, headerAt, stepChain, wanted } from './header-chain.ts';
import type { HeaderReader } from './header-reader.ts';
import { type Rpc, type RpcOutcome, unwrap } from './rpc.ts';
import { isSyncing } from './syncing.ts';

export interface FollowerOptions {
  readonly chainId: bigint;
  /** Headers kept. */
  readonly keep: number;
  readonly pollIntervalMs: number;
  /** A head that stands still for so long is reported once. */
  readonly stallWarningMs: number;
}

export interface FollowerParts {
  readonly rpc: Rpc;
  readonly headers: HeaderReader;
  /** Whether the contract is there at this block; asked again after the chain was replaced. Throws if not. */
  readonly verifyContract: (header: VerifiedHeader, signal?: AbortSignal) => Promise<void>;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * `alive`; `stalled`: answers, but the head stands still; `behind`: names older blocks than before; `syncing`: says that it
 * is still fetching the chain; the last two say why in `error`.
 */
export type FollowerState = 'alive' | 'stalled' | 'behind' | 'syncing' | 'failing' | 'wrong-chain';

export interface FollowerStatus {
  readonly state: FollowerState;
  /** Scheme and host. */
  readonly endpoint: string;
  readonly head: VerifiedHeader | undefined;
  readonly finalized: bigint | undefined;
  /** Milliseconds since the head last changed. */
  readonly headAgeMs: number;
  /** Polls that failed since the last that did not. */
  readonly failures: number;
  /** How long the last good poll took. */
  readonly latencyMs: number | undefined;
  /** Reorgs seen, and the greatest number of blocks dropped by one. */
  readonly reorgs: number;
  readonly deepestReorg: number;
  readonly error: EthereumError | undefined;
}

const MAX_BACKOFF_MS = 30_000;
/** Between two polls, however many heads are announced: whoever announces them must not have us asked to go away. */
export const LEAST_PAUSE_MS = 100;
/** Requests for older headers in one poll: filling the memory must not hold up the head. */
const BACKFILLS_A_POLL = 4;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #parts: FollowerParts;
  #chain: HeaderChain<VerifiedHeader>;
  #finalized: bigint | undefined;
  #replaced = 0;
  #contractSeen = false;
  #headSince: number;
  #failures = 0;
  #error: EthereumError | undefined;
  #ban: EthereumError | undefined;
  #latencyMs: number | undefined;
  #reorgs = 0;
  #deepestReorg = 0;
  #stallReported = false;
  #syncing = false;
  #hinted = false;
  #wake: (() => void) | undefined;
  #waiting = new Set<() => void>();

  constructor(options: FollowerOptions, parts: FollowerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#chain = emptyChain(options.keep);
    this.#headSince = parts.clock.now();
  }

  get chain(): HeaderChain<VerifiedHeader> {
    return this.#chain;
  }

  /** Grows when the chain was replaced without a common ancestor. */
  get replaced(): number {
    return this.#replaced;
  }

  get finalized(): bigint | undefined {
    return this.#finalized;
  }

  /** The error that forbids to believe this endpoint at all, until a poll ends well. */
  get ban(): EthereumError | undefined {
    return this.#ban;
  }

  status(): FollowerStatus {
    const headAgeMs = this.#parts.clock.now() - this.#headSince;
    return {
      state: this.#state(headAgeMs),
      endpoint: this.#parts.rpc.name,
      head: this.#chain.headers.at(-1),
      finalized: this.#finalized,
      headAgeMs,
      failures: this.#failures,
      latencyMs: this.#latencyMs,
      reorgs: this.#reorgs,
      deepestReorg: this.#deepestReorg,
      error: this.#error,
    };
  }

  #state(headAgeMs: number): FollowerState {
    if (this.#ban !== undefined) return 'wrong-chain';
    if (this.#error !== undefined) return 'failing';
    if (this.#syncing) return 'syncing';
    if (this.#chain.behind > 0) return 'behind';
    return headAgeMs >= this.#options.stallWarningMs ? 'stalled' : 'alive';
  }

  /** Polls until the signal is aborted; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const baseDelayMs = this.#options.pollIntervalMs;
    const maxDelayMs = Math.max(baseDelayMs, MAX_BACKOFF_MS);
    while (!signal.aborted) {
      const delayMs =
        this.#failures === 0 ? baseDelayMs : Math.max(baseDelayMs, backoffMs(this.#failures, { baseDelayMs, maxDelayMs }));
      await this.#pause(delayMs, signal);
      if (!signal.aborted) await this.poll(signal).catch(() => {});
    }
  }

  /** There may be a new head: the next poll comes as soon as it may, unless the last ones failed. */
  hint(): void {
    this.#hinted = true;
    if (this.#failures === 0) this.#wake?.();
  }

  /** Waits for the next poll: `delayMs`, or less when a head is announced. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const begunAt = clock.now();
    const over = new AbortController();
    if (!this.#hinted || this.#failures > 0) {
      this.#wake = () => over.abort(new Error('a new head was announced'));
      await clock.sleep(delayMs, AbortSignal.any([signal, over.signal])).catch(() => {});
      this.#wake = undefined;
    }
    const restMs = Math.min(LEAST_PAUSE_MS, delayMs) - Math.max(0, clock.now() - begunAt);
    if (restMs > 0) await clock.sleep(restMs, signal).catch(() => {});
    this.#hinted = false;
  }

  /** Asks for the head once and follows it. Throws what it also puts into the status. */
  async poll(signal?: AbortSignal): Promise<void> {
    const { clock, log, rpc } = this.#parts;
    const startedAt = clock.now();
    try {
      await this.#followHead(signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#failed(asEthereumError(error));
      throw error;
    }
    this.#latencyMs = clock.now() - startedAt;
    if (this.#failures > 0) log.info({ endpoint: rpc.name, failures: this.#failures }, 'reached Ethereum again');
    this.#failures = 0;
    this.#error = undefined;
    this.#ban = undefined;
    this.#reportStall();
  }

  /** Resolves at the next change of the head; rejects when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => () => {
        this.#waiting.delete(onChange);
        signal.removeEventListener('abort', onAbort);
        then();
      };
      const onChange = settle(resolve);
      const onAbort = settle(() => reject(signal.reason));
      if (signal.aborted) return onAbort();
      this.#waiting.add(onChange);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #followHead(signal?: AbortSignal): Promise<void> {
    const { rpc } = this.#parts;
    const byTag = (tag: string) => ({ method: 'eth_getBlockByNumber', params: [tag, false] });
    // Once only: the next poll is the next try, and an endpoint without a finalized block says so in many ways.
    const plain = (method: string) => ({ method, params: [] });
    const calls = [plain('eth_chainId'), byTag('latest'), byTag('finalized'), plain('eth_syncing')];
    type Four = [RpcOutcome, RpcOutcome, RpcOutcome, RpcOutcome];
    const [chainId, latest, finalized, syncing] = (await rpc.batch(calls, signal, 1)) as Four;
    this.#assertChain(asQuantity(unwrap(chainId), 'eth_chainId'));
    this.#syncing = isSyncing(syncing);
    const head = await this.#parts.headers.fromAnswer(unwrap(latest), signal);
    if (!this.#contractSeen) {
      await this.#parts.verifyContract(head, signal);
      this.#contractSeen = true;
    }
    this.#apply(stepChain(this.#chain, { type: 'head', header: head }));
    await this.#fetchWanted(signal);
    this.#finalized = this.#finalizedOf(finalized);
  }

  async #fetchWanted(signal?: AbortSignal): Promise<void> {
    let backfills = 0;
    for (;;) {
      const want = wanted(this.#chain);
      if (want === undefined || (want.for === 'backfill' && backfills++ >= BACKFILLS_A_POLL)) return;
      const { headers } = this.#parts;
      const kept = this.#chain.headers.length;
      const found =
        want.from === want.to ? [await headers.byHash(want.hash, signal)] : await headers.range(want.from, want.to, signal);
      this.#apply(stepChain(this.#chain, { type: 'headers', headers: found }));
      // While the endpoint is behind on another branch, it does not have our older headers.
      if (want.for === 'backfill' && this.#chain.headers.length === kept) return;
    }
  }

  #assertChain(chainId: bigint): void {
    const { chainId: expected } = this.#options;
    if (chainId === expected) return;
    const { name } = this.#parts.rpc;
    const data = { endpoint: name, chain_id: chainId, expected };
    throw new EthereumError('ETH_WRONG_CHAIN', `${name} serves chain ${chainId} instead of ${expected}`, data);
  }

  /** undefined when the endpoint has no such block, or one that is not on the chain it names as its newest. */
  #finalizedOf(outcome: RpcOutcome): bigint | undefined {
    if (outcome.ok && outcome.value === null) return undefined;
    if (!outcome.ok && isEthereumError(outcome.error, 'ETH_REFUSED', 'ETH_BLOCK_UNKNOWN', 'ETH_ENDPOINT_FAILED'))
      return undefined;
    const header = parseHeaderAnswer(unwrap(outcome), {});
    const kept = headerAt(this.#chain, header.number);
    const head = this.#chain.headers.at(-1);
    if (kept !== undefined && kept.hash !== header.hash) return undefined;
    return head !== undefined && header.number > head.number ? undefined : header.number;
  }

  #apply({ chain, effects }: { chain: HeaderChain<VerifiedHeader>; effects: readonly ChainEffect<VerifiedHeader>[] }): void {
    const before = this.#chain.headers.at(-1)?.hash;
    this.#chain = chain;
    for (const effect of effects) {
      this.#note(effect);
      // The tag was of a block that may be gone; what it is now, the end of the poll says.
      if (this.#finalized !== undefined && !survives(this.#finalized, effect)) this.#finalized = undefined;
    }
    if (chain.headers.at(-1)?.hash === before) return;
    this.#headSince = this.#parts.clock.now();
    this.#stallReported = false;
    for (const wake of [...this.#waiting]) wake();
  }

  #note(effect: ChainEffect<VerifiedHeader>): void {
    const { log, rpc } = this.#parts;
    const { level, fields, message } = reportOf(effect);
    log[level]({ endpoint: rpc.name, ...fields }, message);
    const dropped = droppedBy(effect, this.#chain.keep);
    if (dropped > 0) this.#reorgs += 1;
    this.#deepestReorg = Math.max(this.#deepestReorg, dropped);
    if (effect.type !== 'forked-below') return;
    this.#replaced += 1;
    this.#contractSeen = false;
  }

  #failed(error: EthereumError): void {
    const { log, rpc } = this.#parts;
    const code = error.code;
    if (this.#error?.code !== code) log.warn({ endpoint: rpc.name, code }, `failed to follow Ethereum: ${error.message}`);
    this.#failures += 1;
    this.#error = error;
    if (isEthereumError(error, 'ETH_WRONG_CHAIN', 'ETH_NO_CONTRACT', 'ETH_NOT_STAKING_CONTRACT')) this.#ban = error;
  }

  #reportStall(): void {
    const { log, rpc, clock } = this.#parts;
    const ageMs = clock.now() - this.#headSince;
    if (this.#stallReported || ageMs < this.#options.stallWarningMs) return;
    this.#stallReported = true;
    log.warn({ endpoint: rpc.name, eth_block: this.#chain.headers.at(-1)?.number, age_ms: ageMs }, 'saw no new head for long');
  }
}

/** False when the block that was ours at this height may be gone. */
function survives(number: bigint, effect: ChainEffect): boolean {
  if (effect.type === 'reorged') return number <= effect.ancestor.number;
  if (effect.type === 'rolled-back') return number <= effect.head.number;
  return effect.type !== 'jumped' && effect.type !== 'forked-below';
}

/** Errors of any kind as errors of this room: a fault of ours must not stop the polling. */
function asEthereumError(error: unknown): EthereumError {
  if (error instanceof EthereumError) return error;
  return new EthereumError('ETH_ENDPOINT_FAILED', describe(error), {}, { cause: error });
}
