// What a witness reads of the peg and how it hands in transactions: the same JSON-RPC that any client uses.
// `node/` plugs in the client; the JSON shapes are those of the app's query paths (docs/protocol.md).

import type { Bytes } from '../lib/bytes.ts';

export interface BroadcastResult {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  /** Upper-case hex of SHA-256 of the transaction. */
  readonly hash: string;
}

export interface PegPort {
  /** JSON value of an ABCI query at the last committed state; throws CodedError `PEG_QUERY_REFUSED` with the app's code, `PEG_UNREACHABLE` on failure. */
  query(path: string, signal?: AbortSignal): Promise<unknown>;
  /** broadcast_tx_sync: the result of CheckTx. A transaction that is in the mempool already answers code 0. */
  broadcast(tx: Bytes, signal?: AbortSignal): Promise<BroadcastResult>;
}
