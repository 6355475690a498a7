// The project's Hardhat tasks. Their actions are loaded when they run, so that they cost nothing at start-up.

import { task } from 'hardhat/config';

const contract = {
  name: 'contract',
  description: 'Address of MakerStaking (default: the one in deployments/ for this chain)',
  defaultValue: '',
} as const;
const from = { name: 'from', description: 'Account of the network that signs (default: its first)', defaultValue: '' } as const;
const amount = { name: 'amount', description: 'Base units of the token, e.g. 1000000000000000000 for one' } as const;

export const tasks = [
  task('deploy', 'Deploys MakerStaking, on a local chain together with a token that anybody can mint')
    .addOption({
      name: 'token',
      description: 'Address of the token to stake (default: deployments/parameters/<network>.json)',
      defaultValue: '',
    })
    .addFlag({ name: 'yes', description: 'Do not ask before deploying on a public network' })
    .addFlag({ name: 'reset', description: 'Forget an earlier deployment on this chain' })
    .setAction(() => import('./deploy.ts'))
    .build(),
  task('stake', 'Stakes tokens of an account, approving them when needed')
    .addPositionalArgument(amount)
    .addOption({ name: 'for', description: 'Whose stake it becomes (default: of the account that pays)', defaultValue: '' })
    .addOption(from)
    .addOption(contract)
    .setAction(() => import('./stake.ts'))
    .build(),
  task('unstake', 'Takes staked tokens back')
    .addPositionalArgument(amount)
    .addOption(from)
    .addOption(contract)
    .setAction(() => import('./unstake.ts'))
    .build(),
  task('show-stake', 'Shows what the staking contract holds, in all and for one account')
    .addOption({ name: 'staker', description: 'The account (default: the one that would sign)', defaultValue: '' })
    .addOption(from)
    .addOption(contract)
    .setAction(() => import('./show-stake.ts'))
    .build(),
];
