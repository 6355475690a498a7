// Stakes tokens: `AMOUNT=… npx hardhat --network NAME run scripts/stake.ts`. Environment: AMOUNT (base units), FOR (whose stake
// it becomes), FROM (who pays), CONTRACT (address of MakerStaking). The same as the task `stake`.

import process from 'node:process';
import hre from 'hardhat';
import { describeChange, reporting } from '../tasks/report.ts';
import { openStaking, parseAmount, stake } from '../tasks/staking.ts';

const { AMOUNT = '', FOR = '', FROM = '', CONTRACT = '' } = process.env;

await reporting(async () => {
  const amount = parseAmount(AMOUNT);
  const { ethers } = await hre.network.getOrCreate();
  const staking = await openStaking(ethers, hre.config.paths.ignition, { contract: CONTRACT, from: FROM });
  return describeChange('staked', await stake(staking, amount, FOR));
});
