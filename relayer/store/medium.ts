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
  close(): Promise<void>;
}
