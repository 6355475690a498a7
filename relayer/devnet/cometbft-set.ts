// The validators of a devnet on CometBFT: homes like those of any network, each run by `peg start` in a process of its own.
// Addresses are given as flags at every start, so that a home finds its network again on other ports.

import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeIdOf } from '../comet/comet-home.ts';
import { openCometClient } from '../comet/rpc-client.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import { createHome } from '../node/create-home.ts';
import { freePort } from '../node/free-port.ts';
import { CONFIG_FILE } from '../node/load-config.ts';
import type { DevnetContext } from './devnet.ts';
import { type CometbftEngine, ETHEREUM_POLL_MS, PEG_BLOCK_INTERVAL_MS, WITNESS_POLL_MS } from './devnet-options.ts';
import { type DevnetValidator, derivedKey } from './genesis.ts';
import { startNodeProcess } from './node-process.ts';
import type { RunningValidator, StartedSet, ValidatorsRequest, WitnessSummary } from './validators.ts';

const LOOPBACK = '127.0.0.1';

export async function startCometbftSet(
  request: ValidatorsRequest,
  home: string,
  context: DevnetContext,
  lifecycle: Lifecycle,
): Promise<StartedSet> {
  const { options, set, genesis } = request;
  const base = options.portBase;
  const peerPorts = await Promise.all(set.map((_, index) => (base === undefined ? freePort() : base + 10 * index + 2)));
  let tellEnd: (reason: Error) => void = () => {};
  const ended = new Promise<Error>((resolve) => {
    tellEnd = resolve;
  });
  const closers: (() => Promise<void>)[] = [];
  let closing = false;
  lifecycle.onClose('the validators', async () => {
    closing = true;
    await Promise.all(closers.map((close) => close()));
  });
  const starting = set.map(async (validator, index): Promise<RunningValidator> => {
    const folder = join(home, validator.name);
    await makeHome(folder, validator, index, genesis);
    const process = await startNodeProcess(
      {
        name: validator.name,
        command: (options.engine as CometbftEngine).command,
        env: (options.engine as CometbftEngine).env,
        args: ['start', '--home', folder, '--json', '--until-input-ends', ...flagsOf(request, index, peerPorts)],
        logFile: join(folder, 'logs', 'node.log'),
      },
      context,
    );
    closers.push(() => process.stop());
    void process.exited.then((reason) => {
      if (closing) return;
      context.progress(reason.message);
      tellEnd(reason);
    });
    const client = await openCometClient(process.rpcUrl, { signal: context.signal });
    closers.push(async () => client.close());
    return {
      name: validator.name,
      address: validator.consensusAddress,
      rpcUrl: process.rpcUrl,
      httpUrl: options.http ? process.httpUrl : undefined,
      client,
      witness: () => readWitness(process.httpUrl),
      stop: () => process.stop(),
    };
  });
  const outcomes = await Promise.allSettled(starting);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { all: await Promise.all(starting), ended };
}

/** The config is written last, so a folder without one was never started. */
async function makeHome(
  folder: string,
  { name, consensusSeed, witnessKey }: DevnetValidator,
  index: number,
  genesis: ValidatorsRequest['genesis'],
): Promise<void> {
  const isMade = await access(join(folder, CONFIG_FILE)).then(
    () => true,
    () => false,
  );
  if (isMade) return;
  await rm(folder, { recursive: true, force: true });
  const settings = {
    name,
    'ethereum.pollIntervalMs': ETHEREUM_POLL_MS,
    'witness.pollIntervalMs': WITNESS_POLL_MS,
    'consensus.local': true,
    'consensus.commitPauseMs': PEG_BLOCK_INTERVAL_MS,
    'consensus.emptyBlocks': false,
  };
  await createHome(folder, { genesis, consensusSeed, nodeSeed: nodeSeed(index), witness: { key: witnessKey }, settings });
}

function flagsOf(
  { options, set, ethereumUrls }: ValidatorsRequest,
  index: number,
  peerPorts: readonly number[],
): readonly string[] {
  const { portBase, dashboard } = options;
  const port = (offset: number) => (portBase === undefined ? 0 : portBase + 10 * index + offset);
  const peers = set.flatMap((_, other) =>
    other === index ? [] : [`${nodeIdOf(nodeSeed(other))}@${LOOPBACK}:${peerPorts[other]}`],
  );
  return [
    ...['--cometbft', (options.engine as CometbftEngine).cometbft],
    ...['--ethereum-urls', ethereumUrls.join(',')],
    ...['--consensus-rpc-address', `${LOOPBACK}:${port(0)}`],
    ...['--consensus-p2p-address', `${LOOPBACK}:${peerPorts[index]}`],
    ...(peers.length === 0 ? [] : ['--consensus-peers', peers.join(',')]),
    ...['--api-port', `${port(1)}`],
    ...(dashboard === undefined ? ['--no-dashboard'] : []),
  ];
}

function nodeSeed(index: number): Uint8Array {
  return derivedKey('node', index);
}

/** What the node's own interface says of its witness. */
async function readWitness(httpUrl: string): Promise<WitnessSummary | undefined> {
  const answer = await fetch(`${httpUrl}/status`);
  const status = (await answer.json()) as {
    ethereum?: { matureEthBlock: number | null };
    witness?: { state: string; silence: readonly { message: string }[] } | null;
  };
  if (status.witness === undefined || status.witness === null) return undefined;
  const { state, silence } = status.witness;
  return { state, silence: silence.map(({ message }) => message), matureEthBlock: status.ethereum?.matureEthBlock ?? undefined };
}
