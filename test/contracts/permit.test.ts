import { expect } from 'chai';
import { MaxUint256, Signature } from 'ethers';
import type { MakerStaking } from '../../typechain-types/MakerStaking.ts';
import type { PegToken } from '../../typechain-types/PegToken.ts';
import { stakingFixture } from '../helpers/staking-fixture.ts';

type Signer = Awaited<ReturnType<typeof stakingFixture>>['alice'];

/** An ERC-2612 permit of `owner` for the staking contract. */
async function signPermit(
  token: PegToken,
  staking: MakerStaking,
  owner: Signer,
  value: bigint,
  deadline: bigint,
): Promise<Signature> {
  const { name, version, chainId, verifyingContract } = await token.eip712Domain();
  const types = {
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  };
  const message = {
    owner: owner.address,
    spender: await staking.getAddress(),
    value,
    nonce: await token.nonces(owner),
    deadline,
  };
  return Signature.from(await owner.signTypedData({ name, version, chainId, verifyingContract }, types, message));
}

describe('MakerStaking.stakeWithPermit', () => {
  const amount = 123n;

  /** Nobody has an allowance yet: whatever there is comes from the permit. */
  async function permitFixture() {
    const fixture = await stakingFixture();
    await fixture.token.connect(fixture.alice).approve(fixture.staking, 0n);
    const { v, r, s } = await signPermit(fixture.token, fixture.staking, fixture.alice, amount, MaxUint256);
    return { ...fixture, v, r, s };
  }

  it('stakes in one transaction', async () => {
    const { staking, token, ethers, alice, v, r, s } = await permitFixture();
    const call = staking.connect(alice).stakeWithPermit(amount, MaxUint256, v, r, s);
    await expect(call).to.emit(staking, 'StakeMade').withArgs(alice.address, amount, 1n);
    await expect(call).to.changeTokenBalances(ethers, token, [alice, staking], [-amount, amount]);
    expect(await token.allowance(alice, staking)).to.equal(0n);
  });

  it('does not mind that somebody else has brought the permit to the token', async () => {
    const { staking, token, alice, bob, v, r, s } = await permitFixture();
    await token.connect(bob).permit(alice, staking, amount, MaxUint256, v, r, s);
    await expect(staking.connect(alice).stakeWithPermit(amount, MaxUint256, v, r, s))
      .to.emit(staking, 'StakeMade')
      .withArgs(alice.address, amount, 1n);
  });

  it('reverts with the reason of the token when neither permit nor allowance is good', async () => {
    const { staking, token, alice, bob, r, s, v } = await permitFixture();
    await expect(staking.connect(alice).stakeWithPermit(amount, 1n, v, r, s))
      .to.be.revertedWithCustomError(token, 'ERC20InsufficientAllowance')
      .withArgs(await staking.getAddress(), 0n, amount);
    await token.connect(bob).approve(staking, 0n);
    await expect(staking.connect(bob).stakeWithPermit(amount, MaxUint256, v, r, s)).to.be.revertedWithCustomError(
      token,
      'ERC20InsufficientAllowance',
    );
  });

  it('refuses zero', async () => {
    const { staking, alice, v, r, s } = await permitFixture();
    await expect(staking.connect(alice).stakeWithPermit(0n, MaxUint256, v, r, s))
      .to.be.revertedWithCustomError(staking, 'ZeroAmount')
      .withArgs();
  });
});
