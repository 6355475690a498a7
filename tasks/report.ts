// What the tasks and scripts print, and how a user's mistake ends: one line and exit code 1, no stack trace.

import process from 'node:process';
import { CodedError } from '../relayer/lib/errors.ts';
import type { DeployedStaking } from './deployment.ts';
import type { StakeChange, StakingView } from './staking.ts';

/** Runs `action`; a CodedError is told on standard error and sets the exit code, any other is a defect and goes on. */
export async function reporting(action: () => Promise<readonly string[]>): Promise<void> {
  try {
    for (const line of await action()) console.log(line);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}

export function describeDeployment(deployed: DeployedStaking | undefined, network: string): readonly string[] {
  if (deployed === undefined) return [];
  const token = deployed.token === undefined ? [] : [`PegToken      ${deployed.token}`];
  return [`MakerStaking  ${deployed.staking}`, ...token, `on the network ${network}`];
}

export function describeChange(verb: string, change: StakeChange): readonly string[] {
  return [
    `${verb} ${change.amount} for ${change.staker}, whose stake is now ${change.stake}`,
    `event ${change.nonce} in block ${change.block}, transaction ${change.transaction}`,
  ];
}

export function describeView(view: StakingView): readonly string[] {
  return [
    `contract      ${view.contract}`,
    `token         ${view.token} (${view.symbol})`,
    `total staked  ${view.totalStaked}`,
    `events        ${view.eventNonce}`,
    `accumulator   ${view.accumulator}`,
    `stake         ${view.stake} of ${view.staker}, who holds another ${view.balance}`,
  ];
}
