// What one request needs of the node: queries of the peg, the witness beside it, and whether all of it is well.

import type { EthereumDocument, RoundDocument, StatusDocument } from '../client/documents.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Domain } from '../peg/types.ts';
import { describeDifferences } from '../witness/ledger.ts';
import { seriousReasons, type WitnessStatus } from '../witness/status.ts';

export interface NodeView {
  readonly client: CometClient;
  /** Undefined on a node without a witness. */
  readonly witness: () => WitnessStatus | undefined;
  /** What orders are signed under; asked once. */
  domain(signal?: AbortSignal): Promise<Domain>;
}

/** A view whose domain is read at its first use: before genesis there is none. */
export function openNodeView(client: CometClient, witness: NodeView['witness']): NodeView {
  let domain: Domain | undefined;
  return {
    client,
    witness,
    async domain(signal) {
      if (domain === undefined) {
        const answer = (await client.query('/domain', signal)) as Omit<Domain, 'chainId'> & { chainId: number };
        domain = { ...answer, chainId: BigInt(answer.chainId) };
      }
      return domain;
    },
  };
}

export async function readStatus(
  { client, witness }: Pick<NodeView, 'client' | 'witness'>,
  signal?: AbortSignal,
): Promise<StatusDocument> {
  const [node, round, ethereum] = await Promise.all([
    client.status(signal),
    client.query('/round', signal) as Promise<RoundDocument>,
    client.query('/ethereum', signal) as Promise<EthereumDocument>,
  ]);
  const own = witness();
  return {
    network: node.network,
    node: node.moniker,
    height: node.height,
    appHash: node.appHash,
    round,
    ethereum: { ...ethereum, head: own?.head === undefined ? null : Number(own.head), headAgeMs: own?.headAgeMs ?? null },
    witness:
      own === undefined ? null : { state: own.state, silence: own.silence.map(({ code, message }) => ({ code, message })) },
    alarms: alarmsOf(ethereum, own),
  };
}

/** What an operator must look at. */
export async function readAlarms({ client, witness }: Pick<NodeView, 'client' | 'witness'>): Promise<readonly string[]> {
  return alarmsOf((await client.query('/ethereum')) as EthereumDocument, witness());
}

function alarmsOf({ breach }: EthereumDocument, witness: WitnessStatus | undefined): string[] {
  const silence = witness?.state === 'silent' ? seriousReasons(witness.silence) : [];
  return [
    ...(breach === null ? [] : [`breach at Ethereum block ${breach.height}: ${breach.reason}`]),
    ...(witness?.latch === undefined ? [] : [`the finality latch is closed: ${witness.latch.message}`]),
    ...describeDifferences(witness?.audit?.report?.differences ?? []).map((difference) => `the audit failed: ${difference}`),
    ...silence.map(({ message }) => `the witness is silent: ${message}`),
  ];
}

/** Why the node is not ready to serve, nothing when it is. */
export async function readReasons(view: NodeView, signal?: AbortSignal): Promise<readonly string[]> {
  const status = await readStatus(view, signal).catch((error: Error) => error);
  if (status instanceof Error) return [status.message];
  const starting = status.witness?.state === 'starting' ? ['the witness has not begun'] : [];
  return [...starting, ...(status.height === 0 ? ['there is no block yet'] : []), ...status.alarms];
}
