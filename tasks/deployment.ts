// Deploying through Ignition: which module with which parameters, and the refusals before anything is sent.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { ZeroAddress } from 'ethers';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { CodedError } from '../relayer/lib/errors.ts';
import { parseAddress, type StakingErrorCode } from './staking.ts';

/** Chain ids of Hardhat, anvil and geth --dev, where a token of no worth is deployed along with the contract. */
const LOCAL_CHAINS: readonly bigint[] = [31337n, 1337n];

export interface DeploymentChoice {
  /** Address of the token to stake; empty: what the parameters of the network say. */
  readonly token: string;
  /** Deploys on a public network without asking. */
  readonly yes: boolean;
  /** Forgets an earlier deployment on this chain. */
  readonly reset: boolean;
}

export interface DeployedStaking {
  readonly staking: string;
  /** Present when the token was deployed along with it. */
  readonly token: string | undefined;
}

interface Plan {
  readonly module: 'MakerStaking' | 'Devnet';
  readonly parameters: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What Ignition's own deploy task answers, as far as it is needed here. */
interface IgnitionResult {
  readonly type: string;
  readonly contracts?: Readonly<Record<string, { readonly address: string }>>;
}

/**
 * Deploys MakerStaking on the network of `--network`: over `choice.token`, or over the token that
 * `deployments/parameters/<network>.json` names, or on a local chain over a new PegToken. Gives undefined when the user
 * declined or Ignition failed, which it has told by itself.
 */
export async function deployStaking(
  hre: HardhatRuntimeEnvironment,
  choice: DeploymentChoice,
): Promise<DeployedStaking | undefined> {
  const { ethers, networkName } = await hre.network.getOrCreate();
  const { chainId } = await ethers.provider.getNetwork();
  const local = LOCAL_CHAINS.includes(chainId);
  const plan = await planOf(hre.config.paths.ignition, networkName, choice.token, local);
  const token = plan.parameters.MakerStaking?.token;
  if (token !== undefined && (await ethers.provider.getCode(token)) === '0x') {
    throw new CodedError<StakingErrorCode>('NO_CONTRACT_CODE', `there is no token at ${token} on chain ${chainId}`);
  }
  if (local || choice.yes) process.env.HARDHAT_IGNITION_CONFIRM_DEPLOYMENT ??= 'false';
  if (choice.yes) process.env.HARDHAT_IGNITION_CONFIRM_RESET ??= 'false';
  const result = (await hre.tasks.getTask(['ignition', 'deploy']).run({
    modulePath: path.join(hre.config.paths.ignition, 'modules', `${plan.module}.ts`),
    parameters: JSON.stringify(plan.parameters),
    reset: choice.reset,
  })) as IgnitionResult | null;
  const addressOf = (contract: string) => result?.contracts?.[`${plan.module}#${contract}`]?.address;
  const staking = addressOf('MakerStaking');
  return staking === undefined ? undefined : { staking, token: addressOf('PegToken') };
}

async function planOf(ignition: string, network: string, token: string, local: boolean): Promise<Plan> {
  if (token !== '') return { module: 'MakerStaking', parameters: { MakerStaking: { token: parseAddress(token, 'token') } } };
  const name = `deployments/parameters/${network}.json`;
  const text = await readFile(path.join(ignition, name), 'utf8').catch(() => undefined);
  const parameters = text === undefined ? {} : (JSON.parse(text) as Plan['parameters']);
  const named = parameters.MakerStaking?.token;
  if (named !== undefined && parseAddress(named, `token in ${name}`) !== ZeroAddress)
    return { module: 'MakerStaking', parameters };
  if (local && named === undefined) return { module: 'Devnet', parameters };
  throw new CodedError<StakingErrorCode>(
    'TOKEN_UNKNOWN',
    `which token is staked on ${network}? Give --token, or its address as MakerStaking.token in ${name}`,
  );
}
