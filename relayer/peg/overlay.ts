// A write buffer over a state: what a block, or one transaction of it, changes before anybody decides to keep it.
// A refused transaction is a fork that is dropped.

import { type Bytes, equalBytes, fromHex, toHex } from '../lib/bytes.ts';
import type { StateReader } from './types.ts';

export class Overlay implements StateReader {
  readonly #base: StateReader;
  /** By hex of the key; `undefined` is a deletion. */
  readonly #writes = new Map<string, Bytes | undefined>();

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: Bytes): Bytes | undefined {
    const text = toHex(key);
    return this.#writes.has(text) ? this.#writes.get(text) : this.#base.get(key);
  }

  set(key: Bytes, value: Bytes): void {
    this.#writes.set(toHex(key), value);
  }

  delete(key: Bytes): void {
    this.#writes.set(toHex(key), undefined);
  }

  /** Entries of base and buffer merged, in ascending order of keys. Writes during the scan do not show in it. */
  *scan(prefix: Bytes): Iterable<readonly [Bytes, Bytes]> {
    const own = this.#sortedWrites(toHex(prefix));
    let at = 0;
    for (const entry of this.#base.scan(prefix)) {
      const key = toHex(entry[0]);
      for (; at < own.length && (own[at]?.[0] as string) < key; at++) yield* present(own[at]);
      if (own[at]?.[0] === key) yield* present(own[at++]);
      else yield entry;
    }
    for (; at < own.length; at++) yield* present(own[at]);
  }

  /** What differs from the base, in ascending order of keys; `undefined` deletes. */
  *changes(): Iterable<readonly [Bytes, Bytes | undefined]> {
    for (const [text, value] of this.#sortedWrites('')) {
      const key = fromHex(text) as Bytes;
      const before = this.#base.get(key);
      const same = value === undefined || before === undefined ? value === before : equalBytes(value, before);
      if (!same) yield [key, value];
    }
  }

  /** A buffer over this one. */
  fork(): Overlay {
    return new Overlay(this);
  }

  /** Takes over what a fork of this one has written. */
  absorb(fork: Overlay): void {
    for (const [key, value] of fork.#writes) this.#writes.set(key, value);
  }

  #sortedWrites(prefix: string): (readonly [string, Bytes | undefined])[] {
    const writes = [...this.#writes].filter(([key]) => key.startsWith(prefix));
    return writes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
}

function* present(write: readonly [string, Bytes | undefined] | undefined): Iterable<readonly [Bytes, Bytes]> {
  if (write?.[1] !== undefined) yield [fromHex(write[0]) as Bytes, write[1]];
}
