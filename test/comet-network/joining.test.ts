// Nodes that come later, to a network with stakes and orders: one by a snapshot of its peers, without a single block before it
// and without InitChain, one by all blocks since genesis. Neither sees Ethereum, both end where the validators are.

import { expect } from 'chai';
import type { StateSync } from '../../relayer/comet/comet-config.ts';
import { SnapshotFolder } from '../../relayer/store/snapshot-folder.ts';
import { eventually } from '../helpers/eventually.ts';
import { pegScene } from './peg-network.ts';
import { describeScene } from './scene.ts';

const VALIDATORS = [0, 1, 2, 3];
const BY_SNAPSHOT = 4;
const BY_BLOCKS = 5;

/** Of the node that joins by a snapshot: known once there is a block to trust. */
let stateSync: StateSync | undefined;

const SCENE = pegScene(
  {
    powers: [1, 1, 1, 1],
    observers: 2,
    running: VALIDATORS,
    store: { snapshotInterval: 5, keepSnapshots: 2 },
    engine: (index) => (index === BY_SNAPSHOT ? { stateSync } : {}),
  },
  { seed: 3, steps: 3 },
);

await describeScene('CometBFT: joining', SCENE, (scene) => {
  const lettersOf = (index: number) =>
    scene.network.lives.of(index).map(({ calls }) => calls.map(({ letter }) => letter).join(''));

  async function untilThere(index: number): Promise<void> {
    const client = await scene.client(index);
    await eventually(`node ${index} has caught up`, async () => {
      const { height, catchingUp } = await client.status();
      return !catchingUp && height >= scene.history.height;
    });
  }

  /** The first chunk that any node sends from now on is altered. Gives what puts an end to it. */
  function alterOneChunk(): () => void {
    const { chunk } = SnapshotFolder.prototype;
    let sent = 0;
    SnapshotFolder.prototype.chunk = async function (...wanted) {
      const bytes = (await chunk.apply(this, wanted))?.slice();
      if (bytes !== undefined && sent++ === 0) bytes[10] = (bytes[10] as number) ^ 1;
      return bytes;
    };
    return () => {
      SnapshotFolder.prototype.chunk = chunk;
    };
  }

  it('by a snapshot, of which a peer alters a chunk: the node has the state and none of the blocks before it', async () => {
    const trusted = await (await scene.client(0)).block(2);
    const servers = VALIDATORS.slice(0, 2).map((index) => scene.network.engine(index).rpcUrl);
    stateSync = { servers, trustHeight: 2, trustHash: trusted.hash.replace(/^0x/, '') };
    const stopAltering = alterOneChunk();
    try {
      await scene.network.start(BY_SNAPSHOT);
      await untilThere(BY_SNAPSHOT);
    } finally {
      stopAltering();
    }
    // The altered chunk, and the true one of somebody else.
    expect(lettersOf(BY_SNAPSHOT)[0]).to.match(/^OAA(FC)*/);
    const { earliestHeight } = await earliest(BY_SNAPSHOT);
    expect(earliestHeight).to.be.greaterThan(2);
    await scene.traffic.step();
    await scene.expectWhole(...VALIDATORS, BY_SNAPSHOT);
  });

  it('by all blocks: the node executes them itself', async () => {
    await scene.network.start(BY_BLOCKS);
    await untilThere(BY_BLOCKS);
    expect(lettersOf(BY_BLOCKS)[0]).to.match(/^I(FC)+/);
    expect((await earliest(BY_BLOCKS)).earliestHeight).to.equal(1);
    await scene.traffic.step();
    await scene.expectWhole(...VALIDATORS, BY_SNAPSHOT, BY_BLOCKS);
  });

  it('both go on after a restart, and when a validator is away', async () => {
    await scene.network.stop(BY_SNAPSHOT);
    await scene.network.stop(BY_BLOCKS);
    await scene.traffic.step();
    await scene.network.start(BY_SNAPSHOT);
    await scene.network.start(BY_BLOCKS);
    await scene.network.stop(3);
    await scene.traffic.step();
    await scene.expectWhole(0, 1, 2, BY_SNAPSHOT, BY_BLOCKS);
    expect(lettersOf(BY_SNAPSHOT)[1]).to.not.match(/[IOA]/);
  });

  it('called every application in the order of the grammar', () => scene.expectGrammar());

  async function earliest(index: number): Promise<{ readonly earliestHeight: number }> {
    const { sync_info } = (await (await scene.client(index)).call('status')) as {
      sync_info: { earliest_block_height: string };
    };
    return { earliestHeight: Number(sync_info.earliest_block_height) };
  }
});
