// Asks one after the other without waiting for the slow: the next candidate is asked when the one before has failed or has
// kept us waiting for longer than is usual for it. The first good result wins, the other requests are given up. A request
// that hangs without closing so costs one short delay, not a time-out.

import type { Clock } from '../lib/clock.ts';
import { type EthereumErrorCode, isAnswer, isEthereumError } from './errors.ts';

export interface HedgeParts<C> {
  /** How long a candidate may take before the next is asked as well, in milliseconds. */
  readonly patienceMs: (candidate: C) => number;
  /** A candidate asked `durationMs` ago was overtaken by one that was asked later. */
  readonly onOutrun?: (candidate: C, durationMs: number) => void;
  readonly onFailure?: (candidate: C, error: unknown) => void;
  /** An answer (a revert, a refusal) is believed when so many candidates give it: more than may be lying or broken. */
  readonly believedFrom: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Codes by which no other endpoint is asked: our own mistake, or the end. */
const FINAL: readonly EthereumErrorCode[] = ['ETH_BAD_RANGE', 'ETH_CLOSED'];

/**
 * The first result. Throws the first error when all candidates fail, and at once the error that enough of them agree on as
 * their answer. Needs at least one candidate.
 */
export async function firstOf<C, T>(
  candidates: readonly C[],
  ask: (candidate: C, signal: AbortSignal) => Promise<T>,
  parts: HedgeParts<C>,
): Promise<{ readonly result: T; readonly candidate: C }> {
  parts.signal.throwIfAborted();
  const over = new AbortController();
  const until = AbortSignal.any([parts.signal, over.signal]);
  try {
    return await new Promise((resolve, reject) => new Hedge(candidates, ask, parts, until, { resolve, reject }).launch());
  } finally {
    over.abort(new Error('another endpoint was quicker'));
  }
}

interface Settle<C, T> {
  resolve(won: { readonly result: T; readonly candidate: C }): void;
  reject(error: unknown): void;
}

class Hedge<C, T> {
  readonly #candidates: readonly C[];
  readonly #ask: (candidate: C, signal: AbortSignal) => Promise<T>;
  readonly #parts: HedgeParts<C>;
  readonly #until: AbortSignal;
  readonly #settle: Settle<C, T>;
  /** When each candidate that is still being asked was asked. */
  readonly #open = new Map<number, number>();
  readonly #errors: unknown[] = [];
  #next = 0;

  constructor(
    candidates: readonly C[],
    ask: (candidate: C, signal: AbortSignal) => Promise<T>,
    parts: HedgeParts<C>,
    until: AbortSignal,
    settle: Settle<C, T>,
  ) {
    this.#candidates = candidates;
    this.#ask = ask;
    this.#parts = parts;
    this.#until = until;
    this.#settle = settle;
  }

  /** Asks the next candidate, and the one after it when this one fails or takes too long. */
  launch(): void {
    const index = this.#next++;
    const candidate = this.#candidates[index] as C;
    const { clock, patienceMs } = this.#parts;
    this.#open.set(index, clock.now());
    this.#ask(candidate, this.#until).then(
      (result) => this.#won(index, result),
      (error: unknown) => this.#failed(index, error),
    );
    if (this.#next === this.#candidates.length) return;
    const launchNext = () => {
      if (this.#open.has(index) && this.#next === index + 1) this.launch();
    };
    clock.sleep(patienceMs(candidate), this.#until).then(launchNext, () => {});
  }

  #won(index: number, result: T): void {
    const { clock, onOutrun } = this.#parts;
    for (const [other, askedAt] of this.#open) if (other < index) onOutrun?.(this.#candidates[other] as C, clock.now() - askedAt);
    this.#settle.resolve({ result, candidate: this.#candidates[index] as C });
  }

  #failed(index: number, error: unknown): void {
    this.#open.delete(index);
    if (this.#until.aborted) {
      this.#settle.reject(this.#until.reason);
      return;
    }
    this.#parts.onFailure?.(this.#candidates[index] as C, error);
    this.#errors.push(error);
    const agreed =
      isAnswer(error) && this.#errors.filter((other) => isEthereumError(other, error.code)).length >= this.#parts.believedFrom;
    if (agreed || isEthereumError(error, ...FINAL)) this.#settle.reject(error);
    else if (this.#next === index + 1 && this.#next < this.#candidates.length) this.launch();
    else if (this.#open.size === 0) this.#settle.reject(this.#errors[0]);
  }
}
