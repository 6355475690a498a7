import type { NewTaskActionFunction } from 'hardhat/types/tasks';
import { describeChange, reporting } from './report.ts';
import { openStaking, parseAmount, type StakingChoice, stake } from './staking.ts';

interface Arguments extends StakingChoice {
  readonly amount: string;
  readonly for: string;
}

const action: NewTaskActionFunction<Arguments> = (given, hre) =>
  reporting(async () => {
    const amount = parseAmount(given.amount);
    const { ethers } = await hre.network.getOrCreate();
    const staking = await openStaking(ethers, hre.config.paths.ignition, given);
    return describeChange('staked', await stake(staking, amount, given.for));
  });

export default action;
