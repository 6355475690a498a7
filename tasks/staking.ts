// Staking through a Hardhat connection: the functions behind the tasks and the scripts. They find the contract where
// Ignition has written it down, check what a user can get wrong before anything is sent, and return what happened.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HardhatEthersHelpers } from '@nomicfoundation/hardhat-ethers/types';
import { type ContractTransactionReceipt, isAddress, type Signer } from 'ethers';
import { CodedError } from '../relayer/lib/errors.ts';
import { IMakerStaking__factory } from '../typechain-types/factories/interfaces/IMakerStaking__factory.ts';
import { PegToken__factory } from '../typechain-types/factories/PegToken__factory.ts';
import type { IMakerStaking } from '../typechain-types/interfaces/IMakerStaking.ts';
import type { PegToken } from '../typechain-types/PegToken.ts';

/**
 * `ADDRESS_INVALID`: a text is no Ethereum address. `AMOUNT_INVALID`: a text is no whole number of base units above zero.
 * `SIGNER_UNKNOWN`: the network has no such account. `NOT_DEPLOYED`: no deployment is written down for this chain.
 * `NO_CONTRACT_CODE`: nothing is deployed at the address. `BALANCE_TOO_LOW`: the account has fewer tokens than it wants to
 * stake. `STAKE_TOO_LOW`: it has staked less than it wants back. `TOKEN_UNKNOWN`: a deployment does not say which token.
 */
export type StakingErrorCode =
  | 'ADDRESS_INVALID'
  | 'AMOUNT_INVALID'
  | 'SIGNER_UNKNOWN'
  | 'NOT_DEPLOYED'
  | 'NO_CONTRACT_CODE'
  | 'BALANCE_TOO_LOW'
  | 'STAKE_TOO_LOW'
  | 'TOKEN_UNKNOWN';

/** A staking contract, its token, and the account that signs. */
export interface Staking {
  readonly contract: IMakerStaking;
  readonly token: PegToken;
  readonly signer: Signer;
}

/** One change of a stake; amounts in base units, `nonce` of the contract's event. */
export interface StakeChange {
  readonly staker: string;
  readonly amount: bigint;
  readonly stake: bigint;
  readonly nonce: bigint;
  readonly block: number;
  readonly transaction: string;
}

/** What the contract holds, and for one account. */
export interface StakingView {
  readonly contract: string;
  readonly token: string;
  readonly symbol: string;
  readonly totalStaked: bigint;
  readonly eventNonce: bigint;
  readonly accumulator: string;
  readonly staker: string;
  readonly stake: bigint;
  readonly balance: bigint;
}

/** Where to look for the contract and who signs; both have a default. */
export interface StakingChoice {
  /** Address of the contract; empty: the one deployed last on this chain. */
  readonly contract: string;
  /** Account of the network that signs; empty: its first. */
  readonly from: string;
}

/** Opens the staking contract of the connected chain. `ignition` is the folder that holds `deployments/`. */
export async function openStaking(ethers: HardhatEthersHelpers, ignition: string, choice: StakingChoice): Promise<Staking> {
  const { chainId } = await ethers.provider.getNetwork();
  const address = choice.contract === '' ? await deployedStaking(ignition, chainId) : parseAddress(choice.contract, 'contract');
  if ((await ethers.provider.getCode(address)) === '0x') {
    const hint = choice.contract === '' ? ': was the chain started afresh? Deploy again' : '';
    throw new CodedError<StakingErrorCode>('NO_CONTRACT_CODE', `there is no contract at ${address} on chain ${chainId}${hint}`);
  }
  const signer = await chooseSigner(ethers, choice.from);
  const contract = IMakerStaking__factory.connect(address, signer);
  return { contract, token: PegToken__factory.connect(await contract.token(), signer), signer };
}

/** Stakes `amount` of the signer's tokens for `staker` (default: the signer), approving them first when needed. */
export async function stake({ contract, token, signer }: Staking, amount: bigint, staker = ''): Promise<StakeChange> {
  const payer = await signer.getAddress();
  const beneficiary = staker === '' ? payer : parseAddress(staker, 'staker');
  const balance = await token.balanceOf(payer);
  if (balance < amount) {
    throw new CodedError<StakingErrorCode>('BALANCE_TOO_LOW', `${payer} has ${balance} base units of the token, not ${amount}`);
  }
  if ((await token.allowance(payer, contract)) < amount) await (await token.approve(contract, amount)).wait();
  const transaction = await (beneficiary === payer ? contract.stake(amount) : contract.stakeFor(beneficiary, amount));
  return changeOf(contract, await transaction.wait());
}

/** Takes `amount` of the signer's stake back. */
export async function unstake({ contract, signer }: Staking, amount: bigint): Promise<StakeChange> {
  const staker = await signer.getAddress();
  const staked = await contract.stakeOf(staker);
  if (staked < amount) {
    throw new CodedError<StakingErrorCode>('STAKE_TOO_LOW', `${staker} has ${staked} base units staked, not ${amount}`);
  }
  return changeOf(contract, await (await contract.removeStake(amount)).wait());
}

/** What the contract says now, about itself and about `staker` (default: the signer). */
export async function viewStaking({ contract, token, signer }: Staking, staker = ''): Promise<StakingView> {
  const address = staker === '' ? await signer.getAddress() : parseAddress(staker, 'staker');
  return {
    contract: await contract.getAddress(),
    token: await token.getAddress(),
    symbol: await token.symbol(),
    totalStaked: await contract.totalStaked(),
    eventNonce: await contract.eventNonce(),
    accumulator: await contract.accumulator(),
    staker: address,
    stake: await contract.stakeOf(address),
    balance: await token.balanceOf(address),
  };
}

/** A decimal text as an amount of base units. */
export function parseAmount(text: string): bigint {
  if (!/^[1-9][0-9]{0,77}$/.test(text)) {
    throw new CodedError<StakingErrorCode>(
      'AMOUNT_INVALID',
      `"${text}" is no amount: give a whole number of base units above zero (one token of 18 decimals is 1000000000000000000)`,
    );
  }
  return BigInt(text);
}

/** A text as an address; `what` names it in the error. */
export function parseAddress(text: string, what: string): string {
  if (isAddress(text)) return text;
  throw new CodedError<StakingErrorCode>('ADDRESS_INVALID', `"${text}", given for the ${what}, is no Ethereum address`);
}

async function deployedStaking(ignition: string, chainId: bigint): Promise<string> {
  const file = path.join(ignition, 'deployments', `chain-${chainId}`, 'deployed_addresses.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const found = Object.entries(JSON.parse(text) as Record<string, string>).findLast(([id]) => id.endsWith('#MakerStaking'));
  if (found !== undefined) return found[1];
  throw new CodedError<StakingErrorCode>(
    'NOT_DEPLOYED',
    `no MakerStaking is written down for chain ${chainId} in deployments/: deploy one, or give its address`,
  );
}

async function chooseSigner(ethers: HardhatEthersHelpers, from: string): Promise<Signer> {
  const accounts = await ethers.getSigners();
  const wanted = from === '' ? '' : parseAddress(from, 'signer').toLowerCase();
  const signer = wanted === '' ? accounts[0] : accounts.find(({ address }) => address.toLowerCase() === wanted);
  if (signer !== undefined) return signer;
  throw new CodedError<StakingErrorCode>('SIGNER_UNKNOWN', `the network has no account ${wanted === '' ? 'to sign with' : from}`);
}

async function changeOf(contract: IMakerStaking, receipt: ContractTransactionReceipt | null): Promise<StakeChange> {
  const own = (await contract.getAddress()).toLowerCase();
  const log = receipt?.logs.findLast(({ address }) => address.toLowerCase() === own);
  const event = log === undefined ? null : contract.interface.parseLog(log);
  if (receipt === null || event === null) throw new Error('the transaction was mined without an event of the contract');
  const { staker, amount, nonce } = event.args;
  const stakeNow = await contract.stakeOf(staker);
  return { staker, amount, stake: stakeNow, nonce, block: receipt.blockNumber, transaction: receipt.hash };
}
