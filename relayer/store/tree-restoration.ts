// Filling an empty store piece by piece: each piece is worked into the tree that the ones before it made and goes to disk
// at once, so the memory it takes does not depend on the size of the state. Nothing of it counts until it is adopted.

import type { Bytes } from '../lib/bytes.ts';
import { corrupt } from './disk-errors.ts';
import type { Version } from './history.ts';
import type { Node } from './layout.ts';
import type { Medium } from './medium.ts';
import { type Records, valueName } from './records.ts';
import { EMPTY } from './sha256.ts';
import type { Restoration } from './state-store.ts';
import { sortChanges, updateTree } from './update.ts';

/** A store before its first commit. */
export const EMPTY_VERSION: Version = { version: 0n, root: EMPTY, meta: new Map() };

export class TreeRestoration implements Restoration {
  readonly #medium: Medium;
  readonly #records: Records;
  readonly #done: (adopted: Version) => void;
  #root: Node = EMPTY;

  /** `medium` was cleared; `done` is told the version with which the store goes on. */
  constructor(medium: Medium, done: (adopted: Version) => void) {
    this.#medium = medium;
    this.#done = done;
    const read = (name: string, hash: Bytes): Bytes => {
      const record = medium.read(name, hash);
      if (record) return record;
      throw corrupt(medium.name, `record "${name}" is missing`);
    };
    this.#records = { page: read, value: (key, digest) => read(valueName(key), digest) };
  }

  get root(): Bytes {
    return new Uint8Array(this.#root.hash);
  }

  get entries(): number {
    return this.#root.count;
  }

  async add(entries: Iterable<readonly [key: Bytes, value: Bytes]>): Promise<void> {
    const { root, written } = updateTree(this.#records, this.#root, sortChanges(entries));
    await this.#medium.load(written);
    this.#root = root;
  }

  async adopt(version: bigint, meta: Readonly<Record<string, Bytes>>): Promise<void> {
    const copies = Object.entries(meta).map(([name, value]) => [name, new Uint8Array(value)] as const);
    const record = { version, root: this.#root, meta: new Map(copies), differences: [] };
    await this.#medium.adopt(record);
    this.#done(record);
  }

  async abandon(): Promise<void> {
    await this.#medium.adopt(undefined);
    this.#done(EMPTY_VERSION);
  }
}
