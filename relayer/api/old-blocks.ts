// Blocks that are no longer in memory, read from the node again: few at a time, since each may be megabytes and the node has
// other work, and kept for the next one who asks, bounded by number and weight.

import type { BlockRecord } from './block-record.ts';
import { MOST_WEIGHT, weightOf } from './block-window.ts';

const MOST_KEPT = 256;
const MOST_AT_ONCE = 16;

interface Entry {
  readonly reading: Promise<BlockRecord | undefined>;
  /** 0 until it has been read. */
  weight: number;
}

export class OldBlocks {
  readonly #read: (height: number) => Promise<BlockRecord | undefined>;
  /** The first one is the one that nobody asked for longest. */
  readonly #entries = new Map<number, Entry>();
  #weight = 0;
  #underway = 0;
  readonly #turns: (() => void)[] = [];

  /** @param read gives undefined for a block that there is no more */
  constructor(read: (height: number) => Promise<BlockRecord | undefined>) {
    this.#read = read;
  }

  /** Rejects as `read` does. */
  at(height: number): Promise<BlockRecord | undefined> {
    const entry = this.#entries.get(height) ?? this.#begin(height);
    this.#entries.delete(height);
    this.#entries.set(height, entry);
    this.#makeRoom();
    return entry.reading;
  }

  #begin(height: number): Entry {
    const entry: Entry = { reading: this.#inTurn(height), weight: 0 };
    const isKept = () => this.#entries.get(height) === entry;
    entry.reading.then(
      (record) => {
        if (!isKept()) return;
        if (record === undefined) return this.#forget(height, entry);
        entry.weight = weightOf(record);
        this.#weight += entry.weight;
        this.#makeRoom();
      },
      () => {
        if (isKept()) this.#forget(height, entry);
      },
    );
    return entry;
  }

  async #inTurn(height: number): Promise<BlockRecord | undefined> {
    while (this.#underway >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#underway++;
    try {
      return await this.#read(height);
    } finally {
      this.#underway--;
      this.#turns.shift()?.();
    }
  }

  #makeRoom(): void {
    for (const [height, entry] of this.#entries) {
      if (this.#entries.size <= MOST_KEPT && this.#weight <= MOST_WEIGHT) return;
      this.#forget(height, entry);
    }
  }

  #forget(height: number, { weight }: Entry): void {
    this.#entries.delete(height);
    this.#weight -= weight;
  }
}
