// Shows the staking contract: `npx hardhat --network NAME run scripts/show.ts`. Environment: STAKER (the account to show), FROM,
// CONTRACT (address of MakerStaking). The same as the task `show-stake`.

import process from 'node:process';
import hre from 'hardhat';
import { describeView, reporting } from '../tasks/report.ts';
import { openStaking, viewStaking } from '../tasks/staking.ts';

const { STAKER = '', FROM = '', CONTRACT = '' } = process.env;

await reporting(async () => {
  const { ethers } = await hre.network.getOrCreate();
  const staking = await openStaking(ethers, hre.config.paths.ignition, { contract: CONTRACT, from: FROM });
  return describeView(await viewStaking(staking, STAKER));
});
