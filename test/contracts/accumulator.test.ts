import { expect } from 'chai';
import { AbiCoder, dataLength, getBigInt, keccak256, toBeHex, ZeroHash } from 'ethers';
import { type BlockLog, foldLogs } from '../helpers/accumulator-fold.ts';
import { FUNDS, stakingFixture } from '../helpers/staking-fixture.ts';

type Fixture = Awaited<ReturnType<typeof stakingFixture>>;

/** All events of the contract, in log order. */
async function logsOf({ staking, provider }: Fixture): Promise<BlockLog[]> {
  const logs = await provider.getLogs({ address: await staking.getAddress(), fromBlock: 0 });
  return logs.map((log) => {
    const description = staking.interface.parseLog(log);
    if (description === null) throw new Error(`unknown event in block ${log.blockNumber}`);
    return { description, blockNumber: log.blockNumber };
  });
}

/** Twelve calls of all kinds, the middle ones in one block. */
async function someHistory({ staking, provider, connection, alice, bob, carol }: Fixture): Promise<void> {
  await staking.connect(alice).stake(100n);
  await staking.connect(bob).stakeFor(carol, 7n);
  await connection.networkHelpers.mine(5);
  await provider.send('evm_setAutomine', [false]);
  for (const amount of [3n, 4n, 5n]) {
    await staking.connect(alice).stake(amount, { gasLimit: 200_000 });
    await staking.connect(bob).stake(amount * 10n, { gasLimit: 200_000 });
    await staking.connect(alice).removeStake(amount - 1n, { gasLimit: 200_000 });
  }
  await provider.send('evm_setAutomine', [true]);
  await connection.networkHelpers.mine();
  await staking.connect(carol).removeStake(7n);
}

describe('the accumulator of MakerStaking', () => {
  it('is the fold of the emitted logs, whose nonces have no gap', async () => {
    const fixture = await stakingFixture();
    await someHistory(fixture);
    const logs = await logsOf(fixture);
    expect(logs.map(({ description }) => description.args.nonce)).to.deep.equal(logs.map((_, index) => BigInt(index + 1)));
    expect(new Set(logs.map(({ blockNumber }) => blockNumber)).size).to.equal(4);
    expect(logs).to.have.lengthOf(12);
    expect(await fixture.staking.eventNonce()).to.equal(12n);
    expect(await fixture.staking.accumulator()).to.equal(foldLogs(logs));
  });

  it('differs when a log is missing, changed or out of order', async () => {
    const fixture = await stakingFixture();
    await someHistory(fixture);
    const logs = await logsOf(fixture);
    const accumulator = await fixture.staking.accumulator();
    const [first, second, ...rest] = logs as [BlockLog, BlockLog, ...BlockLog[]];
    expect(foldLogs(logs.slice(0, -1))).not.to.equal(accumulator);
    expect(foldLogs([second, first, ...rest])).not.to.equal(accumulator);
    expect(foldLogs([{ ...first, blockNumber: first.blockNumber + 1 }, second, ...rest])).not.to.equal(accumulator);
  });

  it('is not touched by a call that reverts', async () => {
    const { staking, alice } = await stakingFixture();
    await staking.connect(alice).stake(1n);
    const before = await staking.accumulator();
    await expect(staking.connect(alice).removeStake(2n)).to.be.revertedWithCustomError(staking, 'InsufficientStake');
    expect(await staking.accumulator()).to.equal(before);
    expect(await staking.eventNonce()).to.equal(1n);
  });
});

describe('the storage of MakerStaking', () => {
  const low192 = (1n << 192n) - 1n;

  async function slots({ staking, provider }: Fixture) {
    const [packed, accumulator, high] = await Promise.all([0, 1, 2].map((slot) => provider.getStorage(staking, slot)));
    return { packed: getBigInt(packed ?? ZeroHash), accumulator, high: getBigInt(high ?? ZeroHash) };
  }

  it('has eventNonce and the low limb of totalStaked in slot 0, the accumulator in slot 1', async () => {
    const fixture = await stakingFixture();
    await someHistory(fixture);
    const { packed, accumulator, high } = await slots(fixture);
    expect(packed & 0xffff_ffff_ffff_ffffn).to.equal(await fixture.staking.eventNonce());
    expect(packed >> 64n).to.equal(await fixture.staking.totalStaked());
    expect(accumulator).to.equal(await fixture.staking.accumulator());
    expect(high).to.equal(0n);
  });

  it('has the high limb of totalStaked in slot 2 and the stakes under slot 3', async () => {
    const fixture = await stakingFixture();
    const { staking, token, provider, alice } = fixture;
    const amount = (1n << 255n) + (1n << 254n) + 12_345n;
    await token.mint(alice, amount);
    await token.connect(alice).approve(staking, amount);
    await staking.connect(alice).stake(amount);
    const { packed, high } = await slots(fixture);
    expect(high).to.equal(amount >> 192n);
    expect(packed >> 64n).to.equal(amount & low192);
    expect(await staking.totalStaked()).to.equal(amount);
    await staking.connect(alice).removeStake(12_346n);
    const left = amount - 12_346n;
    const { packed: lower, high: carried } = await slots(fixture);
    expect((carried << 192n) | (lower >> 64n)).to.equal(left);
    expect(await staking.totalStaked()).to.equal(left);
    const slot = keccak256(AbiCoder.defaultAbiCoder().encode(['address', 'uint256'], [alice.address, 3]));
    expect(getBigInt(await provider.getStorage(staking, slot))).to.equal(left);
  });

  it('is provable: eth_getProof gives both values', async () => {
    const fixture = await stakingFixture();
    await fixture.staking.connect(fixture.alice).stake(FUNDS);
    const proof = await fixture.provider.send('eth_getProof', [
      await fixture.staking.getAddress(),
      [toBeHex(0, 32), toBeHex(1, 32)],
      'latest',
    ]);
    const [nonceAndTotal, accumulator] = proof.storageProof.map(({ value }: { value: string }) => BigInt(value));
    expect(nonceAndTotal).to.equal((FUNDS << 64n) | 1n);
    expect(toBeHex(accumulator, 32)).to.equal(await fixture.staking.accumulator());
    for (const entry of proof.storageProof) expect(dataLength(entry.proof[0])).to.be.greaterThan(0);
  });
});
