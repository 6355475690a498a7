// One endpoint with everything that reads from it: client, headers, blocks, commitments, a follower of its head, and its
// score. What several of them say together is the pool's business.

import { type Hex, hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { keccakHex } from '../lib/keccak.ts';
import type { Log } from '../lib/log.ts';
import { retry } from '../lib/retry.ts';
import type { Opinion } from './agreement.ts';
import { BlockReader } from './block-reader.ts';
import { CommitmentReader, type ProofMode } from './commitment.ts';
import { type EndpointScore, newScore, rate, type ScoreInput } from './endpoint-score.ts';
import { EthereumError, type EthereumErrorCode, isEthereumError, isRetryable } from './errors.ts';
import { asData, asQuantity } from './fields.ts';
import { Follower } from './follower.ts';
import type { VerifiedHeader } from './header.ts';
import { headerAt } from './header-chain.ts';
import { HeaderReader } from './header-reader.ts';
import { LogRanges } from './log-ranges.ts';
import type { FaultCounts } from './pool-state.ts';
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts';
import type { FoldEvent } from './types.ts';
import { EndpointView } from './view.ts';

/** What all endpoints of one view have in common. */
export interface EndpointOptions extends Omit<RpcOptions, 'clock' | 'url' | 'observe'> {
  readonly contract: Hex;
  readonly fold: FoldEvent;
  readonly finalityThreshold: bigint;
  readonly chainId: bigint;
  readonly pollIntervalMs: number;
  readonly stallWarningMs: number;
  readonly proofs: ProofMode;
  readonly receiptSample: number;
  /** Ask for genesis and code, to compare them with those of other endpoints. */
  readonly identify: boolean;
}

export interface EndpointContext {
  readonly log: Log;
  readonly clock: Clock;
  /** Aborted when the view is closed. */
  readonly closed: AbortSignal;
}

/** Headers kept beyond x. */
const KEPT_BEYOND = 64;
const USABLE = new Set(['alive', 'stalled', 'behind']);

export class Endpoint {
  readonly rpc: Rpc;
  readonly headers: HeaderReader;
  readonly follower: Follower;
  readonly view: EndpointView;
  readonly #options: EndpointOptions;
  readonly #context: EndpointContext;
  readonly #commitments: CommitmentReader;
  #identity: string | undefined;
  #score: EndpointScore = newScore;
  readonly #faults = new Map<EthereumErrorCode, number>();

  constructor(url: string, options: EndpointOptions, context: EndpointContext) {
    const { contract, fold, chainId, pollIntervalMs, stallWarningMs, finalityThreshold, proofs: mode, receiptSample } = options;
    const { log, clock, closed } = context;
    this.#options = options;
    this.#context = context;
    this.rpc = openRpc({
      ...options,
      url,
      clock,
      observe: ({ calls, durationMs, failed }) => {
        if (failed === undefined) this.note({ type: 'answered', calls, durationMs });
        else this.noteFault(failed);
      },
    });
    const { rpc } = this;
    const perSecond = options.requestsPerSecond;
    const headers = new HeaderReader(rpc, clock, perSecond);
    const commitments = new CommitmentReader({ rpc, contract, headers, mode, log });
    const ranges = new LogRanges({ rpc, contract, clock });
    const doubt = (code: EthereumErrorCode) => this.noteFault(code);
    const blocks = new BlockReader({ rpc, contract, fold, headers, commitments, ranges, receiptSample, doubt, log });
    const keep = Number(finalityThreshold) + KEPT_BEYOND;
    const verifyContract = (header: VerifiedHeader, until?: AbortSignal) => this.#verifyContract(header, until);
    this.headers = headers;
    this.#commitments = commitments;
    this.follower = new Follower({ chainId, keep, pollIntervalMs, stallWarningMs }, { rpc, headers, verifyContract, log, clock });
    this.view = new EndpointView({
      follower: this.follower,
      headers,
      blocks,
      commitments,
      forward: { contract, fold, ranges, commitments },
      stakes: { rpc, contract, mode },
      finalityThreshold,
      pollIntervalMs,
      clock,
      doubt,
      closed,
    });
  }

  get score(): EndpointScore {
    return this.#score;
  }

  /** How often it failed, or said what cannot be true, since the start. */
  get faults(): FaultCounts {
    return Object.fromEntries(this.#faults);
  }

  note(input: ScoreInput): void {
    this.#score = rate(this.#score, input);
  }

  /** It failed, or said what cannot be true. */
  noteFault(code: EthereumErrorCode): void {
    this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1);
    const { random = Math.random } = this.#options;
    this.note({ type: 'failed', nowMs: this.#context.clock.now(), random: random() });
  }

  /** What it says of the chain. */
  opinion(): Opinion {
    const { follower } = this;
    return {
      head: follower.chain.headers.at(-1),
      finalized: follower.finalized,
      usable: USABLE.has(follower.status().state),
      identity: this.#identity,
      at: (number) => headerAt(follower.chain, number),
    };
  }

  /** The first look at its head, tried again a few times. Throws the follower's error. */
  async begin(signal?: AbortSignal): Promise<void> {
    const { attempts = 3, retryDelayMs: baseDelayMs = 200 } = this.#options;
    const { clock } = this.#context;
    const tries = { attempts, baseDelayMs, maxDelayMs: 2_000, clock, retryable: isRetryable, ...(signal && { signal }) };
    await retry(() => this.follower.poll(signal), tries);
  }

  /** Throws unless the contract is there at this block and is a MakerStaking. */
  async #verifyContract(header: VerifiedHeader, signal?: AbortSignal): Promise<void> {
    const { contract, identify } = this.#options;
    const code = await this.#code(contract, header, signal);
    await this.#commitments.read(header, signal);
    if (!identify) return;
    const genesis = await this.#genesis(signal);
    this.#identity = genesis === undefined ? undefined : `${genesis} ${keccakHex(hex(code))}`;
  }

  async #code(contract: Hex, { number, hash }: VerifiedHeader, signal?: AbortSignal): Promise<Hex> {
    const { rpc } = this;
    const code = asData(await rpc.call('eth_getCode', [contract, { blockHash: hash }], signal), 'code');
    if (code !== '0x') return code;
    const data = { endpoint: rpc.name, contract, eth_block: number };
    throw new EthereumError('ETH_NO_CONTRACT', `there is no code at ${contract} in block ${number} of ${rpc.name}`, data);
  }

  /** undefined where the oldest blocks are not kept. */
  async #genesis(signal?: AbortSignal): Promise<Hex | undefined> {
    try {
      return (await this.headers.byNumber(0n, signal)).hash;
    } catch (error) {
      if (isEthereumError(error)) return undefined;
      throw error;
    }
  }
}

/** Throws `ETH_WRONG_CHAIN` unless it is the one expected, when one is. */
export async function readChainId(rpc: Rpc, expected: bigint | undefined, signal?: AbortSignal): Promise<bigint> {
  const chainId = asQuantity(await rpc.call('eth_chainId', [], signal), 'eth_chainId');
  if (chainId === (expected ?? chainId)) return chainId;
  const data = { endpoint: rpc.name, chain_id: chainId, expected };
  throw new EthereumError('ETH_WRONG_CHAIN', `${rpc.name} serves chain ${chainId} instead of ${expected}`, data);
}
