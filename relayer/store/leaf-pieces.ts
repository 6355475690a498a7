// The leaves of a bucket while changes are merged in. Leaves that stay are taken over with their hashes, a run of them as
// one piece; a leaf that changes but keeps its length, the usual case, is written over in a copy of the bucket.

import type { Bytes } from '../lib/bytes.ts';
import { bucketHead, bucketPage, compareLeafKey, EMPTY_BUCKET, HASH, joinPieces, leafEnd } from './layout.ts';
import { sha256, sha256Into } from './sha256.ts';

export class LeafPieces {
  /** Number of leaves in the pieces. */
  count = 0;
  readonly #hashes: Bytes[] = [];
  readonly #leaves: Bytes[] = [];
  /** The bucket as it was: who was given a view of a leaf keeps it. */
  #source = EMPTY_BUCKET;
  /** The bucket with the leaves written over: every leaf at its old place. */
  #page = EMPTY_BUCKET;
  #n = 0;
  #index = 0;
  #at = 2;
  #runIndex = 0;
  #runAt = 2;

  /** Goes through the leaves of a bucket from its first; what was taken from another one stays in front. */
  open(page: Bytes): this {
    this.#source = this.#page = page;
    this.#n = page[1] as number;
    this.#index = this.#runIndex = 0;
    this.#at = this.#runAt = bucketHead(this.#n);
    return this;
  }

  /** Moves on to where `key` is or belongs; returns its leaf, a view. Keys must come in ascending order. */
  seek(key: Bytes): Bytes | undefined {
    for (; this.#index < this.#n; this.#step()) {
      const order = compareLeafKey(this.#source, this.#at, key);
      if (order >= 0) return order === 0 ? this.#source.subarray(this.#at, leafEnd(this.#source, this.#at)) : undefined;
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

  /** Puts a new leaf in the place of the one that was found. */
  replace(leaf: Bytes): void {
    if (leaf.length !== leafEnd(this.#source, this.#at) - this.#at) {
      this.drop();
      this.insert(leaf);
      return;
    }
    if (this.#page === this.#source) this.#page = this.#source.slice();
    sha256Into(this.#page, 2 + HASH * this.#index, leaf);
    this.#page.set(leaf, this.#at);
  }

  /** Takes the remaining leaves. */
  takeRest(): this {
    this.#index = this.#n;
    this.#at = this.#page.length;
    this.#endRun();
    this.#beginRun();
    return this;
  }

  /** The leaves taken as one bucket, of at most 255. */
  page(): Bytes {
    // One piece as long as the bucket is the bucket itself, unless it is the new leaf of a bucket of one.
    const untouched = this.#n > 1 && this.#leaves.length === 1 && this.count === this.#n;
    return untouched ? this.#page : bucketPage(this.count, this.#hashes, this.#leaves);
  }

  /** The leaves taken, as one string of hashes and one of leaves. */
  join(): { hashes: Bytes; leaves: Bytes } {
    return { hashes: joinPieces(this.#hashes), leaves: joinPieces(this.#leaves) };
  }

  #step(): void {
    this.#at = leafEnd(this.#source, this.#at);
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
    this.#hashes.push(hashes);
    this.#leaves.push(leaves);
  }
}
