// The validators of a devnet: each with its own store, application, witness and interfaces, driven by one embedded engine.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { PegApplication } from '../abci/peg-application.ts';
import { startApi } from '../api/start-api.ts';
import { type CometClient, openCometClient } from '../comet/rpc-client.ts';
import { startEngine } from '../engine/engine.ts';
import { openEthereum } from '../ethereum/open-ethereum.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import { foldEvent } from '../peg/fold.ts';
import { openStore } from '../store/level-store.ts';
import { fileLatch } from '../witness/latch.ts';
import { type RunningWitness, startWitness } from '../witness/start-witness.ts';
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
  readonly witness: RunningWitness;
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

async function build(
  request: ValidatorsRequest,
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<readonly RunningValidator[]> {
  const { options, genesis, set, ethereumUrls } = request;
  const home = options.home ?? (await temporaryHome(lifecycle));
  const nodes = [];
  for (const [index, validator] of set.entries()) {
    const folder = join(home, validator.name);
    const store = await openStore({ folder: join(folder, 'state') });
    lifecycle.onClose(`${validator.name}'s store`, () => store.close());
    const log = context.log.child({ validator: validator.name });
    nodes.push({
      name: validator.name,
      application: new PegApplication({ store, log }),
      privateKey: validator.consensusSeed,
      home: join(folder, 'blocks'),
      rpcPort: options.portBase === undefined ? 0 : options.portBase + 10 * index,
    });
  }
  const engine = await startEngine({ genesis, nodes, blockIntervalMs: PEG_BLOCK_INTERVAL_MS }, context);
  lifecycle.onClose('the engine', () => engine.close());
  const running: RunningValidator[] = [];
  for (const [index, validator] of set.entries()) {
    const { rpcUrl = '', address } = engine.nodes[index] as (typeof engine.nodes)[number];
    const client = await openCometClient(rpcUrl, { signal: context.signal });
    lifecycle.onClose(`${validator.name}'s client`, () => client.close());
    const ethereumUrl = ethereumUrls[index % ethereumUrls.length] as string;
    const witness = await openWitness(
      request,
      validator,
      { client, ethereumUrl, latch: join(home, validator.name, 'latch.json') },
      context,
      lifecycle,
    );
    const httpUrl = options.http ? await serveHttp(options, index, { client, witness }, context, lifecycle) : undefined;
    running.push({ name: validator.name, address, rpcUrl, httpUrl, client, witness });
  }
  return running;
}

async function serveHttp(
  { portBase, dashboard }: DevnetOptions,
  index: number,
  { client, witness }: { readonly client: CometClient; readonly witness: RunningWitness },
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<string> {
  const port = portBase === undefined ? 0 : portBase + 10 * index + 1;
  const api = await startApi(
    { client, witness: () => witness.status(), port, ...(dashboard !== undefined && { dashboard }) },
    context,
  );
  lifecycle.onClose('the HTTP interface', () => api.close());
  return api.url;
}

async function openWitness(
  { options, genesis }: ValidatorsRequest,
  validator: DevnetValidator,
  ends: { readonly client: CometClient; readonly ethereumUrl: string; readonly latch: string },
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<RunningWitness> {
  const log = context.log.child({ validator: validator.name });
  const { ethereum: watched } = genesis.app_state as { ethereum: { stakingContract: Hex; chainId: number } };
  const ethereum = await openEthereum(
    {
      url: ends.ethereumUrl,
      contract: watched.stakingContract,
      chainId: BigInt(watched.chainId),
      fold: foldEvent,
      finalityThreshold: options.params.finalityThreshold,
      pollIntervalMs: ETHEREUM_POLL_MS,
    },
    { ...context, log },
  );
  lifecycle.onClose(`${validator.name}'s view of Ethereum`, () => ethereum.close());
  const witness = startWitness(
    {
      ethereum: ethereum.view,
      peg: ends.client,
      privateKey: validator.witnessKey,
      consensusAddress: validator.consensusAddress,
      latch: fileLatch(ends.latch),
      finality: 'depth',
      pollIntervalMs: WITNESS_POLL_MS,
    },
    { clock: context.clock, log },
  );
  lifecycle.onClose(`${validator.name}'s witness`, () => witness.close());
  return witness;
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
