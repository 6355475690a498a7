// The calls that the applications of a network got, life by life (from a start to a stop), for the checks of the call grammar.

import type { Application } from '../../relayer/abci/application.ts';
import type { CallLogOptions, LoggedCall } from '../../relayer/abci/call-grammar.ts';
import type { RecordedLife } from '../../relayer/abci/recorded-calls.ts';
import { toHex } from '../../relayer/lib/bytes.ts';
import { recordCalls } from './recording-application.ts';

export interface Life {
  readonly calls: readonly LoggedCall[];
  readonly options: CallLogOptions;
}

export class ApplicationLives {
  /** Voting power of each node at a height, as far as it is known; those of the start unless somebody puts another here. */
  powersAt: (height: bigint) => readonly number[];
  readonly #lives: Life[][];

  /** `powers[i]` is the voting power of node i. */
  constructor(powers: readonly number[]) {
    this.powersAt = () => powers;
    this.#lives = powers.map(() => []);
  }

  /** A new life of node `index`, whose application stands at `startHeight`. */
  begin<A extends Application>(index: number, application: A, startHeight: bigint): A {
    const calls: LoggedCall[] = [];
    this.add(index, { startHeight, calls });
    return recordCalls(application, calls);
  }

  /** A life that was recorded elsewhere. */
  add(index: number, { startHeight, calls }: RecordedLife): void {
    const wasDecided = (height: bigint, hash: Uint8Array) => this.#judgedByQuorum(hash, this.powersAt(height));
    this.#lives[index]?.push({ calls, options: { startHeight, wasDecided } });
  }

  of(index: number): readonly Life[] {
    return this.#lives[index] ?? [];
  }

  /** Nobody can decide a block that more than two thirds of the power have not judged before. */
  #judgedByQuorum(hash: Uint8Array, powers: readonly number[]): boolean {
    const wanted = toHex(hash);
    const judged = (lives: readonly Life[]) =>
      lives.some(({ calls }) =>
        calls.some((call) => call.letter === 'R' && call.hash !== undefined && toHex(call.hash) === wanted),
      );
    const power = this.#lives.reduce((sum, lives, index) => sum + (judged(lives) ? (powers[index] ?? 0) : 0), 0);
    return 3 * power > 2 * powers.reduce((sum, one) => sum + one, 0);
  }
}
