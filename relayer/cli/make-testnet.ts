// What `peg testnet` does: random keys for every validator, one genesis, homes whose configs name each other.

import { resolve } from 'node:path';
import { nodeIdOf } from '../comet/comet-home.ts';
import { validatorName } from '../devnet/genesis.ts';
import { systemClock } from '../lib/clock.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../lib/ed25519.ts';
import { CodedError } from '../lib/errors.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { createHome } from '../node/create-home.ts';
import { networkGenesis } from '../node/network-genesis.ts';
import type { Flags, Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';
import { readParams } from './flags.ts';
import { newChainId } from './init-home.ts';
import { newKey } from './new-key.ts';
import { readWatchedContract } from './watched-contract.ts';

export interface TestnetNode {
  readonly name: string;
  readonly home: string;
  readonly rpcUrl: string;
  readonly httpUrl: string;
  /** `id@host:port`. */
  readonly peer: string;
}

const LOOPBACK = '127.0.0.1';

/** `flags.powers` must be set. */
export async function makeTestnet(
  flags: Flags,
  terminal: Terminal,
): Promise<{ readonly network: string; readonly nodes: readonly TestnetNode[] }> {
  const powers = flags.powers as readonly number[];
  const hosts = flags.hosts as readonly string[] | undefined;
  if (hosts !== undefined && hosts.length !== powers.length)
    throw new CodedError<CliErrorCode>('USAGE', `--hosts has ${hosts.length} addresses for ${powers.length} validators`);
  const validators = powers.map((power, index) => plan(power, index, flags));
  const genesis = networkGenesis({
    chainId: (flags.chainId as string | undefined) ?? newChainId(),
    genesisTime: new Date(systemClock.now()),
    validators: validators.map(({ witnessKey, ...validator }) => ({ ...validator, witness: addressOf(witnessKey) })),
    ethereum: await readWatchedContract(flags, terminal),
    params: readParams(flags),
  });
  for (const { node, consensusSeed, nodeSeed, witnessKey, settings } of validators) {
    const peers = validators.flatMap(({ node: other }) => (other === node ? [] : [other.peer]));
    const witness = { key: witnessKey };
    const own = { ...settings, 'consensus.peers': peers, 'ethereum.urls': [flags.ethereum] };
    await createHome(node.home, { genesis, consensusSeed, nodeSeed, witness, settings: own });
  }
  return { network: genesis.chain_id, nodes: validators.map(({ node }) => node) };
}

function plan(power: number, index: number, flags: Flags) {
  const host = (flags.hosts as readonly string[] | undefined)?.[index];
  const rpcPort = (flags.startingPort as number) + (host === undefined ? 10 * index : 0);
  const [consensusSeed, nodeSeed, witnessKey] = [newKey(), newKey(), newKey()];
  const name = validatorName(index);
  const node: TestnetNode = {
    name,
    home: resolve(flags.output as string, name),
    rpcUrl: `http://${LOOPBACK}:${rpcPort}`,
    httpUrl: `http://${LOOPBACK}:${rpcPort + 1}`,
    peer: `${nodeIdOf(nodeSeed)}@${host ?? LOOPBACK}:${rpcPort + 2}`,
  };
  const settings = {
    name,
    'api.port': rpcPort + 1,
    'consensus.rpcAddress': `${LOOPBACK}:${rpcPort}`,
    'consensus.p2pAddress': `${host === undefined ? LOOPBACK : '0.0.0.0'}:${rpcPort + 2}`,
    ...(host === undefined && { 'consensus.local': true }),
  };
  return { name, power, node, consensusSeed, nodeSeed, witnessKey, consensusKey: publicKey(consensusSeed), settings };
}

function publicKey(seed: Uint8Array): Uint8Array {
  return ed25519PublicKey(ed25519PrivateKey(seed));
}
