// A fresh chain with a token, a staking contract that holds it, and three accounts that own some and have approved all.

import { network } from 'hardhat';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';

export const ONE = 10n ** 18n;
export const FUNDS = 1_000n * ONE;

/** The chain's connection and its accounts; every call makes another chain. */
export async function freshChain() {
  const connection = await network.create();
  const [deployer, alice, bob, carol] = await connection.ethers.getSigners();
  if (!deployer || !alice || !bob || !carol) throw new Error('the chain has no accounts');
  return { connection, ethers: connection.ethers, provider: connection.ethers.provider, deployer, alice, bob, carol };
}

/** `freshChain` with PegToken and MakerStaking; alice, bob and carol own `FUNDS` each and have approved them. */
export async function stakingFixture() {
  const chain = await freshChain();
  const token = await new PegToken__factory(chain.deployer).deploy();
  const staking = await new MakerStaking__factory(chain.deployer).deploy(token);
  for (const account of [chain.alice, chain.bob, chain.carol]) {
    await token.mint(account, FUNDS);
    await token.connect(account).approve(staking, FUNDS);
  }
  return { ...chain, token, staking };
}
