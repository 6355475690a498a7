// The staking contract over a token that exists already: what a public network gets.

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';

/** Parameter `token`: address of the ERC-20 that is staked, for ever. */
export default buildModule('MakerStaking', (m) => {
  const token = m.getParameter<string>('token');
  const staking = m.contract('MakerStaking', [token]);
  return { staking };
});
