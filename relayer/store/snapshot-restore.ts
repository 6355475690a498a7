// From chunks to a store. Whoever sends them is not trusted: each chunk must have the hash that the manifest names, the
// entries must be in order, and the whole must lead to the root, which the caller knows from elsewhere. Only then does the
// store have a version; until then, and after anything else, it is empty.

import { type Bytes, equalBytes, toHex } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { checkedChunk } from './snapshot-file.ts';
import { decodeChunk, invalid, type Manifest } from './snapshot-format.ts';
import type { Restoration, StateStore } from './state-store.ts';

/** Entries worked in at once: some 30 ms, between which the node answers. */
const ENTRIES_A_TURN = 5_000;

/** `taken`: in the store. `altered`: not the bytes of this chunk, ask another. `repeated`: taken before. `early`: chunk `next` comes first. */
export type ChunkVerdict = 'taken' | 'altered' | 'repeated' | 'early';

export class SnapshotRestore {
  readonly manifest: Manifest;
  readonly #restoration: Restoration;
  #next = 0;
  #lastKey: Bytes | undefined;

  private constructor(manifest: Manifest, restoration: Restoration) {
    this.manifest = manifest;
    this.#restoration = restoration;
  }

  /** Empties the store for it. */
  static async begin(store: StateStore, manifest: Manifest): Promise<SnapshotRestore> {
    return new SnapshotRestore(manifest, await store.restore());
  }

  /** The chunk that must come next. */
  get next(): number {
    return this.#next;
  }

  /** All chunks are taken. */
  get complete(): boolean {
    return this.#next === this.manifest.chunks.length;
  }

  /** Takes a chunk. Throws SNAPSHOT_INVALID when the snapshot can lead nowhere, whoever sends its chunks. */
  async take(index: number, chunk: Bytes): Promise<ChunkVerdict> {
    const digest = this.manifest.chunks[index];
    if (digest === undefined || index > this.#next) return 'early';
    if (index < this.#next) return 'repeated';
    try {
      checkedChunk(chunk, digest, index);
    } catch (error) {
      if (hasCode(error, 'SNAPSHOT_CHUNK_ALTERED')) return 'altered';
      throw error;
    }
    const entries = decodeChunk(chunk, this.#lastKey);
    for (let i = 0; i < entries.length; i += ENTRIES_A_TURN) await this.#restoration.add(entries.slice(i, i + ENTRIES_A_TURN));
    this.#lastKey = entries.at(-1)?.[0].slice() ?? this.#lastKey;
    this.#next++;
    return 'taken';
  }

  /** Makes the store's version that of the snapshot, with these records beside it. Throws SNAPSHOT_INVALID unless everything fits; the store is then empty. */
  async finish(meta: Readonly<Record<string, Bytes>>): Promise<void> {
    const { version, root, entries } = this.manifest;
    const { root: reached, entries: count } = this.#restoration;
    if (!this.complete || !equalBytes(reached, root) || BigInt(count) !== entries) {
      await this.abandon();
      throw invalid(`its ${count} entries lead to root ${toHex(reached)}, not ${entries} to ${toHex(root)}`);
    }
    await this.#restoration.adopt(version, meta);
  }

  /** Throws away what was taken. */
  abandon(): Promise<void> {
    return this.#restoration.abandon();
  }
}
