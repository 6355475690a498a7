// A write buffer over a state: what a block, or one transaction of it, changes before anybody decides to keep it.
// A refused transaction is a fork that is dropped. Writes are kept by table (the first byte of a key), so that a scan of a
// small table does not pay for the thousands of orders that the same block holds.

import { type Bytes, equalBytes } from '../lib/bytes.ts';
import type { StateReader } from './types.ts';

/** A key as text, one character a byte: the order of such texts is the order of the bytes. */
type KeyText = string;
/** `undefined` is a deletion. */
type Writes = Map<KeyText, Bytes | undefined>;

export class Overlay implements StateReader {
  readonly #base: StateReader;
  readonly #tables = new Map<string, Writes>();
  readonly #versions = new Map<string, object>();

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: Bytes): Bytes | undefined {
    const text = toText(key);
    const writes = this.#tables.get(tableOf(text));
    return writes?.has(text) ? writes.get(text) : this.#base.get(key);
  }

  set(key: Bytes, value: Bytes): void {
    const text = toText(key);
    this.#writesOf(tableOf(text)).set(text, value);
  }

  delete(key: Bytes): void {
    const text = toText(key);
    this.#writesOf(tableOf(text)).set(text, undefined);
  }

  /** Entries of base and buffer merged, in ascending order of keys. Writes during the scan do not show in it. */
  *scan(prefix: Bytes, after?: Bytes): Iterable<readonly [Bytes, Bytes]> {
    const writes = this.#sortedWrites(toText(prefix));
    const own = after === undefined ? writes : writes.filter(([key]) => key > toText(after));
    let at = 0;
    for (const entry of this.#base.scan(prefix, after)) {
      const key = own.length === 0 ? '' : toText(entry[0]);
      for (; at < own.length && (own[at]?.[0] as KeyText) < key; at++) yield* present(own[at]);
      if (own[at]?.[0] === key) yield* present(own[at++]);
      else yield entry;
    }
    for (; at < own.length; at++) yield* present(own[at]);
  }

  /** What differs from the base, in ascending order of keys; `undefined` deletes. */
  *changes(): Iterable<readonly [Bytes, Bytes | undefined]> {
    for (const [text, value] of this.#sortedWrites('')) {
      const key = toBytes(text);
      const before = this.#base.get(key);
      const same = value === undefined || before === undefined ? value === before : equalBytes(value, before);
      if (!same) yield [key, value];
    }
  }

  /**
   * Stands for the records of the table of `prefix`: the same object until somebody writes to the table, over a base that stands
   * still. What was worked out from the records may be kept for it.
   */
  version(prefix: Bytes): object {
    const table = tableOf(toText(prefix));
    if (this.#base instanceof Overlay && !this.#tables.has(table)) return this.#base.version(prefix);
    const version = this.#versions.get(table) ?? {};
    this.#versions.set(table, version);
    return version;
  }

  /** The state below all buffers: of a block, the one before it. */
  get committed(): StateReader {
    return this.#base instanceof Overlay ? this.#base.committed : this.#base;
  }

  /** A buffer over this one. */
  fork(): Overlay {
    return new Overlay(this);
  }

  /** Takes over what a fork of this one has written. */
  absorb(fork: Overlay): void {
    for (const [table, theirs] of fork.#tables) {
      const writes = this.#writesOf(table);
      for (const [key, value] of theirs) writes.set(key, value);
    }
  }

  #writesOf(table: string): Writes {
    this.#versions.delete(table);
    let writes = this.#tables.get(table);
    if (writes === undefined) {
      writes = new Map();
      this.#tables.set(table, writes);
    }
    return writes;
  }

  #sortedWrites(prefix: KeyText): (readonly [KeyText, Bytes | undefined])[] {
    const tables = prefix === '' ? [...this.#tables.values()] : [this.#tables.get(tableOf(prefix))];
    const writes: (readonly [KeyText, Bytes | undefined])[] = [];
    for (const table of tables) for (const write of table ?? []) if (write[0].startsWith(prefix)) writes.push(write);
    return writes.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function tableOf(text: KeyText): string {
  return text.slice(0, 1);
}

function toText(bytes: Bytes): KeyText {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

function toBytes(text: KeyText): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function* present(write: readonly [KeyText, Bytes | undefined] | undefined): Iterable<readonly [Bytes, Bytes]> {
  if (write?.[1] !== undefined) yield [toBytes(write[0]), write[1]];
}
