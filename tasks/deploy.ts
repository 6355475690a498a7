import type { NewTaskActionFunction } from 'hardhat/types/tasks';
import { type DeploymentChoice, deployStaking } from './deployment.ts';
import { describeDeployment, reporting } from './report.ts';

const deploy: NewTaskActionFunction<DeploymentChoice> = (choice, hre) =>
  reporting(async () => describeDeployment(await deployStaking(hre, choice), hre.globalOptions.network ?? 'default'));

export default deploy;
