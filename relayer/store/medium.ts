// The port between the versioned tree and where its records live: in memory or in a LevelDB folder.

import type { Bytes } from '../lib/bytes.ts';
import type { RecordMap } from './update.ts';
import type { VersionRecord } from './version-record.ts';

export interface Medium {
  /** Where it is, for messages. */
  readonly name: string;
  /** A record of the last version; undefined when there is none of that name. `hash` is what its page or value must have. */
  read(name: string, hash: Bytes): Bytes | undefined;
  /** The record of a version that is kept; throws STORE_CORRUPT when it is missing. */
  version(version: bigint): VersionRecord;
  /** Makes the version durable, then makes `written` what `read` answers, at one stroke. Forgets versions before `oldest`. */
  commit(record: VersionRecord, written: RecordMap, oldest: bigint): Promise<void>;
  /** Makes `version`, an older one, the last one again; `written` is in what its records differ. */
  rollback(version: bigint, written: RecordMap): Promise<void>;
  /** The records of the last version as they are now, whatever is committed while they are read. No commit may be under way. */
  freeze(): FrozenRecords;
  /** Forgets everything: version 0, without entries. Until `adopt`, what is on the medium counts as never finished. */
  clear(): Promise<void>;
  /** After `clear`: makes records durable. */
  load(written: RecordMap): Promise<void>;
  /** After `clear`: makes what was loaded the first version, or, without one, stays empty. */
  adopt(record: VersionRecord | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface FrozenRecords {
  read(name: string, hash: Bytes): Bytes | undefined;
  /** Must be called; nothing can be read afterwards. */
  release(): Promise<void>;
}
