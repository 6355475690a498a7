// One endpoint's JSON-RPC: posts, retries with back-off, batches. Whoever reads Ethereum takes the `Rpc` interface, so
// that a pool of endpoints can stand in for one.

import { type Clock, systemClock } from '../lib/clock.ts';
import { backoffMs } from '../lib/retry.ts';
import { EthereumError, type EthereumErrorCode, isAnswer, isEthereumError, isRetryable } from './errors.ts';
import type { Json } from './fields.ts';
import { type HttpTarget, parseTarget, post } from './http-post.ts';
import { decodeAnswer, decodeBatch, encodeRequest, type RpcCall, type RpcOutcome } from './json-rpc.ts';
import { fullBucket, returnTokens, type TokenBucket, takeTokens } from './token-bucket.ts';

export type { RpcCall, RpcOutcome };

export interface Rpc {
  /** Scheme and host of the endpoint, for messages. */
  readonly name: string;
  /** The result of one call, `null` included; throws an EthereumError after the last retry. */
  call(method: string, params?: readonly Json[], signal?: AbortSignal): Promise<Json>;
  /** Outcomes in the order of the calls; throws only the signal's reason. `attempts` replaces the endpoint's own number of tries. */
  batch(calls: readonly RpcCall[], signal?: AbortSignal, attempts?: number): Promise<readonly RpcOutcome[]>;
}

export interface RpcOptions {
  readonly url: string;
  /** Deadline of one post, to the last byte. Default 10,000. */
  readonly timeoutMs?: number;
  /** Largest answer to anything. Default 32 MiB; what does not grow with a block's transactions or events gets less. */
  readonly maxBodyBytes?: number;
  /** Tries in all. Default 3. */
  readonly attempts?: number;
  /** First delay between tries; doubles up to 5 s. Default 200. */
  readonly retryDelayMs?: number;
  readonly clock?: Clock;
  /** In [0, 1): spreads the delays. Default: Math.random. */
  readonly random?: () => number;
  /** Calls a second that may be sent, each of a batch counted; default: as many as are asked for. */
  readonly requestsPerSecond?: number;
  /** Told of everything that was sent, once it is answered or has failed; not of what the caller gave up. */
  readonly observe?: (sample: RpcSample) => void;
}

/** What one post (or the single posts of a batch that the endpoint does not take) came to. */
export interface RpcSample {
  readonly calls: number;
  readonly durationMs: number;
  /** Not one call got an answer that says something about the chain: what became of the first. */
  readonly failed?: EthereumErrorCode | undefined;
}

/** Calls under way at once when an endpoint takes no batches. */
const SINGLES_AT_ONCE = 8;
/** So long an endpoint that refused a batch is asked one by one: a failure of the moment may look like a refusal. */
const SINGLES_FOR_MS = 60_000;
const MAX_DELAY_MS = 5_000;
/** Calls whose answers grow with the events or transactions asked for. */
const LONG_ANSWERS: ReadonlySet<string> = new Set(['eth_getLogs', 'eth_getBlockReceipts', 'eth_getTransactionReceipt']);
/** Of any other: a block with the hashes of 15,000 transactions, which is several times what a block's gas can pay for. */
const SHORT_ANSWER_BYTES = 1_048_576;

/** A client of one endpoint. Throws `ETH_BAD_URL`; connects at the first call. */
export function openRpc(options: RpcOptions): Rpc {
  return new RpcEndpoint(options);
}

class RpcEndpoint implements Rpc {
  readonly #target: HttpTarget;
  readonly #limits: { timeoutMs: number; maxBodyBytes: number; clock: Clock };
  readonly #attempts: number;
  readonly #observe: (sample: RpcSample) => void;
  #bucket: TokenBucket | undefined;
  readonly #delays: { baseDelayMs: number; maxDelayMs: number; random?: () => number };
  #nextId = 1;
  /** Until then no batches are sent. */
  #singlesUntil = Number.NEGATIVE_INFINITY;

  constructor(options: RpcOptions) {
    const { url, timeoutMs = 10_000, maxBodyBytes = 32 * 2 ** 20, clock = systemClock, random } = options;
    this.#target = parseTarget(url);
    this.#limits = { timeoutMs, maxBodyBytes, clock };
    this.#attempts = options.attempts ?? 3;
    this.#observe = options.observe ?? (() => {});
    if (options.requestsPerSecond !== undefined) this.#bucket = fullBucket(options.requestsPerSecond, clock.now());
    const baseDelayMs = options.retryDelayMs ?? 200;
    this.#delays = { baseDelayMs, maxDelayMs: Math.max(baseDelayMs, MAX_DELAY_MS), ...(random && { random }) };
  }

  get name(): string {
    return this.#target.name;
  }

  async call(method: string, params: readonly Json[] = [], signal?: AbortSignal): Promise<Json> {
    const send = (calls: readonly RpcCall[]) => this.#single(calls[0] as RpcCall, signal);
    const [outcome] = await this.#persist([{ method, params }], send, this.#attempts, signal);
    if (outcome?.ok) return outcome.value;
    throw outcome?.error;
  }

  async batch(calls: readonly RpcCall[], signal?: AbortSignal, attempts = this.#attempts): Promise<readonly RpcOutcome[]> {
    if (calls.length === 0) return [];
    const send = (some: readonly RpcCall[]) =>
      some.length > 1 && this.#limits.clock.now() >= this.#singlesUntil ? this.#whole(some, signal) : this.#singles(some, signal);
    return this.#persist(calls, send, attempts, signal);
  }

  /** Sends, then sends again what failed in a way that may pass, until the attempts are used up. */
  async #persist(
    calls: readonly RpcCall[],
    send: (calls: readonly RpcCall[]) => Promise<readonly RpcOutcome[]>,
    attempts: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly RpcOutcome[]> {
    const outcomes: RpcOutcome[] = [];
    let open = calls.map((_, i) => i);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      await this.#turn(open.length, signal);
      const startedAt = this.#limits.clock.now();
      const sent = await send(open.map((i) => calls[i] as RpcCall));
      const durationMs = this.#limits.clock.now() - startedAt;
      this.#observe({
        calls: open.length,
        durationMs,
        failed: failureOf(sent),
      });
      open.forEach((i, k) => {
        outcomes[i] = sent[k] as RpcOutcome;
      });
      open = open.filter((i) => mayPass(outcomes[i]));
      if (open.length === 0 || attempt >= attempts) return outcomes;
      await this.#limits.clock.sleep(this.#delayMs(attempt, outcomes), signal);
    }
  }

  /** Waits until the budget allows so many calls. */
  async #turn(calls: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#bucket === undefined) return;
    const { bucket, waitMs } = takeTokens(this.#bucket, calls, this.#limits.clock.now());
    this.#bucket = bucket;
    if (waitMs === 0) return;
    try {
      await this.#limits.clock.sleep(waitMs, signal);
    } catch (error) {
      this.#bucket = returnTokens(this.#bucket, calls);
      throw error;
    }
  }

  #delayMs(attempt: number, outcomes: readonly RpcOutcome[]): number {
    const asked = outcomes.map((outcome) => (outcome.ok ? 0 : Number(outcome.error.data.retry_after_ms ?? 0)));
    return Math.max(backoffMs(attempt, this.#delays), Math.min(MAX_DELAY_MS, Math.max(...asked)));
  }

  async #single(call: RpcCall, signal: AbortSignal | undefined): Promise<readonly RpcOutcome[]> {
    const id = this.#nextId++;
    return this.#caught(1, signal, async () => [
      decodeAnswer(await this.#post([call], encodeRequest([call], id, false), signal), call, id),
    ]);
  }

  async #whole(calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<readonly RpcOutcome[]> {
    const firstId = this.#nextId;
    this.#nextId += calls.length;
    return this.#caught(calls.length, signal, async () => {
      const decoded = await this.#tryBatch(calls, firstId, signal);
      if ('outcomes' in decoded) return decoded.outcomes;
      if (isRetryable(decoded.refused) && decoded.refused.code !== 'ETH_ENDPOINT_FAILED') throw decoded.refused;
      // An endpoint that refuses a batch as such is asked one by one.
      this.#singlesUntil = this.#limits.clock.now() + SINGLES_FOR_MS;
      return this.#singles(calls, signal);
    });
  }

  async #tryBatch(calls: readonly RpcCall[], firstId: number, signal: AbortSignal | undefined) {
    try {
      return decodeBatch(await this.#post(calls, encodeRequest(calls, firstId, true), signal), calls, firstId);
    } catch (error) {
      if (isEthereumError(error, 'ETH_HTTP_REFUSED')) return { refused: error };
      throw error;
    }
  }

  async #singles(calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<readonly RpcOutcome[]> {
    const outcomes: RpcOutcome[] = [];
    let next = 0;
    const work = async () => {
      while (next < calls.length) {
        const i = next++;
        [outcomes[i]] = (await this.#single(calls[i] as RpcCall, signal)) as [RpcOutcome];
      }
    };
    await Promise.all(Array.from({ length: Math.min(SINGLES_AT_ONCE, calls.length) }, work));
    return outcomes;
  }

  /** Turns an error of the post into the outcome of all its calls. */
  async #caught(
    count: number,
    signal: AbortSignal | undefined,
    send: () => Promise<readonly RpcOutcome[]>,
  ): Promise<readonly RpcOutcome[]> {
    try {
      return await send();
    } catch (error) {
      if (signal?.aborted || !(error instanceof EthereumError)) throw error;
      return Array.from({ length: count }, () => ({ ok: false, error }));
    }
  }

  #post(calls: readonly RpcCall[], body: string, signal: AbortSignal | undefined): Promise<string> {
    const maxBodyBytes = Math.min(this.#limits.maxBodyBytes, mostBytes(calls));
    return post(this.#target, body, { ...this.#limits, maxBodyBytes, ...(signal && { signal }) });
  }
}

/** Most bytes that honest answers to these calls can have. */
function mostBytes(calls: readonly RpcCall[]): number {
  return calls.some(({ method }) => LONG_ANSWERS.has(method)) ? Number.POSITIVE_INFINITY : calls.length * SHORT_ANSWER_BYTES;
}

function mayPass(outcome: RpcOutcome | undefined): boolean {
  return outcome !== undefined && !outcome.ok && isRetryable(outcome.error);
}

/** Codes that say something about the chain or about the request, not about the endpoint's health. */
const SOUND: readonly EthereumErrorCode[] = ['ETH_BLOCK_UNKNOWN', 'ETH_STATE_UNAVAILABLE', 'ETH_TOO_LARGE'];

/** The fault of the first outcome when all of them are faults. */
function failureOf(outcomes: readonly RpcOutcome[]): EthereumErrorCode | undefined {
  const faults = outcomes.map(faultOf);
  return faults.includes(undefined) ? undefined : faults[0];
}

function faultOf(outcome: RpcOutcome): EthereumErrorCode | undefined {
  if (outcome.ok) return undefined;
  const { code } = outcome.error;
  return isAnswer(outcome.error) || SOUND.includes(code) ? undefined : code;
}

/** The value of an outcome, or its error thrown. */
export function unwrap(outcome: RpcOutcome | undefined): Json {
  if (outcome === undefined) throw new RangeError('fewer outcomes than calls');
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}
