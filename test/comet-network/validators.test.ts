// Validators that come, go and come back by the vote of the others, while stakes and orders flow: the engine follows the peg's
// set, who joined counts, who left does not, and the ledger never notices.

import { expect } from 'chai';
import { includeTransaction } from '../../relayer/comet/include-transaction.ts';
import type { DevnetValidator } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { Change, Domain } from '../../relayer/peg/types.ts';
import { eventually } from '../helpers/eventually.ts';
import type { StateView } from '../helpers/peg-views.ts';
import { pegScene } from './peg-network.ts';
import { describeScene } from './scene.ts';

const ALL = [0, 1, 2, 3, 4];
const CANDIDATE = 4;
const LEAVING = 0;

const SCENE = pegScene({ powers: [1, 1, 1, 1], observers: 1, witnesses: ALL }, { seed: 4 });

await describeScene('CometBFT: changes of the validators', SCENE, (scene) => {
  const validator = (index: number) => scene.network.set[index] as DevnetValidator;
  const stateOf = async (index: number) => (await (await scene.client(index)).query('/state')) as StateView;

  /** The validators in `voters` support one change, each by way of another node, while stakes flow. */
  async function decide(change: Change, voters: readonly number[]): Promise<void> {
    const client = await scene.client(1);
    const { chainId, ...domain } = (await client.query('/domain')) as Omit<Domain, 'chainId'> & { chainId: number };
    const motion = { expiry: BigInt((await client.status()).height) + 1_000n, changes: [change] };
    const flowing = scene.traffic.step();
    for (const voter of voters) {
      const { consensusAddress, witnessKey } = validator(voter);
      const sequence = BigInt((await stateOf(1)).validators[consensusAddress]?.governSequence ?? 0) + 1n;
      const voice = signTransaction(
        { ...domain, chainId: BigInt(chainId) },
        { type: 'govern', sequence, support: true, motion },
        witnessKey,
      );
      expect((await includeTransaction(client, voice, systemClock)).code).to.equal(0);
    }
    await flowing;
  }

  /** Waits until the engine of node 1 works with the set of these nodes, and the peg has the same. */
  async function expectSet(members: readonly number[]): Promise<void> {
    const wanted = members.map((index) => validator(index).consensusAddress).sort();
    const client = await scene.client(1);
    await eventually(`the set is ${members}`, async () => {
      await scene.traffic.step();
      const set = (await client.validators()).map(({ address }) => address).sort();
      return set.join() === wanted.join();
    });
    const active = Object.entries((await stateOf(1)).validators).filter(([, record]) => record.active);
    expect(active.map(([address]) => address).sort()).to.deep.equal(wanted);
  }

  /** Whether the witness of node `index` has voted for everything that is final. */
  async function expectVoting(index: number): Promise<void> {
    const { consensusAddress } = validator(index);
    await eventually(`the witness of node ${index} votes`, async () => {
      await scene.chain.mine(1);
      const { validators, matureEthBlock } = await stateOf(1);
      return (validators[consensusAddress]?.witnessedTo ?? 0) > (matureEthBlock ?? 0);
    });
  }

  it('a candidate has no voice until more than two thirds have voted it in', async () => {
    const { consensusKey, witnessKey, name } = validator(CANDIDATE);
    const change: Change = { type: 'add', publicKey: consensusKey, power: 1n, witness: addressOf(witnessKey), name };
    await decide(change, [0, 1]);
    expect((await stateOf(1)).validators[validator(CANDIDATE).consensusAddress]?.active ?? false).to.equal(false);
    await decide(change, [0, 1, 2]);
    await expectSet(ALL);
    await expectVoting(CANDIDATE);
    await scene.expectWhole();
  });

  it('four of five decide, the new one among them', async () => {
    await scene.network.stop(3);
    await scene.traffic.step();
    await scene.expectWhole(0, 1, 2, CANDIDATE);
    await scene.network.start(3);
    await scene.expectWhole();
  });

  it('a validator is voted out: the others go on without it, and it follows as a full node', async () => {
    await decide({ type: 'remove', validator: validator(LEAVING).consensusAddress }, [1, 2, 3, CANDIDATE]);
    await expectSet([1, 2, 3, CANDIDATE]);
    await scene.traffic.step();
    await scene.expectWhole();
    // Two nodes of five are down, one of four validators.
    await scene.network.stop(LEAVING);
    await scene.network.stop(2);
    await scene.traffic.step();
    await scene.expectWhole(1, 3, CANDIDATE);
    await scene.network.start(2);
    await scene.network.start(LEAVING);
    await scene.expectWhole();
  });

  it('and is voted in again, with another power', async () => {
    const { consensusKey, witnessKey, name } = validator(LEAVING);
    const change: Change = { type: 'add', publicKey: consensusKey, power: 2n, witness: addressOf(witnessKey), name };
    await decide(change, [1, 2, 3]);
    await expectSet(ALL);
    const set = await (await scene.client(1)).validators();
    expect(set.find(({ address }) => address === validator(LEAVING).consensusAddress)?.power).to.equal(2n);
    await expectVoting(LEAVING);
    await scene.expectWhole();
  });

  it('called every application in the order of the grammar', async () => {
    const client = await scene.client(1);
    const powers = new Map<bigint, readonly number[]>();
    for (let height = 1n; height <= scene.history.height; height++) {
      const set = new Map((await client.validators(height)).map(({ address, power }) => [address, Number(power)]));
      powers.set(
        height,
        ALL.map((index) => set.get(validator(index).consensusAddress) ?? 0),
      );
    }
    scene.network.lives.powersAt = (height) => powers.get(height) ?? [];
    await scene.expectGrammar();
  });
});
