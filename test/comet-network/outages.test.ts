// Validators that are away and networks that fall apart: which of them go on, which stand still, and that afterwards there is
// one history. Peers reach each other through TCP proxies, so that a partition is the same on every system.

import { expect } from 'chai';
import { findCometBft } from '../../relayer/comet/comet-binary.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { rollBackHome } from '../../relayer/node/roll-back-home.ts';
import { eventually } from '../helpers/eventually.ts';
import { pegScene } from './peg-network.ts';
import { describeScene } from './scene.ts';

interface RoundState {
  readonly round_state: {
    readonly height_vote_set: readonly { readonly prevotes_bit_array: string; readonly precommits_bit_array: string }[];
  };
}

const SCENE = pegScene({ powers: [1, 1, 1, 1] }, { seed: 2 });

await describeScene('CometBFT: outages', SCENE, (scene, binary) => {
  /** Node `index` has something to decide, has heard all the prevotes it can, and they are half of the power. */
  async function expectStandstill(index: number): Promise<void> {
    const client = await scene.client(index);
    const [vote] = await eventually(`node ${index} has the prevotes of two`, async () => {
      const { round_state } = (await client.call('consensus_state')) as RoundState;
      const votes = round_state.height_vote_set.filter(({ prevotes_bit_array }) => prevotes_bit_array.endsWith(' 2/4 = 0.50'));
      return votes.length > 0 && votes;
    });
    expect(vote?.precommits_bit_array).to.match(/ 0\/4 = 0\.00$/);
    expect(Number(((await client.call('num_unconfirmed_txs')) as { n_txs: string }).n_txs)).to.be.greaterThan(0);
  }

  it('one of four is down: the others go on, and it catches up', async () => {
    await scene.network.stop(1);
    for (let i = 0; i < 3; i++) await scene.traffic.step();
    await scene.expectWhole(0, 2, 3);
    const height = await scene.heightOf(0);
    await scene.network.start(1);
    await eventually('the node has caught up', async () => (await scene.heightOf(1)) >= height);
    await scene.expectWhole();
  });

  it('two of four are down: nothing is decided until one of them returns', async () => {
    await scene.network.stop(2);
    await scene.network.stop(3);
    const height = await scene.heightOf(0);
    await scene.traffic.step();
    expect(await scene.heightOf(0)).to.be.at.most(height + 1);
    await expectStandstill(0);
    await scene.network.start(3);
    await scene.expectWhole(0, 1, 3);
    await scene.network.start(2);
    await scene.expectWhole();
  });

  it('two and two without a connection: neither side decides; when healed, both have one history', async () => {
    scene.network.comet.links.partition([0, 1], [2, 3]);
    await eventually('each node has one peer left', async () => {
      const peers = (await Promise.all((await scene.network.clients()).map((client) => client.call('net_info')))) as {
        n_peers: string;
      }[];
      return peers.every(({ n_peers }) => n_peers === '1');
    });
    const heights = await Promise.all([0, 1, 2, 3].map((index) => scene.heightOf(index)));
    await scene.traffic.step();
    await Promise.all([expectStandstill(0), expectStandstill(2)]);
    for (const [index, height] of heights.entries())
      expect(await scene.heightOf(index), `node ${index}`).to.be.at.most(height + 1);
    scene.network.comet.links.heal();
    await scene.expectWhole();
  });

  it('three and one without a connection: the three go on, the one follows when healed', async () => {
    scene.network.comet.links.partition([0, 1, 2]);
    await scene.traffic.step();
    await scene.expectWhole(0, 1, 2);
    expect(await scene.heightOf(3)).to.be.lessThan(scene.history.height);
    scene.network.comet.links.heal();
    await scene.expectWhole();
  });

  it('all four are stopped and started again: the chain goes on where it was', async () => {
    const height = await scene.heightOf(0);
    for (const index of [0, 1, 2, 3]) await scene.network.stop(index);
    await Promise.all([0, 1, 2, 3].map((index) => scene.network.start(index)));
    await scene.traffic.step();
    await scene.expectWhole();
    expect(scene.history.height).to.be.greaterThan(height);
  });

  for (const removeBlock of [false, true])
    it(`a node taken back one height${removeBlock ? ', and its engine one block,' : ''} follows the others again`, async () => {
      await scene.network.stop(2);
      const engine = await findCometBft({ path: binary, searchPath: '' });
      const { from, to } = await rollBackHome(scene.network.config(2), { binary: engine, removeBlock, log: silentLog });
      expect(to).to.equal(from - 1n);
      await scene.traffic.step();
      await scene.network.start(2);
      await scene.expectWhole();
    });

  it('called every application in the order of the grammar', () => scene.expectGrammar());
});
