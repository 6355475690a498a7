import { expect } from 'chai';
import { MaxUint256, ZeroHash } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { FUNDS, freshChain } from '../helpers/staking-fixture.ts';

type Chain = Awaited<ReturnType<typeof freshChain>>;
type Signer = Chain['alice'];

/** What all the awkward tokens have in common. */
interface Token {
  getAddress(): Promise<string>;
  connect(signer: Signer): { approve(spender: string, amount: bigint): Promise<unknown> };
  mint(to: Signer, amount: bigint): Promise<unknown>;
}

async function stakingOf(token: Token, { ethers }: Chain, holders: readonly Signer[]) {
  const staking = await ethers.deployContract('MakerStaking', [await token.getAddress()]);
  for (const holder of holders) {
    await token.mint(holder, FUNDS);
    await token.connect(holder).approve(await staking.getAddress(), MaxUint256);
  }
  return staking;
}

describe('MakerStaking with awkward tokens', () => {
  describe('a fee on transfer', () => {
    async function fixture(fee: bigint) {
      const chain = await freshChain();
      const token = await chain.ethers.deployContract('FeeToken', [fee]);
      return { ...chain, token, staking: await stakingOf(token, chain, [chain.alice, chain.bob]) };
    }

    it('credits what arrived, and pays the whole stake back', async () => {
      const { staking, token, alice, bob } = await fixture(250n);
      await expect(staking.connect(alice).stake(1_000n)).to.emit(staking, 'StakeMade').withArgs(alice.address, 975n, 1n);
      await staking.connect(bob).stake(1_000n);
      expect(await staking.stakeOf(alice)).to.equal(975n);
      expect(await staking.totalStaked()).to.equal(await token.balanceOf(staking));
      await expect(staking.connect(alice).removeStake(975n)).to.emit(staking, 'StakeRemoved').withArgs(alice.address, 975n, 3n);
      expect(await token.balanceOf(staking)).to.equal(975n);
    });

    it('refuses a stake of which nothing arrives', async () => {
      const { staking, alice } = await fixture(10_000n);
      await expect(staking.connect(alice).stake(1_000n)).to.be.revertedWithCustomError(staking, 'NothingArrived').withArgs();
    });

    it('does not pay a fee of the sender out of the stakes of others', async () => {
      const { staking, token, alice, bob } = await fixture(100n);
      await staking.connect(alice).stake(10_000n);
      await staking.connect(bob).stake(10_000n);
      await token.takeOnTop(true);
      await expect(staking.connect(alice).removeStake(5_000n))
        .to.be.revertedWithCustomError(staking, 'PayoutMismatch')
        .withArgs(5_000n, 19_800n, 14_750n);
      expect(await staking.stakeOf(alice)).to.equal(9_900n);
    });
  });

  describe('functions that return nothing, and no permit', () => {
    async function fixture() {
      const chain = await freshChain();
      const token = await chain.ethers.deployContract('SilentToken');
      return { ...chain, token, staking: await stakingOf(token, chain, [chain.alice]) };
    }

    it('stakes and pays back', async () => {
      const { staking, token, alice } = await fixture();
      await staking.connect(alice).stake(40n);
      await staking.connect(alice).removeStake(15n);
      expect(await staking.stakeOf(alice)).to.equal(25n);
      expect(await token.balanceOf(alice)).to.equal(FUNDS - 25n);
    });

    it('stakes with a permit that cannot exist when the allowance is there', async () => {
      const { staking, alice } = await fixture();
      await expect(staking.connect(alice).stakeWithPermit(40n, MaxUint256, 27, ZeroHash, ZeroHash))
        .to.emit(staking, 'StakeMade')
        .withArgs(alice.address, 40n, 1n);
    });
  });

  describe('an answer of false, or a success that was none', () => {
    const [HONEST, REFUSING, LYING] = [0, 1, 2];

    async function fixture() {
      const chain = await freshChain();
      const token = await chain.ethers.deployContract('RefusingToken');
      return { ...chain, token, staking: await stakingOf(token, chain, [chain.alice]) };
    }

    it('credits nothing when taking is refused', async () => {
      const { staking, token, alice } = await fixture();
      await token.become(REFUSING);
      await expect(staking.connect(alice).stake(40n))
        .to.be.revertedWithCustomError(staking, 'SafeERC20FailedOperation')
        .withArgs(await token.getAddress());
    });

    it('credits nothing when nothing was moved', async () => {
      const { staking, token, alice } = await fixture();
      await token.become(LYING);
      await expect(staking.connect(alice).stake(40n)).to.be.revertedWithCustomError(staking, 'NothingArrived').withArgs();
    });

    it('debits nothing when paying is refused', async () => {
      const { staking, token, alice } = await fixture();
      await staking.connect(alice).stake(40n);
      await token.become(REFUSING);
      await expect(staking.connect(alice).removeStake(40n))
        .to.be.revertedWithCustomError(staking, 'SafeERC20FailedOperation')
        .withArgs(await token.getAddress());
      await token.become(HONEST);
      expect(await staking.stakeOf(alice)).to.equal(40n);
      await staking.connect(alice).removeStake(40n);
    });

    it('debits nothing when nothing was paid', async () => {
      const { staking, token, alice } = await fixture();
      await staking.connect(alice).stake(40n);
      await token.become(LYING);
      await expect(staking.connect(alice).removeStake(40n))
        .to.be.revertedWithCustomError(staking, 'PayoutMismatch')
        .withArgs(40n, 40n, 40n);
    });
  });

  describe('a call back in the middle of a transfer', () => {
    /** The token itself has staked, so that it could remove a stake when it is called. */
    async function fixture() {
      const chain = await freshChain();
      const token = await chain.ethers.deployContract('CallingToken');
      const staking = await stakingOf(token, chain, [chain.alice]);
      await staking.connect(chain.alice).stakeFor(token, 100n);
      return { ...chain, token, staking };
    }

    for (const [name, data] of [
      ['stake', MakerStaking__factory.createInterface().encodeFunctionData('stake', [1n])],
      ['stakeFor', MakerStaking__factory.createInterface().encodeFunctionData('stakeFor', [`0x${'11'.repeat(20)}`, 1n])],
      [
        'stakeWithPermit',
        MakerStaking__factory.createInterface().encodeFunctionData('stakeWithPermit', [1n, 1n, 27, ZeroHash, ZeroHash]),
      ],
      ['removeStake', MakerStaking__factory.createInterface().encodeFunctionData('removeStake', [100n])],
    ] as const) {
      it(`cannot ${name} while a stake is made`, async () => {
        const { staking, token, alice } = await fixture();
        await token.arm(staking, data);
        await expect(staking.connect(alice).stake(10n)).to.be.revertedWithCustomError(staking, 'ReentrancyGuardReentrantCall');
      });

      it(`cannot ${name} while a stake is removed`, async () => {
        const { staking, token, alice } = await fixture();
        await staking.connect(alice).stake(10n);
        await token.arm(staking, data);
        await expect(staking.connect(alice).removeStake(10n)).to.be.revertedWithCustomError(
          staking,
          'ReentrancyGuardReentrantCall',
        );
      });
    }

    it('is free to call again afterwards', async () => {
      const { staking, token, alice } = await fixture();
      await token.act(staking, staking.interface.encodeFunctionData('removeStake', [100n]));
      await staking.connect(alice).stake(10n);
      expect(await staking.totalStaked()).to.equal(10n);
      expect(await staking.eventNonce()).to.equal(3n);
    });
  });

  it('pays as long as it holds enough of a token whose balances shrink, and nobody twice', async () => {
    const chain = await freshChain();
    const { alice, bob } = chain;
    const token = await chain.ethers.deployContract('ShrinkingToken');
    const staking = await stakingOf(token, chain, [alice, bob]);
    await staking.connect(alice).stake(100n);
    await staking.connect(bob).stake(100n);
    await token.shrink(staking, 50n);
    await staking.connect(alice).removeStake(100n);
    await expect(staking.connect(bob).removeStake(100n)).to.be.revertedWithCustomError(token, 'ERC20InsufficientBalance');
    await staking.connect(bob).removeStake(50n);
    expect(await staking.totalStaked()).to.equal(50n);
  });

  it('refuses a stake that would take the total beyond 256 bits', async () => {
    const chain = await freshChain();
    const { alice, bob } = chain;
    const token = await chain.ethers.deployContract('ShrinkingToken');
    const staking = await stakingOf(token, chain, [alice, bob]);
    const half = 1n << 255n;
    await token.mint(alice, half);
    await staking.connect(alice).stake(half);
    await token.shrink(staking, half);
    await token.mint(bob, half);
    await expect(staking.connect(bob).stake(half)).to.be.revertedWithPanic(0x11);
    await staking.connect(bob).stake(half - 1n);
    expect(await staking.totalStaked()).to.equal(MaxUint256);
  });
});
