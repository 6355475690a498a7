// How a state of byte strings holds records: one prefix a table, keys of fixed width, values in RLP.

import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, type Hex, hex, textBytes, to0x } from '../lib/bytes.ts';
import { asBytes, decodeRlp, encodeRlp, type Rlp } from '../lib/rlp.ts';
import type { Overlay } from './overlay.ts';
import type { StateReader } from './types.ts';

/** One record under a fixed key. */
export class Cell<T> {
  readonly key: Bytes;
  readonly #encode: (value: T) => Rlp;
  readonly #decode: (item: Rlp) => T;

  constructor(prefix: string, encode: (value: T) => Rlp, decode: (item: Rlp) => T) {
    this.key = textBytes(prefix);
    this.#encode = encode;
    this.#decode = decode;
  }

  get(state: StateReader): T | undefined {
    const raw = state.get(this.key);
    return raw === undefined ? undefined : this.decode(raw);
  }

  /** The record that genesis always writes. */
  read(state: StateReader): T {
    const value = this.get(state);
    if (value === undefined)
      throw new Error(`the state has no "${new TextDecoder().decode(this.key)}" record: genesis was not written`);
    return value;
  }

  set(state: Overlay, value: T): void {
    state.set(this.key, encodeRlp(this.#encode(value)));
  }

  decode(raw: Bytes): T {
    return this.#decode(decodeRlp(raw));
  }
}

/** Records under a prefix, by a key of fixed width (so that ascending keys are ascending values). */
export class Table<K, T> {
  readonly #prefix: Bytes;
  readonly #encodeKey: (key: K) => Bytes;
  readonly #decodeKey: (bytes: Bytes) => K;
  readonly #encode: (value: T) => Rlp;
  readonly #decode: (item: Rlp) => T;

  constructor(
    prefix: string,
    key: readonly [encode: (key: K) => Bytes, decode: (bytes: Bytes) => K],
    encode: (value: T) => Rlp,
    decode: (item: Rlp) => T,
  ) {
    this.#prefix = textBytes(prefix);
    [this.#encodeKey, this.#decodeKey] = key;
    this.#encode = encode;
    this.#decode = decode;
  }

  key(key: K): Bytes {
    return concatBytes(this.#prefix, this.#encodeKey(key));
  }

  get(state: StateReader, key: K): T | undefined {
    const raw = state.get(this.key(key));
    return raw === undefined ? undefined : this.decode(raw);
  }

  has(state: StateReader, key: K): boolean {
    return state.get(this.key(key)) !== undefined;
  }

  set(state: Overlay, key: K, value: T): void {
    state.set(this.key(key), encodeRlp(this.#encode(value)));
  }

  delete(state: Overlay, key: K): void {
    state.delete(this.key(key));
  }

  /** All records whose encoded key begins with `start`, in ascending order of keys. */
  *entries(state: StateReader, start: Bytes = new Uint8Array(0)): Iterable<readonly [K, T]> {
    for (const [key, raw] of state.scan(concatBytes(this.#prefix, start))) {
      yield [this.#decodeKey(key.subarray(this.#prefix.length)), this.decode(raw)];
    }
  }

  /** All records as bytes, for `decode`, in ascending order of keys. */
  *encoded(state: StateReader): Iterable<readonly [K, Bytes]> {
    for (const [key, raw] of state.scan(this.#prefix)) yield [this.#decodeKey(key.subarray(this.#prefix.length)), raw];
  }

  /** The records whose key is above `after`, in ascending order of keys; all when there is none. */
  *entriesAfter(state: StateReader, after: K | undefined): Iterable<readonly [K, T]> {
    for (const [key, raw] of state.scan(this.#prefix, after === undefined ? undefined : this.key(after))) {
      yield [this.#decodeKey(key.subarray(this.#prefix.length)), this.decode(raw)];
    }
  }

  /** Deletes all records whose encoded key begins with `start`. */
  clear(state: Overlay, start: Bytes = new Uint8Array(0)): void {
    const keys = [...state.scan(concatBytes(this.#prefix, start))].map(([key]) => key);
    for (const key of keys) state.delete(key);
  }

  /** The same object until a record is written or deleted. */
  version(state: Overlay): object {
    return state.version(this.#prefix);
  }

  decode(raw: Bytes): T {
    return this.#decode(decodeRlp(raw));
  }
}

export const ADDRESS_KEY = [(address: Hex) => hex(address, 20), (bytes: Bytes) => to0x(bytes)] as const;
export const HASH_KEY = [(hash: Hex) => hex(hash, 32), (bytes: Bytes) => to0x(bytes)] as const;
export const HEIGHT_KEY = [(height: bigint) => bigintToBytes(height, 8), bytesToBigint] as const;

/** A byte string of `length` bytes as `0x` text. */
export function asHex(item: Rlp | undefined, length: number): Hex {
  return to0x(asBytes(item, length));
}
