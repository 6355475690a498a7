// Staking from the command line: whose key signs, which contract it goes to, and waiting until the transaction is mined.

import { JsonRpcProvider, Network, type Wallet } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';
import { CodedError, describe } from '../lib/errors.ts';
import type { Flags, Terminal } from './command.ts';
import { interruptible } from './interruptible.ts';
import { show, withNode } from './node-access.ts';
import { readSigner } from './signer.ts';

/** Stakes (approving what the contract may take) or removes `amount`, and shows the transaction. */
export function changeStake(action: 'stake' | 'removeStake', amount: bigint, flags: Flags, terminal: Terminal): Promise<void> {
  return interruptible(change(action, amount, flags, terminal), terminal.signal);
}

async function change(action: 'stake' | 'removeStake', amount: bigint, flags: Flags, terminal: Terminal): Promise<void> {
  const domain = (await withNode(flags, terminal, (client) => client.query('/domain', terminal.signal))) as {
    chainId: number;
    verifyingContract: string;
  };
  const provider = await openProvider(flags.ethereum as string, BigInt(domain.chainId));
  try {
    const wallet = (await readSigner(flags, BigInt(domain.chainId))).connect(provider);
    const staking = MakerStaking__factory.connect(domain.verifyingContract, wallet);
    if (action === 'stake') await approve(await staking.token(), domain.verifyingContract, wallet, amount);
    const receipt = await (await staking[action](amount)).wait();
    const document = {
      staker: wallet.address.toLowerCase(),
      action,
      amount: amount.toString(),
      block: receipt?.blockNumber,
      transaction: receipt?.hash,
    };
    show(flags, terminal, document, [
      `${action === 'stake' ? 'staked' : 'removed'} ${amount} for ${document.staker} in Ethereum block ${document.block}`,
      `transaction ${document.transaction}; it counts when the block is final, and for limits from the next round on`,
    ]);
  } catch (error) {
    const reason = (error as { shortMessage?: string }).shortMessage ?? describe(error);
    throw new CodedError('STAKING_FAILED', `${action} of ${amount} failed: ${reason}`, {}, { cause: undefined });
  } finally {
    provider.destroy();
  }
}

async function approve(token: string, spender: string, wallet: Wallet, amount: bigint): Promise<void> {
  const contract = PegToken__factory.connect(token, wallet);
  if ((await contract.allowance(wallet.address, spender)) >= amount) return;
  await (await contract.approve(spender, amount)).wait();
}

async function openProvider(url: string, chainId: bigint): Promise<JsonRpcProvider> {
  const provider = new JsonRpcProvider(url, Network.from(chainId), {
    staticNetwork: true,
    pollingInterval: 100,
    cacheTimeout: -1,
  });
  try {
    const actual = BigInt((await provider.send('eth_chainId', [])) as string);
    if (actual === chainId) return provider;
    provider.destroy();
    throw new CodedError(
      'WRONG_CHAIN',
      `${url} is chain ${actual}, the network watches chain ${chainId}: give its Ethereum with --ethereum`,
    );
  } catch (error) {
    provider.destroy();
    if (error instanceof CodedError) throw error;
    throw new CodedError(
      'ETHEREUM_UNREACHABLE',
      `Ethereum at ${url} does not answer (${describe(error)}): give its address with --ethereum`,
    );
  }
}
