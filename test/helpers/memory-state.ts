// A state in memory: what a block of the peg is executed on when no store is involved. A copy stands for a restart.

import { type Bytes, concatBytes, type Hex, textBytes, to0x, toHex } from '../../relayer/lib/bytes.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';
import type { StateReader } from '../../relayer/peg/types.ts';

type Entry = readonly [key: Bytes, value: Bytes];

export class MemoryState implements StateReader {
  readonly #entries = new Map<string, Entry>();
  #sorted: readonly string[] | undefined;

  get(key: Bytes): Bytes | undefined {
    return this.#entries.get(toHex(key))?.[1];
  }

  *scan(prefix: Bytes, after?: Bytes): Iterable<Entry> {
    const start = toHex(prefix);
    const above = after === undefined ? '' : toHex(after);
    const keys = this.#keys();
    for (let at = firstNotBelow(keys, start); at < keys.length; at++) {
      const key = keys[at] as string;
      if (!key.startsWith(start)) return;
      if (after === undefined || key > above) yield this.#entries.get(key) as Entry;
    }
  }

  /** Writes what a block changed; `undefined` deletes. Returns the number of changes. */
  apply(changes: Iterable<readonly [key: Bytes, value: Bytes | undefined]>): number {
    let count = 0;
    for (const [key, value] of [...changes]) {
      count++;
      const text = toHex(key);
      if (this.#entries.has(text) !== (value !== undefined)) this.#sorted = undefined;
      if (value === undefined) this.#entries.delete(text);
      else this.#entries.set(text, [Uint8Array.from(key), Uint8Array.from(value)]);
    }
    return count;
  }

  /** Number of entries and of bytes in keys and values. */
  size(): { entries: number; bytes: number } {
    let bytes = 0;
    for (const [key, value] of this.#entries.values()) bytes += key.length + value.length;
    return { entries: this.#entries.size, bytes };
  }

  /** One hash over all entries in order: equal exactly when the content is equal, like an app hash. */
  hash(): Hex {
    const parts: Bytes[] = [];
    for (const [key, value] of this.scan(new Uint8Array(0))) parts.push(textBytes(`${key.length}:${value.length}:`), key, value);
    return keccakHex(concatBytes(...parts));
  }

  /** All entries as text, for a readable difference of two states. */
  dump(): Record<string, string> {
    return Object.fromEntries([...this.scan(new Uint8Array(0))].map(([key, value]) => [to0x(key), to0x(value)]));
  }

  /** The same content with nothing shared, as if read from disk. */
  copy(): MemoryState {
    const copy = new MemoryState();
    copy.apply(this.scan(new Uint8Array(0)));
    return copy;
  }

  #keys(): readonly string[] {
    this.#sorted ??= [...this.#entries.keys()].sort();
    return this.#sorted;
  }
}

function firstNotBelow(keys: readonly string[], bound: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
