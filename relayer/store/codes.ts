// The room's error codes. A message names the folder or the version it is about and says what to do next.

import { CodedError } from '../lib/errors.ts';

export type StoreCode =
  /** What is on disk does not fit together: damaged or missing records, or a root that is not that of the content. */
  | 'STORE_CORRUPT'
  /** The folder holds something else than a store of this program, or a store in another format. */
  | 'STORE_FOREIGN'
  /** The store is open already, in another process or in this one. */
  | 'STORE_LOCKED'
  /** The version was never committed here, or is no longer kept. */
  | 'STORE_VERSION_UNKNOWN'
  /** A commit must have the version that follows the last one (any positive version when nothing was committed yet). */
  | 'STORE_VERSION_ORDER'
  /** The disk is full; the last commit that returned is safe. */
  | 'STORE_DISK_FULL'
  /** Reading or writing failed for another reason of the operating system. */
  | 'STORE_IO'
  /** A write failed before; the store takes no further one until it is opened again. */
  | 'STORE_FAILED'
  /** A commit is being written; staging and committing must wait for it. */
  | 'STORE_BUSY'
  /** The store was closed. */
  | 'STORE_CLOSED'
  /** A key or value is longer than the format can hold. */
  | 'STORE_TOO_LONG'
  /** A snapshot contradicts itself or its format, or does not lead to the root it should. */
  | 'SNAPSHOT_INVALID'
  /** A chunk of a snapshot does not have the bytes that its manifest names. */
  | 'SNAPSHOT_CHUNK_ALTERED'
  /** The file of a snapshot is there already; it is never overwritten. */
  | 'SNAPSHOT_EXISTS';

export class StoreError extends CodedError<StoreCode> {}
