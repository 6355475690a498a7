// Deploys MakerStaking: `npx hardhat --network NAME run scripts/deploy.ts`. Environment: TOKEN (address of the token to stake),
// YES=1 (do not ask on a public network), RESET=1 (forget an earlier deployment). The same as the task `deploy`.

import process from 'node:process';
import hre from 'hardhat';
import { deployStaking } from '../tasks/deployment.ts';
import { describeDeployment, reporting } from '../tasks/report.ts';

const { TOKEN = '', YES, RESET } = process.env;

await reporting(async () => {
  const deployed = await deployStaking(hre, { token: TOKEN, yes: YES === '1', reset: RESET === '1' });
  return describeDeployment(deployed, hre.globalOptions.network ?? 'default');
});
