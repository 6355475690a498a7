// The last blocks in memory, an unbroken run up to the tip, bounded by number and by what their orders weigh.

import type { BlockRecord } from './block-record.ts';

const MOST_BLOCKS = 2_048;
/** Characters of payloads, plus what a record and an order weigh without theirs. */
export const MOST_WEIGHT = 32 * 2 ** 20;
const RECORD_WEIGHT = 1_000;
const ENTRY_WEIGHT = 600;

export class BlockWindow {
  #records: BlockRecord[] = [];
  #weight = 0;

  get last(): BlockRecord | undefined {
    return this.#records.at(-1);
  }

  at(height: number): BlockRecord | undefined {
    const first = this.#records[0];
    return first === undefined ? undefined : this.#records[height - first.block.height];
  }

  /** Adds the block after the last one; the oldest make room, the new one always stays. */
  push(record: BlockRecord): void {
    this.#records.push(record);
    this.#weight += weightOf(record);
    while (this.#records.length > 1 && (this.#records.length > MOST_BLOCKS || this.#weight > MOST_WEIGHT))
      this.#weight -= weightOf(this.#records.shift() as BlockRecord);
  }

  clear(): void {
    this.#records = [];
    this.#weight = 0;
  }
}

/** What a block weighs in memory, about. */
export function weightOf({ posts, refused, events }: BlockRecord): number {
  const payloads = posts.reduce((sum, { payload }) => sum + payload.length, 0);
  return RECORD_WEIGHT + payloads + ENTRY_WEIGHT * (posts.length + refused.length + events.length);
}
