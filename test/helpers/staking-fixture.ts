// A fresh chain with a token, a staking contract that holds it, and three accounts that own some and have approved all.
// Contracts are deployed from the artifacts of the build, not from the bindings' bytecode: only those are instrumented when
// coverage is measured.

import { network } from 'hardhat';
import type {} from '../../typechain-types/hardhat.d.ts';

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
  const token = await chain.ethers.deployContract('PegToken');
  const staking = await chain.ethers.deployContract('MakerStaking', [token]);
  for (const account of [chain.alice, chain.bob, chain.carol]) {
    await token.mint(account, FUNDS);
    await token.connect(account).approve(staking, FUNDS);
  }
  return { ...chain, token, staking };
}
