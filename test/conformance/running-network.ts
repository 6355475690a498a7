// What the conformance suites need of a network: any engine that can offer this can be held to them. Its nodes run the
// key-value application of these tests (or one that answers `key=value` transactions and queries by key alike).

import type { CallLogOptions, LoggedCall } from '../../relayer/abci/call-grammar.ts';

export interface RunningNode {
  /** `http://host:port` */
  readonly rpcUrl: string;
  /** The lives of its application, each from a start to a stop; empty when nobody wrote them down. */
  readonly lives: () => readonly { readonly calls: readonly LoggedCall[]; readonly options: CallLogOptions }[];
}

export interface RunningNetwork {
  readonly chainId: string;
  readonly nodes: readonly RunningNode[];
  close(): Promise<void>;
}

/** Starts a network that makes blocks by itself, for transactions at least, a few a second. */
export type StartNetwork = () => Promise<RunningNetwork>;
