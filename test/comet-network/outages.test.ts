// Validators that are away and networks that fall apart: which of them go on, which stand still, and that afterwards there is
// one history. Peers reach each other through TCP proxies, so that a partition is the same on every system.

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import { findCometBft } from '../../relayer/comet/comet-binary.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { rollBackHome } from '../../relayer/node/roll-back-home.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasFailed } from '../helpers/has-failed.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';
import { History } from './history.ts';
import { PegNetwork } from './peg-network.ts';
import { Traffic } from './traffic.ts';

interface RoundState {
  readonly round_state: {
    readonly height_vote_set: readonly { readonly prevotes_bit_array: string; readonly precommits_bit_array: string }[];
  };
}

await describeWithCometBft('CometBFT: outages', (binary) => {
  let chain: StakingChain;
  let network: PegNetwork;
  let traffic: Traffic;
  let history: History;

  before(async () => {
    chain = await startStakingChain();
    network = await PegNetwork.start(chain, { binary, powers: [1, 1, 1, 1] });
    traffic = new Traffic(chain, 2, () => network.client(network.up[0] ?? 0));
    history = new History(chain, traffic);
    await traffic.step();
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
  });
  after(async function () {
    await network?.close({ keep: hasFailed(this) });
    traffic?.close();
    await chain?.close();
  });

  const clientsOf = (indexes: readonly number[]) => Promise.all(indexes.map((index) => network.client(index)));
  const heightOf = async (index: number) => (await (await network.client(index)).status()).height;

  /** Node `index` has something to decide, has heard all the prevotes it can, and they are half of the power. */
  async function expectStandstill(index: number): Promise<void> {
    const client = await network.client(index);
    const [vote] = await eventually(`node ${index} has the prevotes of two`, async () => {
      const { round_state } = (await client.call('consensus_state')) as RoundState;
      const votes = round_state.height_vote_set.filter(({ prevotes_bit_array }) => prevotes_bit_array.endsWith(' 2/4 = 0.50'));
      return votes.length > 0 && votes;
    });
    expect(vote?.precommits_bit_array).to.match(/ 0\/4 = 0\.00$/);
    expect(Number(((await client.call('num_unconfirmed_txs')) as { n_txs: string }).n_txs)).to.be.greaterThan(0);
  }

  it('one of four is down: the others go on, and it catches up', async () => {
    await network.stop(1);
    for (let i = 0; i < 3; i++) await traffic.step();
    await history.expectWhole(await clientsOf([0, 2, 3]));
    const height = await heightOf(0);
    await network.start(1);
    await eventually('the node has caught up', async () => (await heightOf(1)) >= height);
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
  });

  it('two of four are down: nothing is decided until one of them returns', async () => {
    await network.stop(2);
    await network.stop(3);
    const height = await heightOf(0);
    await traffic.step();
    expect(await heightOf(0)).to.be.at.most(height + 1);
    await expectStandstill(0);
    await network.start(3);
    await history.expectWhole(await clientsOf([0, 1, 3]));
    await network.start(2);
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
  });

  it('two and two without a connection: neither side decides; when healed, both have one history', async () => {
    network.comet.links.partition([0, 1], [2, 3]);
    await eventually('each node has one peer left', async () => {
      const peers = (await Promise.all((await clientsOf([0, 1, 2, 3])).map((client) => client.call('net_info')))) as {
        n_peers: string;
      }[];
      return peers.every(({ n_peers }) => n_peers === '1');
    });
    const heights = await Promise.all([0, 1, 2, 3].map(heightOf));
    await traffic.step();
    await Promise.all([expectStandstill(0), expectStandstill(2)]);
    for (const [index, height] of heights.entries()) expect(await heightOf(index), `node ${index}`).to.be.at.most(height + 1);
    network.comet.links.heal();
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
  });

  it('three and one without a connection: the three go on, the one follows when healed', async () => {
    network.comet.links.partition([0, 1, 2]);
    await traffic.step();
    await history.expectWhole(await clientsOf([0, 1, 2]));
    expect(await heightOf(3)).to.be.lessThan(history.height);
    network.comet.links.heal();
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
  });

  it('all four are stopped and started again: the chain goes on where it was', async () => {
    const height = await heightOf(0);
    for (const index of [0, 1, 2, 3]) await network.stop(index);
    await Promise.all([0, 1, 2, 3].map((index) => network.start(index)));
    await traffic.step();
    await history.expectWhole(await clientsOf([0, 1, 2, 3]));
    expect(history.height).to.be.greaterThan(height);
  });

  for (const removeBlock of [false, true])
    it(`a node taken back one height${removeBlock ? ', and its engine one block,' : ''} follows the others again`, async () => {
      await network.stop(2);
      const engine = await findCometBft({ path: binary, searchPath: '' });
      const { from, to } = await rollBackHome(network.config(2), { binary: engine, removeBlock, log: silentLog });
      expect(to).to.equal(from - 1n);
      await traffic.step();
      await network.start(2);
      await history.expectWhole(await clientsOf([0, 1, 2, 3]));
    });

  it('called every application in the order of the grammar', () => {
    for (const [index] of network.set.entries())
      for (const { calls, options } of network.lives.of(index))
        expect(checkCallLog(calls, options), `node ${index}`).to.equal(undefined);
  });
});
