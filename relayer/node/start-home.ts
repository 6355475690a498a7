// Starts the node of a home: reads config, genesis and keys, finds the engine, and runs application, CometBFT, witness and
// interface until closed. The open state store is the lock on the home.

import { readFile } from 'node:fs/promises';
import type { Application } from '../abci/application.ts';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { parseGenesisDoc } from '../abci/parse-genesis-doc.ts';
import type { CometBinary, CometBinaryOptions } from '../comet/comet-binary.ts';
import type { CometConfig } from '../comet/comet-config.ts';
import type { Bytes } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { cometbftConsensus } from './cometbft-consensus.ts';
import type { NodeConfig } from './config-schema.ts';
import { NodeError } from './errors.ts';
import { homeLayout } from './home-layout.ts';
import { readKeyFile, readPasswordFile } from './key-file.ts';
import { pathFrom } from './load-config.ts';
import { type NodeDeps, type RunningNode, startNode } from './start-node.ts';

export interface HomeDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Finds the engine; throws COMETBFT_MISSING, COMETBFT_VERSION. */
  readonly locateCometBft: (wanted: Pick<CometBinaryOptions, 'path' | 'version'>) => Promise<CometBinary>;
  /** Asks for the password of the witness key when no file has it. */
  readonly askPassword: (keyFile: string) => Promise<string>;
  /** Folder with the built dashboard. */
  readonly dashboard?: string | undefined;
  /** Put between engine and application, such as a recorder of calls. */
  readonly around?: ((application: Application) => Promise<Application>) | undefined;
  /** How long to wait for another process that runs the node to end, in milliseconds. Default 0. */
  readonly patienceMs?: number;
}

export interface RunningHome extends RunningNode {
  readonly network: string;
  /** Resolves with the reason when the node cannot go on by itself; it must still be closed. Never rejects. */
  readonly ended: Promise<Error>;
}

const POLL_MS = 100;

/** Throws HOME_INCOMPLETE, HOME_IN_USE, GENESIS_INVALID, KEY_…, COMETBFT_…, ADDRESS_IN_USE, and the codes of the rooms it builds. */
export async function startHome(config: NodeConfig, deps: HomeDeps): Promise<RunningHome> {
  const { clock, signal, dashboard, around } = deps;
  const log = deps.log.child({ node: config.name });
  const layout = homeLayout(config.home);
  const genesis = parseGenesisDoc(await readGenesis(layout.genesis, config.home));
  const { cometbft: path, cometbftVersion: version } = config;
  const binary = await deps.locateCometBft({ path, version });
  const witnessKey = await readWitnessKey(config, deps);
  log.info({ home: config.home, network: genesis.chain_id, cometbft: binary.version }, 'home was read');
  // What still waits for an engine that has ended for good, such as the start itself, must not wait for ever.
  const engineEnd = new AbortController();
  const ended = new Promise<Error>((resolve) => {
    engineEnd.signal.addEventListener('abort', () => resolve(engineEnd.signal.reason as Error), { once: true });
  });
  const { restarts } = config.consensus;
  const engine = { binary: binary.path, home: layout.comet, config: engineConfig(config, genesis), restarts };
  const consensus = cometbftConsensus(engine, { log, clock, signal, onEnd: (reason) => engineEnd.abort(reason), around });
  const nodeDeps: NodeDeps = {
    consensus,
    genesis,
    log: deps.log,
    clock,
    signal: AbortSignal.any([signal, engineEnd.signal]),
    ...(witnessKey && { witnessKey }),
    ...(dashboard !== undefined && { dashboard }),
  };
  const node = await whenFree(() => startNode(config, nodeDeps), config.home, deps);
  return { ...node, network: genesis.chain_id, ended };
}

/** A node that was just told to end, or lost its parent, still holds its home for a moment. */
async function whenFree<T>(start: () => Promise<T>, home: string, { clock, signal, patienceMs = 0 }: HomeDeps): Promise<T> {
  const deadline = clock.now() + patienceMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!hasCode(error, 'STORE_LOCKED')) throw error;
      if (clock.now() >= deadline)
        throw new NodeError('HOME_IN_USE', `another process runs the node of ${home}: stop it first`, { home });
      await clock.sleep(POLL_MS, signal);
    }
  }
}

async function readGenesis(path: string, home: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `there is no node in ${home}: ${path} cannot be read (${describe(error)}); make one with peg init --home`;
    throw new NodeError('HOME_INCOMPLETE', message, { home });
  }
}

/** Undefined for a full node. */
async function readWitnessKey({ home, witness }: NodeConfig, { askPassword }: HomeDeps): Promise<Bytes | undefined> {
  if (witness.keyFile === undefined) return undefined;
  const keyFile = pathFrom(home, witness.keyFile);
  if (witness.passwordFile !== undefined)
    return readKeyFile(keyFile, await readPasswordFile(pathFrom(home, witness.passwordFile)));
  try {
    return await readKeyFile(keyFile);
  } catch (error) {
    if (!hasCode(error, 'KEY_PASSWORD')) throw error;
    return readKeyFile(keyFile, await askPassword(keyFile));
  }
}

function engineConfig({ name, consensus }: NodeConfig, genesis: GenesisDoc): Omit<CometConfig, 'proxyApp'> {
  const { servers, trustHeight, trustHash } = consensus.stateSync;
  if (servers.length > 0 && (trustHeight === undefined || trustHash === undefined)) {
    const message = 'consensus.stateSync.trustHeight and trustHash must be given with servers: a block that is known to be right';
    throw new NodeError('CONFIG_INVALID', message, { field: 'consensus.stateSync.trustHeight' });
  }
  if (servers.length === 1) {
    const message = 'consensus.stateSync.servers must name at least two nodes: the engine holds what one says against the others';
    throw new NodeError('CONFIG_INVALID', message, { field: 'consensus.stateSync.servers' });
  }
  return {
    moniker: name,
    p2pAddress: consensus.p2pAddress,
    externalAddress: consensus.externalAddress,
    rpcAddress: consensus.rpcAddress,
    persistentPeers: consensus.peers,
    local: consensus.local,
    createEmptyBlocks: consensus.emptyBlocks,
    commitPauseMs: consensus.commitPauseMs,
    extra: consensus.extra,
    ...(trustHeight !== undefined &&
      trustHash !== undefined &&
      servers.length > 0 && {
        stateSync: { servers, trustHeight, trustHash: trustHash.replace(/^0x/, ''), trustSeconds: trustSeconds(genesis) },
      }),
  };
}

/** Half of the time in which validators answer for what they signed, which CometBFT itself takes for two days. */
function trustSeconds({ consensus_params: params }: GenesisDoc): number {
  const seconds = params === undefined ? 172_800n : BigInt(params.evidence.max_age_duration) / 1_000_000_000n;
  return Math.max(1, Number(seconds / 2n));
}
