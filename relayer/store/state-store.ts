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
  close(): Promise<void>;
}
