// The first transaction of a devnet: ether for the treasury, from a given key or from an account that the chain keeps unlocked.

import { parseEther, Wallet } from 'ethers';
import { type Bytes, to0x } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { DeploymentErrorCode } from './deployment.ts';
import { derivedKey } from './genesis.ts';
import type { EthereumCall } from './mining.ts';

/** Enough for the deployment and a thousand stakers. */
const TREASURY_ETHER = parseEther('1100');

/** The wallet that pays for everything: the given key itself, or a derived one filled from the chain's first unlocked account; `aBlock` waits for one. */
export async function openTreasury(
  call: EthereumCall,
  deployerKey: Bytes | undefined,
  aBlock: () => Promise<void>,
): Promise<Wallet> {
  if (deployerKey !== undefined) return new Wallet(to0x(deployerKey));
  const wallet = new Wallet(to0x(derivedKey('treasury', 0)));
  const balance = async () => BigInt((await call('eth_getBalance', [wallet.address, 'latest'])) as string);
  if ((await balance()) >= TREASURY_ETHER / 2n) return wallet;
  const [account] = (await call('eth_accounts')) as readonly string[];
  if (account === undefined) {
    const message = 'this Ethereum keeps no account unlocked: give the key that pays with --deployer-key-file';
    throw new CodedError<DeploymentErrorCode>('NOT_FUNDED', message);
  }
  await call('eth_sendTransaction', [
    { from: account, to: wallet.address, value: `0x${TREASURY_ETHER.toString(16)}`, gas: '0x5208' },
  ]);
  while ((await balance()) < TREASURY_ETHER / 2n) await aBlock();
  return wallet;
}
