// The validators of a devnet on the embedded engine: nodes in this process, all of them driven by one engine.

import { join } from 'node:path';
import { hasCode } from '../lib/errors.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import { type NodeConfig, nodeConfigSchema } from '../node/config-schema.ts';
import { type Consensus, embeddedConsensus } from '../node/consensus.ts';
import { type NodeDeps, type RunningNode, startNode } from '../node/start-node.ts';
import type { DevnetContext } from './devnet.ts';
import { ETHEREUM_POLL_MS, PEG_BLOCK_INTERVAL_MS, WITNESS_POLL_MS } from './devnet-options.ts';
import type { DevnetValidator } from './genesis.ts';
import type { StartedSet, ValidatorsRequest, WitnessSummary } from './validators.ts';

/** All nodes start at once: the engine begins with the last of them. When one fails, those that wait for it are released. */
export async function startEmbeddedSet(
  request: ValidatorsRequest,
  home: string,
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<StartedSet> {
  const { options, genesis, set } = request;
  const nodes = set.map(({ name, consensusSeed }, index) => ({
    name,
    privateKey: consensusSeed,
    home: join(home, name, 'blocks'),
    rpcPort: options.portBase === undefined ? 0 : options.portBase + 10 * index,
  }));
  const consensus = embeddedConsensus({ genesis, nodes, blockIntervalMs: PEG_BLOCK_INTERVAL_MS }, context);
  lifecycle.onClose('the engine', () => consensus.close());
  const starting = set.map(async (validator, index) => {
    try {
      const seat = consensus.seats.get(validator.name) as Consensus;
      const node = await startNode(configOf(request, home, index), depsOf(request, validator, seat, context));
      lifecycle.onClose(validator.name, () => node.close());
      return { name: validator.name, address: validator.consensusAddress, ...pick(node) };
    } catch (error) {
      await consensus.close();
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(starting);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((error) => !hasCode(error, 'CONSENSUS_CLOSED')) ?? failures[0];
  // Nodes in this process end with it, or not at all.
  return { all: await Promise.all(starting), ended: new Promise(() => {}) };
}

function configOf({ options, set, ethereumUrls }: ValidatorsRequest, home: string, index: number): NodeConfig {
  const name = (set[index] as DevnetValidator).name;
  const httpPort = options.portBase === undefined ? 0 : options.portBase + 10 * index + 1;
  return nodeConfigSchema.parse({
    home: join(home, name),
    name,
    ethereum: { urls: ethereumUrls, pollIntervalMs: ETHEREUM_POLL_MS },
    witness: { pollIntervalMs: WITNESS_POLL_MS },
    ...(options.http && { api: { port: httpPort } }),
  });
}

function depsOf(
  { options, genesis, devnet }: ValidatorsRequest,
  validator: DevnetValidator,
  consensus: Consensus,
  context: DevnetContext,
): NodeDeps {
  const { log, clock, signal } = context;
  return {
    ...{ consensus, log, clock, signal, genesis, witnessKey: validator.witnessKey },
    ...(options.dashboard !== undefined && { dashboard: options.dashboard }),
    ...(devnet !== undefined && { devnet }),
  };
}

function pick(node: RunningNode) {
  const { rpcUrl, httpUrl, client, witness } = node;
  return { rpcUrl, httpUrl, client, witness: async () => summaryOf(witness), stop: () => node.close() };
}

function summaryOf(witness: RunningNode['witness']): WitnessSummary | undefined {
  if (witness === undefined) return undefined;
  const { state, matureEthBlock, silence } = witness.status();
  return {
    state,
    matureEthBlock: matureEthBlock === undefined ? undefined : Number(matureEthBlock),
    silence: silence.map(({ message }) => message),
  };
}
