// What makes a network: its contract on Ethereum and its genesis. Made once; a devnet with a home finds both again.

import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { CodedError } from '../lib/errors.ts';
import { attach, type Deployment, deploy } from './deployment.ts';
import type { DevnetHome, HomeErrorCode, KnownDevnet } from './devnet-home.ts';
import type { DevnetOptions } from './devnet-options.ts';
import type { EthereumAccess } from './ethereum-access.ts';
import { type DevnetValidator, devnetGenesis } from './genesis.ts';
import type { Outbox } from './outbox.ts';
import { Stakers } from './stakers.ts';
import { openTreasury } from './treasury.ts';

export interface Foundation {
  readonly ethereum: EthereumAccess;
  readonly outbox: Outbox;
  readonly set: readonly DevnetValidator[];
  /** Waits until everything sent is mined. */
  readonly settled: () => Promise<void>;
  /** Lets one block pass. */
  readonly aBlock: () => Promise<void>;
  readonly now: () => number;
}

export interface Network {
  readonly deployment: Deployment;
  readonly genesis: GenesisDoc;
  readonly stakers: Stakers;
}

/** Finds the network in `home`, or deploys the contract, pays the stakers and writes genesis. */
export async function foundNetwork(
  options: DevnetOptions,
  home: DevnetHome | undefined,
  foundation: Foundation,
): Promise<Network> {
  const { ethereum, outbox, set, settled, aBlock, now } = foundation;
  const known = await home?.load(options);
  if (known !== undefined) await recognise(known, ethereum, home as DevnetHome);
  // What was signed and not sent has a nonce that the chain does not count yet.
  await outbox.resend();
  const treasury = await openTreasury(ethereum.call, options.deployerKey, aBlock);
  const deployment = known?.deployment ?? (await contractOf(options, foundation, treasury));
  const stakers = new Stakers(outbox, ethereum.mining, deployment, treasury, settled);
  if (known !== undefined) return { deployment, genesis: known.genesis, stakers };
  await stakers.fund(options.stakes);
  const { staking: stakingContract, startBlock, startBlockHash } = deployment;
  const watched = { chainId: ethereum.chainId, stakingContract, startBlock, startBlockHash };
  const genesis = devnetGenesis(set, watched, options.params, new Date(now()));
  await home?.save(options, { deployment, genesis });
  return { deployment, genesis, stakers };
}

function contractOf(
  { contract }: DevnetOptions,
  { ethereum, outbox, settled }: Foundation,
  treasury: Awaited<ReturnType<typeof openTreasury>>,
): Promise<Deployment> {
  return contract === undefined ? deploy(ethereum.call, outbox, treasury, settled) : attach(ethereum.call, contract);
}

/** The chain must still hold the start block: a devnet's home is worth nothing on another Ethereum. */
async function recognise({ deployment }: KnownDevnet, { call, url }: EthereumAccess, { folder }: DevnetHome): Promise<void> {
  const block = (await call('eth_getBlockByNumber', [`0x${deployment.startBlock.toString(16)}`, false])) as {
    hash: string;
  } | null;
  if (block?.hash === deployment.startBlockHash) return;
  const message = `${url} is another Ethereum than the one ${folder} was made on: block ${deployment.startBlock} differs`;
  throw new CodedError<HomeErrorCode>('HOME_DIFFERS', message, { folder });
}
