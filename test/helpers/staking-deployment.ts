// MakerStaking on a real local chain (anvil or Hardhat), driven through its unlocked accounts.

import { Interface } from 'ethers';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';

type Request = (method: string, ...params: unknown[]) => Promise<unknown>;

const staking = new Interface(MakerStaking__factory.abi);
const token = new Interface(PegToken__factory.abi);
const GAS = '0x2dc6c0';

export interface StakingDeployment {
  readonly contract: Hex;
  readonly token: Hex;
  /** Unlocked accounts; the first five hold tokens and have approved the contract. */
  readonly accounts: readonly Hex[];
  /** The block before the deployment. */
  readonly startBlock: bigint;
  /** Sends a stake (`stakeFor` with `for`); mined at once unless mining is held. Resolves to the transaction's hash. */
  stake(account: number, amount: bigint): Promise<Hex>;
  unstake(account: number, amount: bigint): Promise<Hex>;
  /** Mines empty blocks. */
  mine(count: number): Promise<void>;
  /** Sends all of it into one block. */
  inOneBlock(send: () => Promise<void>): Promise<void>;
  head(): Promise<{ number: bigint; hash: Hex }>;
}

/** Deploys a token and the contract on a chain that mines each transaction at once. */
export async function deployStaking(request: Request): Promise<StakingDeployment> {
  const accounts = (await request('eth_accounts')) as readonly Hex[];
  const deployer = accounts[0] as Hex;
  const deploy = async (code: string) => {
    const { contractAddress } = await mined(request, await send(request, deployer, undefined, code));
    return contractAddress.toLowerCase() as Hex;
  };
  const tokenAddress = await deploy(PegToken__factory.bytecode);
  const startBlock = (await headOf(request)).number;
  const contract = await deploy(MakerStaking__factory.bytecode + tokenAddress.slice(2).padStart(64, '0'));
  for (const account of accounts.slice(0, 5)) {
    await mined(request, await send(request, deployer, tokenAddress, token.encodeFunctionData('mint', [account, 10n ** 30n])));
    await mined(
      request,
      await send(request, account, tokenAddress, token.encodeFunctionData('approve', [contract, 2n ** 256n - 1n])),
    );
  }
  return stakingDeployment(request, { contract, token: tokenAddress, accounts, startBlock });
}

/** A deployment that is there already, on the same or on a forked chain. */
export function stakingDeployment(
  request: Request,
  deployment: Pick<StakingDeployment, 'contract' | 'token' | 'accounts' | 'startBlock'>,
): StakingDeployment {
  let held = false;
  const call = async (account: number, name: string, amount: bigint) => {
    const from = deployment.accounts[account] as Hex;
    const hash = await send(request, from, deployment.contract, staking.encodeFunctionData(name, [amount]), '0x493e0');
    if (!held) await mined(request, hash);
    return hash;
  };
  return {
    ...deployment,
    stake: (account, amount) => call(account, 'stake', amount),
    unstake: (account, amount) => call(account, 'removeStake', amount),
    mine: async (count) => {
      for (let i = 0; i < count; i++) await request('evm_mine');
    },
    inOneBlock: async (sendAll) => {
      await request('evm_setAutomine', false);
      held = true;
      await sendAll();
      held = false;
      await request('evm_mine');
      await request('evm_setAutomine', true);
    },
    head: () => headOf(request),
  };
}

function send(request: Request, from: Hex, to: Hex | undefined, data: string, gas = GAS): Promise<Hex> {
  return request('eth_sendTransaction', { from, data, gas, ...(to && { to }) }) as Promise<Hex>;
}

/** The receipt; anvil may answer a moment before its block is made. */
async function mined(request: Request, hash: Hex): Promise<{ contractAddress: string }> {
  for (;;) {
    const receipt = (await request('eth_getTransactionReceipt', hash)) as { contractAddress: string; status: string } | null;
    if (receipt?.status === '0x0') throw new Error(`${hash} failed`);
    if (receipt !== null) return receipt;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function headOf(request: Request): Promise<{ number: bigint; hash: Hex }> {
  const { number, hash } = (await request('eth_getBlockByNumber', 'latest', false)) as { number: Hex; hash: Hex };
  return { number: BigInt(number), hash };
}
