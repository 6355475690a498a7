import { expect } from 'chai';
import { ZeroAddress } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { FUNDS, freshChain, ONE, stakingFixture } from '../helpers/staking-fixture.ts';

describe('MakerStaking', () => {
  describe('construction', () => {
    it('binds the token and starts from nothing', async () => {
      const { staking, token, alice } = await stakingFixture();
      expect(await staking.token()).to.equal(await token.getAddress());
      expect(await staking.eventNonce()).to.equal(0n);
      expect(await staking.accumulator()).to.equal(`0x${'00'.repeat(32)}`);
      expect(await staking.totalStaked()).to.equal(0n);
      expect(await staking.stakeOf(alice)).to.equal(0n);
    });

    it('refuses the zero address as token', async () => {
      const { ethers } = await freshChain();
      const factory = await ethers.getContractFactory('MakerStaking');
      await expect(factory.deploy(ZeroAddress)).to.be.revertedWithCustomError(factory, 'ZeroAddress').withArgs();
    });

    it('refuses a token without code', async () => {
      const { ethers, alice } = await freshChain();
      const factory = await ethers.getContractFactory('MakerStaking');
      await expect(factory.deploy(alice)).to.be.revertedWithCustomError(factory, 'TokenWithoutCode').withArgs(alice.address);
    });
  });

  describe('stake', () => {
    it('moves the amount, credits the caller and emits StakeMade', async () => {
      const { staking, token, ethers, alice } = await stakingFixture();
      const call = staking.connect(alice).stake(5n * ONE);
      await expect(call)
        .to.emit(staking, 'StakeMade')
        .withArgs(alice.address, 5n * ONE, 1n);
      await expect(call).to.changeTokenBalances(ethers, token, [alice, staking], [-5n * ONE, 5n * ONE]);
      expect(await staking.stakeOf(alice)).to.equal(5n * ONE);
      expect(await staking.totalStaked()).to.equal(5n * ONE);
    });

    it('adds to a stake that is there and keeps stakers apart', async () => {
      const { staking, alice, bob } = await stakingFixture();
      await staking.connect(alice).stake(5n);
      await staking.connect(bob).stake(7n);
      await staking.connect(alice).stake(11n);
      expect(await staking.stakeOf(alice)).to.equal(16n);
      expect(await staking.stakeOf(bob)).to.equal(7n);
      expect(await staking.totalStaked()).to.equal(23n);
    });

    it('refuses zero', async () => {
      const { staking, alice } = await stakingFixture();
      await expect(staking.connect(alice).stake(0n)).to.be.revertedWithCustomError(staking, 'ZeroAmount').withArgs();
    });

    it('refuses more than the allowance', async () => {
      const { staking, token, alice } = await stakingFixture();
      await token.connect(alice).approve(staking, 4n);
      await expect(staking.connect(alice).stake(5n))
        .to.be.revertedWithCustomError(token, 'ERC20InsufficientAllowance')
        .withArgs(await staking.getAddress(), 4n, 5n);
    });

    it('refuses more than the caller owns', async () => {
      const { staking, token, alice } = await stakingFixture();
      await token.connect(alice).approve(staking, FUNDS + 1n);
      await expect(staking.connect(alice).stake(FUNDS + 1n))
        .to.be.revertedWithCustomError(token, 'ERC20InsufficientBalance')
        .withArgs(alice.address, FUNDS, FUNDS + 1n);
    });

    it('has nothing to do with ether', async () => {
      const { staking, ethers, alice } = await stakingFixture();
      await expect(alice.sendTransaction({ to: staking, value: 1n })).to.revert(ethers);
    });
  });

  describe('stakeFor', () => {
    it('takes from the agent and credits the staker, who alone can remove it', async () => {
      const { staking, token, ethers, alice, bob } = await stakingFixture();
      const call = staking.connect(alice).stakeFor(bob, 9n);
      await expect(call).to.emit(staking, 'StakeMade').withArgs(bob.address, 9n, 1n);
      await expect(call).to.changeTokenBalances(ethers, token, [alice, bob, staking], [-9n, 0n, 9n]);
      await expect(staking.connect(alice).removeStake(1n))
        .to.be.revertedWithCustomError(staking, 'InsufficientStake')
        .withArgs(alice.address, 0n, 1n);
      await expect(staking.connect(bob).removeStake(9n)).to.changeTokenBalances(ethers, token, [bob, staking], [9n, -9n]);
    });

    it('refuses the zero address', async () => {
      const { staking, alice } = await stakingFixture();
      await expect(staking.connect(alice).stakeFor(ZeroAddress, 1n))
        .to.be.revertedWithCustomError(staking, 'ZeroAddress')
        .withArgs();
    });

    it('refuses zero', async () => {
      const { staking, alice, bob } = await stakingFixture();
      await expect(staking.connect(alice).stakeFor(bob, 0n)).to.be.revertedWithCustomError(staking, 'ZeroAmount').withArgs();
    });
  });

  describe('removeStake', () => {
    it('pays back, debits the caller and emits StakeRemoved', async () => {
      const { staking, token, ethers, alice, bob } = await stakingFixture();
      await staking.connect(alice).stake(5n * ONE);
      await staking.connect(bob).stake(ONE);
      const call = staking.connect(alice).removeStake(2n * ONE);
      await expect(call)
        .to.emit(staking, 'StakeRemoved')
        .withArgs(alice.address, 2n * ONE, 3n);
      await expect(call).to.changeTokenBalances(ethers, token, [alice, staking], [2n * ONE, -2n * ONE]);
      expect(await staking.stakeOf(alice)).to.equal(3n * ONE);
      expect(await staking.stakeOf(bob)).to.equal(ONE);
      expect(await staking.totalStaked()).to.equal(4n * ONE);
    });

    it('pays back everything', async () => {
      const { staking, token, alice } = await stakingFixture();
      await staking.connect(alice).stake(FUNDS);
      await staking.connect(alice).removeStake(FUNDS);
      expect(await staking.stakeOf(alice)).to.equal(0n);
      expect(await staking.totalStaked()).to.equal(0n);
      expect(await token.balanceOf(alice)).to.equal(FUNDS);
    });

    it('refuses zero', async () => {
      const { staking, alice } = await stakingFixture();
      await staking.connect(alice).stake(5n);
      await expect(staking.connect(alice).removeStake(0n)).to.be.revertedWithCustomError(staking, 'ZeroAmount').withArgs();
    });

    it('refuses more than the stake, whatever others have staked', async () => {
      const { staking, alice, bob } = await stakingFixture();
      await staking.connect(alice).stake(5n);
      await staking.connect(bob).stake(50n);
      await expect(staking.connect(alice).removeStake(6n))
        .to.be.revertedWithCustomError(staking, 'InsufficientStake')
        .withArgs(alice.address, 5n, 6n);
    });

    it('leaves alone what was sent to the contract without a stake', async () => {
      const { staking, token, alice, bob } = await stakingFixture();
      await staking.connect(alice).stake(5n);
      await token.connect(bob).transfer(staking, 100n);
      expect(await staking.totalStaked()).to.equal(5n);
      await staking.connect(alice).removeStake(5n);
      expect(await token.balanceOf(staking)).to.equal(100n);
    });
  });

  it('offers nothing beyond its interface: no owner, no pause, no upgrade', () => {
    const functions = MakerStaking__factory.createInterface().fragments.flatMap((fragment) =>
      fragment.type === 'function' ? [fragment.format('sighash')] : [],
    );
    expect(functions).to.have.members([
      'stake(uint256)',
      'stakeFor(address,uint256)',
      'stakeWithPermit(uint256,uint256,uint8,bytes32,bytes32)',
      'removeStake(uint256)',
      'stakeOf(address)',
      'totalStaked()',
      'token()',
      'eventNonce()',
      'accumulator()',
    ]);
  });
});
