// What the application needs of the state on disk. The implementation and the reason for its structure are beside this file.

import type { Bytes } from '../lib/bytes.ts';
import type { StateReader } from '../peg/types.ts';

/** A change of one key; `undefined` deletes it. */
export type Change = readonly [key: Bytes, value: Bytes | undefined];

/** One operator of an ABCI proof (`tendermint.crypto.ProofOp`). */
export interface ProofOperator {
  readonly type: string;
  readonly key: Bytes;
  readonly data: Bytes;
}

export interface StateStore {
  /** Version of the last commit: the peg height, 0 before the first. */
  readonly version: bigint;
  /** App hash of that version, 32 bytes. */
  readonly root: Bytes;
  /** The oldest version that `reader` and `prove` still serve. */
  readonly oldestVersion: bigint;
  /** The committed state (at `version`); throws STORE_VERSION_UNKNOWN for one that is not kept. */
  reader(version?: bigint): StateReader;
  /** App hash of a version that is kept, 32 bytes; throws STORE_VERSION_UNKNOWN for another. */
  rootAt(version: bigint): Bytes;
  /** The root that the last commit would have with these changes applied. Keeps nothing on disk; the last staged changes are what `commit` writes. */
  stage(changes: Iterable<Change>): Bytes;
  /** Writes the staged changes as `version`, with `meta` (small named records outside the app hash), atomically and synced. */
  commit(version: bigint, meta?: Readonly<Record<string, Bytes>>): Promise<void>;
  /** A record of the last commit that wrote it. */
  meta(name: string): Bytes | undefined;
  /** Proof that `key` has its value, or is absent, under the root of `version`. */
  prove(key: Bytes, version?: bigint): readonly ProofOperator[];
  /** The last version, readable until it is released, whatever is committed meanwhile; throws STORE_BUSY while a commit is written. */
  freeze(): FrozenState;
  /** Empties the store for good, to be filled anew. Until that is adopted, opening the folder again finds an empty store. */
  restore(): Promise<Restoration>;
  close(): Promise<void>;
}

/** One version that stays as it is. */
export interface FrozenState {
  readonly version: bigint;
  /** 32 bytes. */
  readonly root: Bytes;
  readonly entries: number;
  readonly state: StateReader;
  meta(name: string): Bytes | undefined;
  /** Must be called, and before the store is closed; nothing can be read afterwards. */
  release(): Promise<void>;
}

/** A store that is being filled. Its calls must follow one another; a failure to write leaves the store without use until it is opened again. */
export interface Restoration {
  /** App hash of what was added so far, 32 bytes, and the number of entries. */
  readonly root: Bytes;
  readonly entries: number;
  /** Adds entries, in any order, and waits until they are on disk. */
  add(entries: Iterable<readonly [key: Bytes, value: Bytes]>): Promise<void>;
  /** Makes what was added the last version; the store is ready. */
  adopt(version: bigint, meta: Readonly<Record<string, Bytes>>): Promise<void>;
  /** Throws away what was added; the store is ready, and empty. */
  abandon(): Promise<void>;
}
