// A state store that lives and dies with the process: for tests and simulations.

import { createHash } from 'node:crypto';
import { type Bytes, compareBytes, toHex } from '../lib/bytes.ts';
import type { StateReader } from '../peg/types.ts';
import { StoreError } from './codes.ts';
import type { Change, ProofOperator, StateStore } from './state-store.ts';

export interface MemoryStoreOptions {
  /** How many versions `reader` and `prove` serve, the last one included; at least 2. */
  readonly keepVersions?: number;
}

type Entries = ReadonlyMap<string, readonly [key: Bytes, value: Bytes]>;

/** An empty store in memory. */
export function openMemoryStore(options: MemoryStoreOptions = {}): StateStore {
  return new MemoryStore(options.keepVersions ?? 16);
}

class MemoryStore implements StateStore {
  readonly #keep: number;
  readonly #kept = new Map<bigint, { entries: Entries; root: Bytes }>();
  readonly #meta = new Map<string, Bytes>();
  #version = 0n;
  #staged: { entries: Entries; root: Bytes } | undefined;

  constructor(keep: number) {
    this.#keep = Math.max(2, keep);
    const entries: Entries = new Map();
    this.#kept.set(0n, { entries, root: rootOf(entries) });
  }

  get version(): bigint {
    return this.#version;
  }

  get root(): Bytes {
    return this.#at(this.#version).root;
  }

  get oldestVersion(): bigint {
    return this.#kept.keys().next().value as bigint;
  }

  reader(version = this.#version): StateReader {
    const { entries } = this.#at(version);
    return {
      get: (key) => entries.get(toHex(key))?.[1],
      scan: (prefix) => {
        const text = toHex(prefix);
        return [...entries]
          .filter(([name]) => name.startsWith(text))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, entry]) => entry);
      },
    };
  }

  stage(changes: Iterable<Change>): Bytes {
    const entries = new Map(this.#at(this.#version).entries);
    for (const [key, value] of changes) {
      if (value === undefined) entries.delete(toHex(key));
      else entries.set(toHex(key), [key, value]);
    }
    this.#staged = { entries, root: rootOf(entries) };
    return this.#staged.root;
  }

  async commit(version: bigint, meta: Readonly<Record<string, Bytes>> = {}): Promise<void> {
    this.#kept.set(version, this.#staged ?? this.#at(this.#version));
    for (const [name, value] of Object.entries(meta)) this.#meta.set(name, value);
    this.#version = version;
    this.#staged = undefined;
    while (this.#kept.size > this.#keep) this.#kept.delete(this.oldestVersion);
  }

  meta(name: string): Bytes | undefined {
    return this.#meta.get(name);
  }

  prove(_key: Bytes, version = this.#version): readonly ProofOperator[] {
    this.#at(version);
    return [];
  }

  async close(): Promise<void> {}

  #at(version: bigint): { entries: Entries; root: Bytes } {
    const kept = this.#kept.get(version);
    if (!kept) throw new StoreError('STORE_VERSION_UNKNOWN', `version ${version} is not kept`, { version });
    return kept;
  }
}

function rootOf(entries: Entries): Bytes {
  const hash = createHash('sha256');
  const sorted = [...entries.values()].sort(([a], [b]) => compareBytes(a, b));
  for (const [key, value] of sorted) hash.update(`${toHex(key)}=${toHex(value)};`);
  return new Uint8Array(hash.digest());
}
