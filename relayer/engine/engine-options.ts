// What can be chosen of an embedded engine.

import type { Application } from '../abci/application.ts';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { CodedError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { EngineError } from './errors.ts';
import type { MempoolLimits } from './replica/mempool.ts';
import type { CrashPoint } from './replica/replica.ts';

export interface NodeOptions {
  /** Unique; shown in logs, reports and as `moniker`. */
  readonly name: string;
  /** Absent: the node is down until `restart` gives it one. */
  readonly application?: Application;
  /** ed25519: seed (32 bytes), seed and public key (64 bytes) or PKCS #8. The node is a validator if the chain says so. */
  readonly privateKey: Bytes;
  /** Folder for the block store; absent: in memory, kept over restarts of the node within this engine. */
  readonly home?: string;
  /** Port on 127.0.0.1, 0 for any free one; absent: no socket, only `rpc`. */
  readonly rpcPort?: number;
}

export interface Timeouts {
  /** How long a round waits for a proposal, and longer by the delta in each further round. */
  readonly proposeMs: number;
  readonly proposeDeltaMs: number;
  /** How long it waits for more votes when there is no quorum for one thing. */
  readonly voteMs: number;
  readonly voteDeltaMs: number;
}

export interface EngineOptions {
  readonly genesis: GenesisDoc;
  readonly nodes: readonly NodeOptions[];
  /** Pause after a block before the next may be proposed (`timeout_commit`). */
  readonly blockIntervalMs?: number;
  /** Default: CometBFT's (3,000 / 500 / 1,000 / 500 ms). */
  readonly timeouts?: Partial<Timeouts>;
  /** False (default): blocks are made for transactions, at the start and after a changed app hash. */
  readonly createEmptyBlocks?: boolean;
  /** `clock` (default): blocks follow the clock. `step`: only `step()` makes them and no time-out is waited for. */
  readonly drive?: 'clock' | 'step';
  readonly mempool?: Partial<MempoolLimits>;
  /** Told once when no more blocks will be made: the applications disagree, or the engine has a defect. */
  readonly onFailure?: (error: CodedError) => void;
  /** For tests: where nodes crash. */
  readonly crashAt?: CrashPoint;
}

export interface EngineContext {
  readonly clock: Clock;
  readonly log: Log;
}

/** One node, as its user meets it. */
export interface EngineNode {
  readonly name: string;
  /** Consensus address. */
  readonly address: Hex;
  /** `http://127.0.0.1:<port>`; undefined without a socket. The port stays the same over restarts. */
  readonly rpcUrl: string | undefined;
  readonly isRunning: boolean;
  /** Why the node stopped by itself. */
  readonly failure: EngineError | undefined;
  /** Last block that the node committed, 0 before the first. */
  height(): bigint;
  /** JSON-RPC without a socket: the result as CometBFT encodes it. Rejects with JsonRpcError, or ENGINE_NODE_DOWN. */
  readonly rpc: { call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown> };
  /** Takes the node down between two rounds; its store stays. */
  stop(): Promise<void>;
  /** Brings a node back that is down (or up for the first time) with this application, replays what it misses. */
  restart(application: Application): Promise<void>;
}

export const DEFAULT_TIMEOUTS: Timeouts = { proposeMs: 3_000, proposeDeltaMs: 500, voteMs: 1_000, voteDeltaMs: 500 };
export const DEFAULT_BLOCK_INTERVAL_MS = 1_000;
