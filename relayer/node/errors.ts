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
  | 'CONSENSUS_CLOSED'
  /** A new home cannot be made in a folder that holds something. */
  | 'HOME_EXISTS'
  /** A home could not be written, for a reason of the operating system. */
  | 'HOME_UNWRITABLE'
  /** There is no node in the folder: no genesis file, or one that cannot be read. */
  | 'HOME_INCOMPLETE'
  /** Another process runs the node of this home. */
  | 'HOME_IN_USE'
  /** An address on which the node must listen is taken. */
  | 'ADDRESS_IN_USE'
  /** The state is of another chain than the home's genesis file, or has another app hash than it should. */
  | 'STATE_FOREIGN'
  /** The state is at a later height than the engine has blocks. */
  | 'STATE_AHEAD'
  /** Blocks that the state would have to execute are gone from the engine. */
  | 'STATE_BEHIND'
  /** There is no state to be exported. */
  | 'STATE_EMPTY'
  /** A state is imported into a home without one only. */
  | 'STATE_EXISTS'
  /** Engine and application have no common height before the last one. */
  | 'ROLLBACK_IMPOSSIBLE'
  /** The engine could not write. */
  | 'DISK_FULL';

export class NodeError extends CodedError<NodeCode> {}
