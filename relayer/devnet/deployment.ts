// The staking contract of a devnet: deployed by it, or one that is there already.

import { Interface, type Wallet } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { EthereumCall } from './mining.ts';
import type { Outbox } from './outbox.ts';

/**
 * `NO_CONTRACT_CODE`: nothing is deployed at the address. `NOT_A_STAKING_CONTRACT`: something else is.
 * `NOT_FUNDED`: no account pays for the devnet's transactions. `NO_SUCH_BLOCK`: the chain has not reached the block.
 */
export type DeploymentErrorCode = 'NO_SUCH_BLOCK' | 'NO_CONTRACT_CODE' | 'NOT_A_STAKING_CONTRACT' | 'NOT_FUNDED';

export interface Deployment {
  readonly staking: Hex;
  readonly token: Hex;
  /** The block before the deployment: events count after it. */
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
}

const DEPLOY_GAS = 3_000_000;

/** Deploys a token and a staking contract with the wallet's money. */
export async function deploy(
  call: EthereumCall,
  outbox: Outbox,
  wallet: Wallet,
  settled: () => Promise<void>,
): Promise<Deployment> {
  const mined = async (hash: string): Promise<Hex> => {
    await settled();
    return (await outbox.receipt(hash))?.contract as Hex;
  };
  const tokenCode = await new PegToken__factory().getDeployTransaction();
  const token = await mined(
    await outbox.send(wallet, { to: null, data: tokenCode.data, gasLimit: DEPLOY_GAS }, 'deployment of the token'),
  );
  const start = await block(call, 'latest');
  const stakingCode = await new MakerStaking__factory().getDeployTransaction(token);
  const request = { to: null, data: stakingCode.data, gasLimit: DEPLOY_GAS };
  const staking = await mined(await outbox.send(wallet, request, 'deployment of MakerStaking'));
  return { staking, token, startBlock: start.number, startBlockHash: start.hash };
}

/**
 * A contract that is there already, and the block after which its events count: the one that is given, otherwise the one before
 * its deployment, found by bisection over its code (which needs an endpoint that keeps old states).
 */
export async function attach(call: EthereumCall, staking: Hex, startBlock?: bigint): Promise<Deployment> {
  const hasCode = async (number: bigint) => (await call('eth_getCode', [staking, `0x${number.toString(16)}`])) !== '0x';
  const head = await block(call, 'latest');
  if (!(await hasCode(head.number))) {
    throw new CodedError<DeploymentErrorCode>('NO_CONTRACT_CODE', `there is no contract at ${staking} on this Ethereum`, {
      staking,
    });
  }
  const number = startBlock ?? (await blockBefore(head.number, hasCode));
  const start = await block(call, `0x${number.toString(16)}`);
  return { staking, token: await tokenOf(call, staking), startBlock: start.number, startBlockHash: start.hash };
}

/** The last block in which the contract was not there yet. */
async function blockBefore(head: bigint, hasCode: (number: bigint) => Promise<boolean>): Promise<bigint> {
  let without = -1n;
  for (let withCode = head; withCode - without > 1n; ) {
    const middle = (without + withCode) / 2n;
    if (await hasCode(middle)) withCode = middle;
    else without = middle;
  }
  return without < 0n ? 0n : without;
}

async function tokenOf(call: EthereumCall, staking: Hex): Promise<Hex> {
  const views = new Interface(MakerStaking__factory.abi);
  try {
    await call('eth_call', [{ to: staking, data: views.encodeFunctionData('accumulator') }, 'latest']);
    const answer = await call('eth_call', [{ to: staking, data: views.encodeFunctionData('token') }, 'latest']);
    return (views.decodeFunctionResult('token', answer as string)[0] as string).toLowerCase() as Hex;
  } catch (error) {
    throw new CodedError<DeploymentErrorCode>(
      'NOT_A_STAKING_CONTRACT',
      `the contract at ${staking} is not a MakerStaking`,
      { staking },
      { cause: error },
    );
  }
}

async function block(call: EthereumCall, tag: string): Promise<{ number: bigint; hash: Hex }> {
  const answer = (await call('eth_getBlockByNumber', [tag, false])) as { number: string; hash: Hex } | null;
  if (answer === null)
    throw new CodedError<DeploymentErrorCode>('NO_SUCH_BLOCK', `this Ethereum has no block ${BigInt(tag)}`, { block: tag });
  const { number, hash } = answer;
  return { number: BigInt(number), hash };
}
