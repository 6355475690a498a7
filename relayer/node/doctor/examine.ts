// The doctor: everything that an operator would look at when a node does not work, in the order in which one thing depends on
// the other. It changes nothing, and runs beside a running node.

import { readFile } from 'node:fs/promises';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { parseGenesisDoc } from '../../abci/parse-genesis-doc.ts';
import type { CometBinary, CometBinaryOptions } from '../../comet/comet-binary.ts';
import type { Clock } from '../../lib/clock.ts';
import { describe } from '../../lib/errors.ts';
import { parseAppState } from '../../peg/genesis.ts';
import type { NodeConfig } from '../config-schema.ts';
import { homeLayout } from '../home-layout.ts';
import { checkEndpoints, type WatchedNetwork } from './endpoint-checks.ts';
import { checkBinary, checkExposure, checkNodeVersion, checkPeers, checkRunning } from './engine-checks.ts';
import { type Finding, ok, problem } from './finding.ts';
import { checkHome } from './home-checks.ts';

export interface DoctorDeps {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Reads the config of the home; throws CONFIG_INVALID, CONFIG_UNREADABLE. */
  readonly loadConfig: () => Promise<NodeConfig>;
  readonly locateCometBft: (wanted: Pick<CometBinaryOptions, 'path' | 'version'>) => Promise<CometBinary>;
  /** `process.versions.node` */
  readonly nodeVersion: string;
  /** Less than this on the disk is a problem, less than five times it a warning. Default 1 GiB. */
  readonly leastFreeBytes?: bigint;
}

/** Every finding, the good ones too. Rejects only when the signal is aborted. */
export async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
  const node = checkNodeVersion(deps.nodeVersion);
  let config: NodeConfig;
  try {
    config = await deps.loadConfig();
  } catch (error) {
    return [node, problem('CONFIG_INVALID', 'config', describe(error), 'mend the setting that the message names')];
  }
  const { cometbft: path, cometbftVersion: version } = config;
  const binary = await checkBinary(() => deps.locateCometBft({ path, version }));
  const genesis = await readGenesis(config);
  if ('severity' in genesis) return [node, binary, genesis];
  return [
    node,
    binary,
    ok('config', `of ${config.name} in ${config.home}`),
    ok('genesis', `of ${genesis.chain_id}, ${genesis.validators.length} validators`),
    ...(await checkHome(config, genesis, { leastFreeBytes: deps.leastFreeBytes })),
    ...checkPeers(config, genesis),
    ...checkExposure(config),
    ...(await checkRunning(config, genesis)),
    ...(await checkEndpoints(config, watchedBy(genesis), deps)),
  ];
}

async function readGenesis(config: NodeConfig): Promise<GenesisDoc | Finding> {
  const path = homeLayout(config.home).genesis;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return problem('HOME_MISSING', config.home, `there is no node here: ${describe(error)}`, 'make one: peg init --home DIR');
  }
  try {
    return parseGenesisDoc(text);
  } catch (error) {
    return problem('GENESIS_INVALID', path, describe(error), 'copy it again from another validator of the network');
  }
}

function watchedBy(genesis: GenesisDoc): WatchedNetwork {
  const { ethereum, consensusParams } = parseAppState(genesis.app_state);
  const { finalityThreshold } = consensusParams;
  const { chainId, stakingContract: contract, startBlock, startBlockHash } = ethereum;
  return { chainId, contract, startBlock, startBlockHash, finalityThreshold };
}
