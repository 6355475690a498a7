// The light client: from a block that the user trusts to any later one, by the shortest way the node's blocks allow. It holds
// the last block it verified and nothing else.

import type { Bytes } from '../../lib/bytes.ts';
import { verifyTowards } from './bisection.ts';
import { LightError } from './errors.ts';
import type { LightProvider } from './provider.ts';
import { type Question, readProved, type StateAnswer } from './state-record.ts';
import { type TrustRules, type VerifiedBlock, verifyTrusted } from './verify-block.ts';
import type { TrustLevel, VerifySignature } from './verify-commit.ts';

export interface TrustOptions {
  /** The block that is trusted: its height and hash (32 bytes), from a source other than the node. */
  readonly height: bigint;
  readonly hash: Bytes;
  /** In ms; shorter than the time in which validators answer for what they signed. */
  readonly trustingPeriodMs: number;
  /** How far a header may be ahead of the clock, in ms; default 10,000. */
  readonly maxClockDriftMs?: number;
  /** Default 1/3. */
  readonly trustLevel?: TrustLevel;
  /** Most blocks fetched for one verification; default 1,000. */
  readonly mostBlocks?: number;
}

export interface LightDeps {
  /** Of a `Clock` what is needed: its file takes Node's types, which pages do not have. `now` is in ms since the Unix epoch. */
  readonly clock: { now(): number };
  readonly verifySignature: VerifySignature;
}

/** An answer of the state, and the blocks through which it is believed: the last verified one first. */
export interface VerifiedAnswer {
  readonly answer: StateAnswer;
  /** The last one's header commits to the state of the answer, which is that after the block before. */
  readonly way: readonly VerifiedBlock[];
}

const DEFAULTS = { maxClockDriftMs: 10_000, trustLevel: { numerator: 1n, denominator: 3n }, mostBlocks: 1000 };

export class LightClient {
  readonly #provider: LightProvider;
  readonly #options: TrustOptions & typeof DEFAULTS;
  readonly #deps: LightDeps;
  #last: VerifiedBlock;

  private constructor(provider: LightProvider, options: TrustOptions & typeof DEFAULTS, deps: LightDeps, first: VerifiedBlock) {
    this.#provider = provider;
    this.#options = options;
    this.#deps = deps;
    this.#last = first;
  }

  /** Fetches and checks the trusted block. Throws what the provider throws, and the codes of `verifyTrusted`. */
  static async open(provider: LightProvider, options: TrustOptions, deps: LightDeps): Promise<LightClient> {
    const complete = { ...DEFAULTS, ...options };
    const { numerator, denominator } = complete.trustLevel;
    if (denominator <= 0n || 3n * numerator < denominator || numerator > denominator)
      throw new RangeError(`trust level ${numerator}/${denominator}: it must be from 1/3 to 1`);
    const block = await provider.lightBlock(options.height);
    const first = verifyTrusted(block, options.height, options.hash, rulesOf(complete, deps));
    return new LightClient(provider, complete, deps, first);
  }

  /** The last verified block; the trusted one at first. */
  get last(): VerifiedBlock {
    return this.#last;
  }

  /**
   * Verifies block `height`, which must not be below the last verified one, and gives the blocks on the way, the last verified
   * one first. Throws the codes of `verifyTowards` and of the provider; then nothing has changed.
   */
  async verify(height: bigint): Promise<readonly VerifiedBlock[]> {
    if (height < this.#last.header.height)
      throw new LightError('NOT_LATER', `block ${height} is below the verified block ${this.#last.header.height}`);
    const way = verifyTowards(this.#last, height, rulesOf(this.#options, this.#deps), this.#options.mostBlocks);
    let step = way.next();
    while (!step.done) step = way.next(await this.#provider.lightBlock(step.value));
    this.#last = step.value.at(-1) as VerifiedBlock;
    return step.value;
  }

  /**
   * The answer from the newest state that a header commits to: the one before the node's last block, so there is nothing to
   * wait for. Throws what `verify` and `readProved` throw, and HEIGHT_UNAVAILABLE for a node that is behind.
   */
  async ask(question: Question): Promise<VerifiedAnswer> {
    const height = await this.#provider.latestHeight();
    const least = this.#last.header.height > 1n ? this.#last.header.height : 2n;
    if (height < least)
      throw new LightError(
        'HEIGHT_UNAVAILABLE',
        `the node at ${this.#provider.name} is at block ${height}, block ${least} is needed`,
        { height, least },
      );
    // Before the blocks on the way: a node keeps few states.
    const record = await this.#provider.record(question, height - 1n);
    const way = await this.verify(height);
    return { answer: readProved(question, record, (way.at(-1) as VerifiedBlock).header.appHash), way };
  }
}

function rulesOf(options: TrustOptions & typeof DEFAULTS, { clock, verifySignature }: LightDeps): TrustRules {
  const { trustingPeriodMs, maxClockDriftMs, trustLevel } = options;
  return { trustingPeriodMs, maxClockDriftMs, trustLevel, nowMs: clock.now(), verifySignature };
}
