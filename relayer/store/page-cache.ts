// Records read from disk or lately written, up to a number of bytes. Two generations instead of a list in order of use:
// what is used moves to the young one; when that is full it becomes the old one and the old one is dropped.

import type { Bytes } from '../lib/bytes.ts';

/** What an entry costs besides its bytes: two objects, a map slot and the name. */
const OVERHEAD = 300;

export class PageCache {
  readonly #limit: number;
  #young = new Map<string, Bytes>();
  #old = new Map<string, Bytes>();
  #youngBytes = 0;

  /** At most about `limitBytes` are held. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes / 2;
  }

  get(name: string): Bytes | undefined {
    const young = this.#young.get(name);
    if (young) return young;
    const old = this.#old.get(name);
    if (old) this.set(name, old);
    return old;
  }

  set(name: string, record: Bytes): void {
    if (record.length + OVERHEAD > this.#limit) {
      this.delete(name);
      return;
    }
    this.#youngBytes += record.length + OVERHEAD - this.#cost(this.#young.get(name));
    this.#young.set(name, record);
    if (this.#youngBytes <= this.#limit) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  delete(name: string): void {
    this.#youngBytes -= this.#cost(this.#young.get(name));
    this.#young.delete(name);
    this.#old.delete(name);
  }

  #cost(record: Bytes | undefined): number {
    return record ? record.length + OVERHEAD : 0;
  }
}
