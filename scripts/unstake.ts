// Takes staked tokens back: `AMOUNT=… npx hardhat --network NAME run scripts/unstake.ts`. Environment: AMOUNT (base units), FROM
// (whose stake), CONTRACT (address of MakerStaking). The same as the task `unstake`.

import process from 'node:process';
import hre from 'hardhat';
import { describeChange, reporting } from '../tasks/report.ts';
import { openStaking, parseAmount, unstake } from '../tasks/staking.ts';

const { AMOUNT = '', FROM = '', CONTRACT = '' } = process.env;

await reporting(async () => {
  const amount = parseAmount(AMOUNT);
  const { ethers } = await hre.network.getOrCreate();
  const staking = await openStaking(ethers, hre.config.paths.ignition, { contract: CONTRACT, from: FROM });
  return describeChange('took back', await unstake(staking, amount));
});
