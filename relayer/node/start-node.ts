// One node of the peg: state, application, a seat in consensus, a client of its own JSON-RPC and, where they are wanted,
// witness and HTTP interface. Everything is built here in the order in which it depends on each other, closed in reverse.

import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import type { DevnetPort } from '../api/devnet-port.ts';
import { startApi } from '../api/start-api.ts';
import { type CometClient, openCometClient } from '../comet/rpc-client.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe, hasCode } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { AuditStatus } from '../witness/auditor.ts';
import { type AuditDuty, type AuditDutyContext, startAuditDuty } from './audit-duty.ts';
import type { NodeConfig } from './config-schema.ts';
import type { Consensus } from './consensus.ts';
import { NodeError } from './errors.ts';
import { openApplication } from './open-application.ts';
import { startWitnessDuty, type WatchedEthereum, type WitnessDuty } from './witness-duty.ts';

export interface NodeDeps {
  readonly consensus: Consensus;
  readonly log: Log;
  readonly clock: Clock;
  /** Gives up starting, and ends everything that waits; `close` is needed all the same. */
  readonly signal?: AbortSignal;
  /** The key in `witness.keyFile`, 32 bytes; absent: the node does not vote. */
  readonly witnessKey?: Bytes;
  /** Folder with the built dashboard, served by the HTTP interface. */
  readonly dashboard?: string;
  /** Lets the interface act for the stakers of a devnet. */
  readonly devnet?: DevnetPort;
  /** The engine's genesis file: a state of another chain is refused, and the node may join by a snapshot. */
  readonly genesis?: GenesisDoc;
}

export interface RunningNode {
  readonly name: string;
  readonly rpcUrl: string;
  /** Of the HTTP interface; undefined when there is none. */
  readonly httpUrl: string | undefined;
  /** Of the node's own JSON-RPC; closed with the node. */
  readonly client: CometClient;
  /** Undefined without a key. */
  readonly witness: WitnessDuty | undefined;
  /** Stops everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

const QUERY_RETRY_MS = 50;

/** Starts a node; what was built is closed again when a later step fails. Throws the codes of the rooms it builds. */
export async function startNode(config: NodeConfig, deps: NodeDeps): Promise<RunningNode> {
  const lifecycle = new Lifecycle();
  try {
    return await build(config, deps, lifecycle);
  } catch (error) {
    // Why it did not start counts for more than what closing it fails with.
    await lifecycle.close().catch((failure) => deps.log.warn({ error: describe(failure) }, 'node could not be closed in order'));
    throw error;
  }
}

async function build(config: NodeConfig, deps: NodeDeps, lifecycle: Lifecycle): Promise<RunningNode> {
  const log = deps.log.child({ node: config.name });
  const { clock, signal, witnessKey } = deps;
  const { urls } = config.ethereum;
  if (witnessKey !== undefined && urls.length === 0)
    throw new NodeError('CONFIG_INVALID', 'ethereum.urls must name an endpoint: a validator has to see Ethereum', {
      field: 'ethereum.urls',
    });
  if (witnessKey !== undefined && (config.ethereum.agreement ?? 1) > urls.length)
    throw new NodeError('CONFIG_INVALID', 'ethereum.agreement asks for more endpoints than ethereum.urls names', {
      field: 'ethereum.agreement',
    });

  const { application, store } = await openApplication(config, deps.genesis, { log, lifecycle });

  const seat = await deps.consensus.join(application);
  lifecycle.onClose('the seat in consensus', () => seat.leave());
  const client = await openCometClient(seat.rpcUrl, signal === undefined ? {} : { signal });
  lifecycle.onClose('the client', () => client.close());

  let witness: WitnessDuty | undefined;
  if (witnessKey !== undefined) {
    const { watched, consensusAddress } = await readSeat(client, clock, signal);
    const latchFile = join(config.home, 'latch.json');
    const duty = { config, peg: client, watched, privateKey: witnessKey, consensusAddress, latchFile };
    witness = await startWitnessDuty(duty, { log, clock, signal });
    lifecycle.onClose('the witness', witness.close.bind(witness));
  }

  const audit = witness && startAudit(config, client, witness, { log, clock, signal });
  if (audit !== undefined) lifecycle.onClose('the audit', () => audit.close());
  const witnessStatus = () =>
    witness && { ...witness.status(), ...(audit?.status() && { audit: audit.status() as AuditStatus }) };

  let httpUrl: string | undefined;
  if (config.api.port !== undefined) {
    const { host, port, ...limits } = config.api;
    const extras = {
      ...(deps.dashboard !== undefined && { dashboard: deps.dashboard }),
      ...(deps.devnet !== undefined && { devnet: deps.devnet }),
    };
    const api = await startApi({ client, witness: witnessStatus, host, port, limits, ...extras }, { log, clock });
    lifecycle.onClose('the HTTP interface', () => api.close());
    httpUrl = api.url;
  }
  log.info({ rpc_url: seat.rpcUrl, http_url: httpUrl, height: store.version, votes: witness !== undefined }, 'node started');
  return { name: config.name, rpcUrl: seat.rpcUrl, httpUrl, client, witness, close: () => lifecycle.close() };
}

/** Undefined when it is switched off. */
function startAudit(
  { audit }: NodeConfig,
  client: CometClient,
  witness: WitnessDuty,
  context: AuditDutyContext,
): AuditDuty | undefined {
  const leastIntervalMs = audit.leastMinutes * 60_000;
  return leastIntervalMs === 0
    ? undefined
    : startAuditDuty({ client, ethereum: () => witness.ethereum()?.view, leastIntervalMs }, context);
}

interface SeatOfWitness {
  readonly watched: WatchedEthereum;
  readonly consensusAddress: Hex;
}

/** Asks the own engine until it knows: before genesis it does not, and while it is started again nobody answers. */
async function readSeat(client: CometClient, clock: Clock, signal: AbortSignal | undefined): Promise<SeatOfWitness> {
  for (;;) {
    try {
      const { chainId, stakingContract } = (await client.query('/ethereum', signal)) as { chainId: number; stakingContract: Hex };
      const { finalityThreshold } = (await client.query('/params', signal)) as { finalityThreshold: number };
      const watched = { chainId: BigInt(chainId), contract: stakingContract, finalityThreshold: BigInt(finalityThreshold) };
      return { watched, consensusAddress: (await client.status(signal)).address };
    } catch (error) {
      if (!hasCode(error, 'PEG_QUERY_REFUSED') && !hasCode(error, 'PEG_UNREACHABLE')) throw error;
      await clock.sleep(QUERY_RETRY_MS, signal);
    }
  }
}
