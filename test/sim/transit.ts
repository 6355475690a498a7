// The way of a transaction from who made it to the peg's nodes, with the faults of real networks: lost, late (and so out of
// order), repeated long after, withheld.

import type { Bytes } from '../../relayer/lib/bytes.ts';
import type { Random } from './random.ts';

export interface TransitFaults {
  readonly lost: number;
  readonly late: number;
  readonly repeated: number;
}

export const FAULTS: TransitFaults = { lost: 0.03, late: 0.15, repeated: 0.2 };
export const NO_FAULTS: TransitFaults = { lost: 0, late: 0, repeated: 0 };

/** Transactions that can still be sent again. */
const REMEMBERED = 256;

/** Those of the last few seconds, which are more often still of interest. */
const RECENT = 32;

export class Transit {
  readonly #random: Random;
  #faults: TransitFaults = FAULTS;
  #waiting: { readonly at: number; readonly bytes: Bytes }[] = [];
  #remembered: Bytes[] = [];
  readonly counts = { sent: 0, lost: 0, late: 0, repeated: 0 };

  constructor(random: Random) {
    this.#random = random;
  }

  set faults(faults: TransitFaults) {
    this.#faults = faults;
  }

  send(bytes: Bytes, tick: number): void {
    this.counts.sent++;
    this.#remembered.push(bytes);
    if (this.#remembered.length > 2 * REMEMBERED) this.#remembered = this.#remembered.slice(-REMEMBERED);
    if (this.#random.chance(this.#faults.lost)) {
      this.counts.lost++;
      return;
    }
    const late = this.#random.chance(this.#faults.late);
    if (late) this.counts.late++;
    this.#waiting.push({ at: tick + (late ? this.#random.between(1, 6) : 0), bytes });
  }

  /** What arrives in this tick, in an order of its own. */
  arrivals(tick: number): readonly Bytes[] {
    const due = this.#waiting.filter(({ at }) => at <= tick).map(({ bytes }) => bytes);
    this.#waiting = this.#waiting.filter(({ at }) => at > tick);
    if (this.#remembered.length > 0 && this.#random.chance(this.#faults.repeated)) {
      this.counts.repeated++;
      const memory = this.#random.chance(0.7) ? this.#remembered.slice(-RECENT) : this.#remembered;
      due.push(...Array.from({ length: this.#random.between(1, 5) }, () => this.#random.pick(memory)));
    }
    if (this.#faults.late > 0) shuffle(due, this.#random);
    return due;
  }
}

function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}
