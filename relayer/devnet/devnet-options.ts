// What can be chosen of a devnet.

import type { Bytes, Hex } from '../lib/bytes.ts';
import type { ConsensusParams } from '../peg/types.ts';
import type { ScriptedStake } from './stakes.ts';

/** What makes the validators one network. */
export type DevnetEngine = { readonly kind: 'embedded' } | CometbftEngine;

/** Every validator is a process of its own, which runs CometBFT as its child. */
export interface CometbftEngine {
  readonly kind: 'cometbft';
  /** Program and first arguments of the `peg` command. */
  readonly command: readonly string[];
  /** Environment of the processes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The cometbft program. */
  readonly cometbft: string;
}

export interface DevnetOptions {
  readonly engine: DevnetEngine;
  /** Voting power of each validator; their number is the size of the set. */
  readonly powers: readonly number[];
  readonly params: ConsensusParams;
  readonly stakes: readonly ScriptedStake[];
  /** An Ethereum that is there already; every validator follows all of these endpoints. Empty: start one. */
  readonly ethereumUrls: readonly string[];
  /** A staking contract that is there already; otherwise one is deployed. */
  readonly contract?: Hex;
  /** Pays for the deployment and the stakers; otherwise an account that the chain keeps unlocked. */
  readonly deployerKey?: Bytes;
  /** Validator i answers JSON-RPC on `portBase + 10·i` and HTTP on the port after it (and CometBFT's peers on the one after that); undefined: any free ports. */
  readonly portBase?: number;
  /** Keeps the state here, so that the devnet can be stopped and started again; undefined: temporary. */
  readonly home?: string;
  /** Whether each validator serves HTTP. */
  readonly http: boolean;
  /** Folder with the built dashboard; undefined: HTTP without the page. */
  readonly dashboard?: string;
  /** Pause between the devnet's own Ethereum blocks, and between peg blocks. */
  readonly blockIntervalMs: number;
}

/** Offset of the local Ethereum's port from `portBase`. */
export const ETHEREUM_PORT_OFFSET = 9;
/** A devnet is quick where a network has time. */
export const PEG_BLOCK_INTERVAL_MS = 100;
export const ETHEREUM_POLL_MS = 100;
export const WITNESS_POLL_MS = 200;
