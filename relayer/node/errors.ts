// The room's error codes.

import { CodedError } from '../lib/errors.ts';

export type NodeCode =
  /** A setting is unknown or not what it must be; the message names where it was set. */
  | 'CONFIG_INVALID'
  /** The config file is there but cannot be read, or is not TOML. */
  | 'CONFIG_UNREADABLE'
  /** A key file cannot be read or written. */
  | 'KEY_UNREADABLE'
  /** A key file holds neither an encrypted Ethereum key nor 64 hex digits. */
  | 'KEY_INVALID'
  /** A key file without encryption can be read by others than its owner. */
  | 'KEY_EXPOSED'
  /** The password is missing or does not open the key file. */
  | 'KEY_PASSWORD'
  /** A key file is there already; it is never overwritten. */
  | 'KEY_EXISTS'
  /** The engine was closed before every node had joined, or a node joined twice. */
  | 'CONSENSUS_CLOSED';

export class NodeError extends CodedError<NodeCode> {}
