// A token that anybody can mint and the staking contract over it: what a chain on one machine gets.

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';

const MILLION_TOKENS = 10n ** 24n;

/** Parameter `supply`: base units minted for the deployer, so that there is something to stake at once. */
export default buildModule('Devnet', (m) => {
  const supply = m.getParameter('supply', MILLION_TOKENS);
  const token = m.contract('PegToken');
  const staking = m.contract('MakerStaking', [token]);
  m.call(token, 'mint', [m.getAccount(0), supply]);
  return { token, staking };
});
