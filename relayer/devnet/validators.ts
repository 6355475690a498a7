// The validators of a devnet: each a node of its own with store, application, witness and interfaces, all of them driven by
// one embedded engine.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError, hasCode } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import { type NodeConfig, nodeConfigSchema } from '../node/config-schema.ts';
import { type Consensus, embeddedConsensus } from '../node/consensus.ts';
import { type NodeDeps, type RunningNode, startNode } from '../node/start-node.ts';
import type { WitnessStatus } from '../witness/status.ts';
import type { DevnetContext } from './devnet.ts';
import type { DevnetOptions } from './devnet-options.ts';
import type { DevnetValidator } from './genesis.ts';
import type { StateDocument } from './result.ts';

/** `SAMPLE_FAILED`: the validators could not be read at one height. */
export type ValidatorsErrorCode = 'SAMPLE_FAILED';

export interface ValidatorsRequest {
  readonly options: DevnetOptions;
  readonly genesis: GenesisDoc;
  readonly set: readonly DevnetValidator[];
  readonly ethereumUrls: readonly string[];
}

export interface RunningValidator {
  readonly name: string;
  /** Consensus address. */
  readonly address: Hex;
  readonly rpcUrl: string;
  /** HTTP interface and dashboard; undefined when they are not served. */
  readonly httpUrl: string | undefined;
  readonly client: CometClient;
  readonly witness: () => WitnessStatus | undefined;
}

export interface Validators {
  readonly all: readonly RunningValidator[];
  /** The round that each validator is in. */
  rounds(signal: AbortSignal): Promise<readonly StateDocument['round'][]>;
  /** The state of every validator at one peg height that all of them have committed. */
  sample(signal: AbortSignal): Promise<readonly { readonly address: Hex; readonly state: StateDocument }[]>;
  close(): Promise<void>;
}

const PEG_BLOCK_INTERVAL_MS = 100;
const ETHEREUM_POLL_MS = 100;
const WITNESS_POLL_MS = 200;
const FIRST_BLOCK_TIMEOUT_MS = 30_000;
const SAMPLE_ATTEMPTS = 50;
const POLL_MS = 100;

/** Starts the set and waits until each node has its first block. */
export async function startValidators(request: ValidatorsRequest, context: DevnetContext): Promise<Validators> {
  const lifecycle = new Lifecycle();
  try {
    const all = await build(request, context, lifecycle);
    await firstBlock(all, context);
    return {
      all,
      rounds: (signal) => Promise.all(all.map(({ client }) => client.query('/round', signal) as Promise<StateDocument['round']>)),
      sample: (signal) => sample(all, context, signal),
      close: () => lifecycle.close(),
    };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

/** All nodes start at once: the engine begins with the last of them. When one fails, those that wait for it are released. */
async function build(
  request: ValidatorsRequest,
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<readonly RunningValidator[]> {
  const { options, genesis, set } = request;
  const home = options.home ?? (await temporaryHome(lifecycle));
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
  return Promise.all(starting);
}

function configOf({ options, set, ethereumUrls }: ValidatorsRequest, home: string, index: number): NodeConfig {
  const name = (set[index] as DevnetValidator).name;
  const httpPort = options.portBase === undefined ? 0 : options.portBase + 10 * index + 1;
  return nodeConfigSchema.parse({
    home: join(home, name),
    name,
    ethereum: { urls: [ethereumUrls[index % ethereumUrls.length]], pollIntervalMs: ETHEREUM_POLL_MS },
    witness: { pollIntervalMs: WITNESS_POLL_MS },
    ...(options.http && { api: { port: httpPort } }),
  });
}

function depsOf(
  { options }: ValidatorsRequest,
  validator: DevnetValidator,
  consensus: Consensus,
  context: DevnetContext,
): NodeDeps {
  const { log, clock, signal } = context;
  const dashboard = options.dashboard === undefined ? {} : { dashboard: options.dashboard };
  return { consensus, log, clock, signal, witnessKey: validator.witnessKey, ...dashboard };
}

function pick({ rpcUrl, httpUrl, client, witness }: RunningNode) {
  return { rpcUrl, httpUrl, client, witness: () => witness?.status() };
}

async function temporaryHome(lifecycle: Lifecycle): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'peg-devnet-'));
  lifecycle.onClose('the temporary folder', () => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function firstBlock(all: readonly RunningValidator[], { clock, signal }: DevnetContext): Promise<void> {
  const deadline = clock.now() + FIRST_BLOCK_TIMEOUT_MS;
  for (const { client, name } of all) {
    while ((await client.status(signal)).height === 0) {
      if (clock.now() > deadline)
        throw new CodedError<ValidatorsErrorCode>('SAMPLE_FAILED', `${name} has made no block`, { name });
      await clock.sleep(POLL_MS, signal);
    }
  }
}

/** Reads all at the smallest height that all have; a state that is not kept any more means trying again with a newer one. */
async function sample(all: readonly RunningValidator[], { clock }: DevnetContext, signal: AbortSignal) {
  for (let attempt = 0; attempt < SAMPLE_ATTEMPTS; attempt++) {
    const heights = await Promise.all(all.map(async ({ client }) => (await client.status(signal)).height));
    const height = Math.min(...heights);
    const answers = await Promise.all(all.map(({ client }) => client.queryAt('/state', { height }, signal)));
    if (answers.every(({ code }) => code === 0)) {
      return answers.map(({ value }, index) => ({
        address: (all[index] as RunningValidator).address,
        state: JSON.parse(new TextDecoder().decode(value)) as StateDocument,
      }));
    }
    await clock.sleep(POLL_MS, signal);
  }
  throw new CodedError<ValidatorsErrorCode>('SAMPLE_FAILED', 'the validators could not be read at one height');
}
