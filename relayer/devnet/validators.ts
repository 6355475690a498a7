// The validators of a devnet: each a node of its own with store, application, witness and interfaces. Which engine makes them
// one network is decided here and seen nowhere else.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import type { DevnetPort } from '../api/devnet-port.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import { startCometbftSet } from './cometbft-set.ts';
import type { DevnetContext } from './devnet.ts';
import type { DevnetOptions } from './devnet-options.ts';
import { startEmbeddedSet } from './embedded-set.ts';
import type { DevnetValidator } from './genesis.ts';
import type { StateDocument } from './result.ts';

/** `SAMPLE_FAILED`: the validators could not be read at one height. */
export type ValidatorsErrorCode = 'SAMPLE_FAILED';

export interface ValidatorsRequest {
  readonly options: DevnetOptions;
  readonly genesis: GenesisDoc;
  readonly set: readonly DevnetValidator[];
  readonly ethereumUrls: readonly string[];
  /** What the interfaces of nodes in this process do for the stakers. */
  readonly devnet?: DevnetPort;
}

export interface RunningValidator {
  readonly name: string;
  /** Consensus address. */
  readonly address: Hex;
  readonly rpcUrl: string;
  /** HTTP interface and dashboard; undefined when they are not served. */
  readonly httpUrl: string | undefined;
  readonly client: CometClient;
  /** Undefined while the node has no witness. */
  readonly witness: () => Promise<WitnessSummary | undefined>;
  /** Ends this validator; the others go on while they have more than 2/3 of the power. Idempotent. */
  stop(): Promise<void>;
}

/** What a time-out says of a witness. */
export interface WitnessSummary {
  readonly state: string;
  /** Newest final Ethereum block. */
  readonly matureEthBlock: number | undefined;
  /** Why it does not vote. */
  readonly silence: readonly string[];
}

/** The nodes of a set, as an engine of either kind starts them. */
export interface StartedSet {
  readonly all: readonly RunningValidator[];
  /** Resolves with the reason when a validator ends by itself; never rejects. */
  readonly ended: Promise<Error>;
}

export interface Validators extends StartedSet {
  readonly all: readonly RunningValidator[];
  /** The round that each validator is in. */
  rounds(signal: AbortSignal): Promise<readonly StateDocument['round'][]>;
  /** The state of every validator at one peg height that all of them have committed. */
  sample(signal: AbortSignal): Promise<readonly { readonly address: Hex; readonly state: StateDocument }[]>;
  close(): Promise<void>;
}

const FIRST_BLOCK_TIMEOUT_MS = 120_000;
const SAMPLE_ATTEMPTS = 50;
const POLL_MS = 100;

/** Starts the set and waits until each node has its first block. */
export async function startValidators(request: ValidatorsRequest, context: DevnetContext): Promise<Validators> {
  const lifecycle = new Lifecycle();
  try {
    const home = request.options.home ?? (await temporaryHome(lifecycle));
    const start = request.options.engine.kind === 'cometbft' ? startCometbftSet : startEmbeddedSet;
    const { all, ended } = await start(request, home, context, lifecycle);
    await firstBlock(all, context);
    return {
      all,
      ended,
      rounds: (signal) => Promise.all(all.map(({ client }) => client.query('/round', signal) as Promise<StateDocument['round']>)),
      sample: (signal) => sample(all, context, signal),
      close: () => lifecycle.close(),
    };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
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
