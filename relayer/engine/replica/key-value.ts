// The little that a node needs of a database, and its form in memory. Values are shared, never copied: nobody changes them.

import { type Bytes, compareBytes } from '../../lib/bytes.ts';

/** A change of one key; `undefined` deletes it. */
export type Write = readonly [key: Bytes, value: Bytes | undefined];

export interface KeyValue {
  get(key: Bytes): Promise<Bytes | undefined>;
  /** All of it or nothing, and on disk when it resolves. */
  write(batch: readonly Write[]): Promise<void>;
  /** Entries with `from` ≤ key < `to`, ascending. */
  range(from: Bytes, to: Bytes): Promise<readonly (readonly [Bytes, Bytes])[]>;
  close(): Promise<void>;
}

export class MemoryKeyValue implements KeyValue {
  readonly #entries = new Map<string, readonly [Bytes, Bytes]>();
  #sorted: (readonly [Bytes, Bytes])[] | undefined;

  async get(key: Bytes): Promise<Bytes | undefined> {
    return this.#entries.get(textOf(key))?.[1];
  }

  async write(batch: readonly Write[]): Promise<void> {
    for (const [key, value] of batch)
      if (value === undefined) this.#entries.delete(textOf(key));
      else this.#entries.set(textOf(key), [key, value]);
    this.#sorted = undefined;
  }

  async range(from: Bytes, to: Bytes): Promise<readonly (readonly [Bytes, Bytes])[]> {
    this.#sorted ??= [...this.#entries.values()].sort(([a], [b]) => compareBytes(a, b));
    return this.#sorted.filter(([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0);
  }

  async close(): Promise<void> {}
}

/** A key as a text with one character per byte: what a Map can compare. */
function textOf(key: Bytes): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
