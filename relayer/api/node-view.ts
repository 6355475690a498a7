// What one request needs of the node: queries of the peg, the witness beside it, and whether all of it is well.

import type { CometClient } from '../comet/rpc-client.ts';
import type { WitnessStatus } from '../witness/status.ts';

export interface NodeView {
  readonly client: CometClient;
  /** Undefined on a node without a witness. */
  readonly witness: () => WitnessStatus | undefined;
}

export interface EthereumAnswer {
  readonly nonce: number;
  readonly matureEthBlock: number | null;
  readonly breach: { readonly height: number; readonly reason: string } | null;
}

export interface StatusDocument {
  readonly network: string;
  readonly node: string;
  readonly height: number;
  readonly appHash: string;
  readonly round: unknown;
  readonly ethereum: EthereumAnswer & { readonly head: number | null };
  readonly witness: {
    readonly state: string;
    readonly silence: readonly { readonly code: string; readonly message: string }[];
  } | null;
  readonly alarms: readonly string[];
}

export async function readStatus({ client, witness }: NodeView, signal?: AbortSignal): Promise<StatusDocument> {
  const [node, round, ethereum] = await Promise.all([
    client.status(signal),
    client.query('/round', signal),
    client.query('/ethereum', signal) as Promise<EthereumAnswer>,
  ]);
  const own = witness();
  return {
    network: node.network,
    node: node.moniker,
    height: node.height,
    appHash: node.appHash,
    round,
    ethereum: { ...ethereum, head: own?.head === undefined ? null : Number(own.head) },
    witness:
      own === undefined ? null : { state: own.state, silence: own.silence.map(({ code, message }) => ({ code, message })) },
    alarms: alarmsOf(ethereum, own),
  };
}

/** What an operator must look at. */
function alarmsOf({ breach }: EthereumAnswer, witness: WitnessStatus | undefined): readonly string[] {
  return [
    ...(breach === null ? [] : [`breach at Ethereum block ${breach.height}: ${breach.reason}`]),
    ...(witness?.latch === undefined ? [] : [`the finality latch is closed: ${witness.latch.message}`]),
    ...(witness?.state === 'silent' ? witness.silence.map(({ message }) => `the witness is silent: ${message}`) : []),
  ];
}

/** Why the node is not ready to serve, nothing when it is. */
export async function readReasons(view: NodeView, signal?: AbortSignal): Promise<readonly string[]> {
  const status = await readStatus(view, signal).catch((error: Error) => error);
  if (status instanceof Error) return [status.message];
  const starting = status.witness?.state === 'starting' ? ['the witness has not begun'] : [];
  return [...starting, ...(status.height === 0 ? ['there is no block yet'] : []), ...status.alarms];
}
