// What the simulation needs of a peg network: nodes that can be asked, fed, stopped and started, and blocks that are made
// when told.

import type { Bytes, Hex } from '../../relayer/lib/bytes.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import type { BroadcastResult } from '../../relayer/witness/peg-port.ts';

export interface SimNetwork {
  readonly domain: Domain;
  /** Consensus address and witness key of each node's validator, by index. */
  readonly validators: readonly { readonly address: Hex; readonly publicKey: Bytes; readonly privateKey: Bytes }[];
  isUp(index: number): boolean;
  query(index: number, path: string): Promise<unknown>;
  broadcast(index: number, tx: Bytes): Promise<BroadcastResult>;
  /** The consensus set of a height as a node's engine has it: power by consensus address. */
  consensusSet(index: number, height: bigint): Promise<ReadonlyMap<Hex, bigint>>;
  /** Makes a block when enough power is up. False when none was made. */
  makeBlock(): Promise<boolean>;
  /** Height and app hash of every node that is up. */
  tips(): Promise<readonly { readonly index: number; readonly height: bigint; readonly appHash: string }[]>;
  /** Stops a node; with `crash`, somewhere in the middle of the next block. */
  stop(index: number, crash: boolean): Promise<void>;
  /** Starts a node that is down; it catches up by replay. */
  start(index: number): Promise<void>;
  /** Entries of a node's state. */
  stateEntries(index: number): number;
  close(): Promise<void>;
}
