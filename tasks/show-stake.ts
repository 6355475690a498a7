import type { NewTaskActionFunction } from 'hardhat/types/tasks';
import { describeView, reporting } from './report.ts';
import { openStaking, type StakingChoice, viewStaking } from './staking.ts';

interface Arguments extends StakingChoice {
  readonly staker: string;
}

const action: NewTaskActionFunction<Arguments> = (given, hre) =>
  reporting(async () => {
    const { ethers } = await hre.network.getOrCreate();
    const staking = await openStaking(ethers, hre.config.paths.ignition, given);
    return describeView(await viewStaking(staking, given.staker));
  });

export default action;
