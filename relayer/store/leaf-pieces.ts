// The leaves of a bucket while changes are merged in: runs of leaves that stay are copied as one piece, with their hashes.

import type { Bytes } from '../lib/bytes.ts';
import { bucketHead, compareLeafKey, EMPTY_BUCKET, HASH, joinPieces, leafEnd } from './layout.ts';
import { sha256 } from './sha256.ts';

export class LeafPieces {
  /** Number of leaves in the pieces. */
  count = 0;
  readonly hashes: Bytes[] = [];
  readonly leaves: Bytes[] = [];
  #page = EMPTY_BUCKET;
  #n = 0;
  #index = 0;
  #at = 2;
  #runIndex = 0;
  #runAt = 2;

  /** Goes through the leaves of a bucket from its first; what was taken from another one stays in front. */
  open(page: Bytes): this {
    this.#page = page;
    this.#n = page[1] as number;
    this.#index = this.#runIndex = 0;
    this.#at = this.#runAt = bucketHead(this.#n);
    return this;
  }

  /** Moves on to where `key` is or belongs; returns its leaf, a view. Keys must come in ascending order. */
  seek(key: Bytes): Bytes | undefined {
    for (; this.#index < this.#n; this.#step()) {
      const order = compareLeafKey(this.#page, this.#at, key);
      if (order >= 0) return order === 0 ? this.#page.subarray(this.#at, leafEnd(this.#page, this.#at)) : undefined;
    }
    return undefined;
  }

  /** Leaves out the leaf that was found. */
  drop(): void {
    this.#endRun();
    this.#step();
    this.#beginRun();
  }

  /** Puts a new leaf here. */
  insert(leaf: Bytes): void {
    this.#endRun();
    this.#beginRun();
    this.#add(1, sha256(leaf), leaf);
  }

  /** Takes the remaining leaves. */
  takeRest(): this {
    this.#index = this.#n;
    this.#at = this.#page.length;
    this.#endRun();
    this.#beginRun();
    return this;
  }

  /** All leaves as one: their hashes, and their bytes. */
  join(): { hashes: Bytes; leaves: Bytes } {
    return { hashes: joinPieces(this.hashes), leaves: joinPieces(this.leaves) };
  }

  #step(): void {
    this.#at = leafEnd(this.#page, this.#at);
    this.#index++;
  }

  #beginRun(): void {
    this.#runIndex = this.#index;
    this.#runAt = this.#at;
  }

  #endRun(): void {
    const n = this.#index - this.#runIndex;
    if (n === 0) return;
    const hashes = this.#page.subarray(2 + HASH * this.#runIndex, 2 + HASH * this.#index);
    this.#add(n, hashes, this.#page.subarray(this.#runAt, this.#at));
  }

  #add(count: number, hashes: Bytes, leaves: Bytes): void {
    this.count += count;
    this.hashes.push(hashes);
    this.leaves.push(leaves);
  }
}
