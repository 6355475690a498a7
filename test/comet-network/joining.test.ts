// Nodes that come later, to a network with stakes and orders: one by a snapshot of its peers, without a single block before it
// and without InitChain, one by all blocks since genesis. Neither sees Ethereum, both end where the validators are.

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import type { StateSync } from '../../relayer/comet/comet-config.ts';
import { SnapshotFolder } from '../../relayer/store/snapshot-folder.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasFailed } from '../helpers/has-failed.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';
import { History } from './history.ts';
import { PegNetwork } from './peg-network.ts';
import { Traffic } from './traffic.ts';

const VALIDATORS = [0, 1, 2, 3];
const BY_SNAPSHOT = 4;
const BY_BLOCKS = 5;

await describeWithCometBft('CometBFT: joining', (binary) => {
  let chain: StakingChain;
  let network: PegNetwork;
  let traffic: Traffic;
  let history: History;
  let stateSync: StateSync | undefined;

  before(async () => {
    chain = await startStakingChain();
    network = await PegNetwork.create(chain, {
      binary,
      powers: [1, 1, 1, 1],
      observers: 2,
      store: { snapshotInterval: 5, keepSnapshots: 2 },
      engine: (index) => (index === BY_SNAPSHOT ? { stateSync } : {}),
    });
    await Promise.all(VALIDATORS.map((index) => network.start(index)));
    traffic = new Traffic(chain, 3, () => network.client(0));
    history = new History(chain, traffic);
    for (let i = 0; i < 3; i++) await traffic.step();
    await history.expectWhole(await clientsOf(VALIDATORS));
  });
  after(async function () {
    await network?.close({ keep: hasFailed(this) });
    traffic?.close();
    await chain?.close();
  });

  const clientsOf = (indexes: readonly number[]) => Promise.all(indexes.map((index) => network.client(index)));
  const lettersOf = (index: number) => network.lives.of(index).map(({ calls }) => calls.map(({ letter }) => letter).join(''));

  async function untilThere(index: number): Promise<void> {
    const client = await network.client(index);
    await eventually(`node ${index} has caught up`, async () => {
      const { height, catchingUp } = await client.status();
      return !catchingUp && height >= history.height;
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
    const trusted = await (await network.client(0)).block(2);
    const servers = VALIDATORS.slice(0, 2).map((index) => network.engine(index).rpcUrl);
    stateSync = { servers, trustHeight: 2, trustHash: trusted.hash.replace(/^0x/, '') };
    const stopAltering = alterOneChunk();
    try {
      await network.start(BY_SNAPSHOT);
      await untilThere(BY_SNAPSHOT);
    } finally {
      stopAltering();
    }
    // The altered chunk, and the true one of somebody else.
    expect(lettersOf(BY_SNAPSHOT)[0]).to.match(/^OAA(FC)*/);
    const { earliestHeight } = await earliest(BY_SNAPSHOT);
    expect(earliestHeight).to.be.greaterThan(2);
    await traffic.step();
    await history.expectWhole(await clientsOf([...VALIDATORS, BY_SNAPSHOT]));
  });

  it('by all blocks: the node executes them itself', async () => {
    await network.start(BY_BLOCKS);
    await untilThere(BY_BLOCKS);
    expect(lettersOf(BY_BLOCKS)[0]).to.match(/^I(FC)+/);
    expect((await earliest(BY_BLOCKS)).earliestHeight).to.equal(1);
    await traffic.step();
    await history.expectWhole(await clientsOf([...VALIDATORS, BY_SNAPSHOT, BY_BLOCKS]));
  });

  it('both go on after a restart, and when a validator is away', async () => {
    await network.stop(BY_SNAPSHOT);
    await network.stop(BY_BLOCKS);
    await traffic.step();
    await network.start(BY_SNAPSHOT);
    await network.start(BY_BLOCKS);
    await network.stop(3);
    await traffic.step();
    await history.expectWhole(await clientsOf([0, 1, 2, BY_SNAPSHOT, BY_BLOCKS]));
    expect(lettersOf(BY_SNAPSHOT)[1]).to.not.match(/[IOA]/);
  });

  it('called every application in the order of the grammar', () => {
    for (const [index] of network.set.entries())
      for (const { calls, options } of network.lives.of(index)) {
        const startHeight = restoredAt(calls) ?? options.startHeight ?? 0n;
        expect(checkCallLog(calls, { ...options, startHeight }), `node ${index}`).to.equal(undefined);
      }
  });

  /** The height that a snapshot brought is the one before the first block. */
  function restoredAt(calls: readonly { readonly letter: string; readonly height?: bigint }[]): bigint | undefined {
    if (calls[0]?.letter !== 'O') return undefined;
    const first = calls.find(({ height }) => height !== undefined)?.height;
    return first === undefined ? undefined : first - 1n;
  }

  async function earliest(index: number): Promise<{ readonly earliestHeight: number }> {
    const { sync_info } = (await (await network.client(index)).call('status')) as {
      sync_info: { earliest_block_height: string };
    };
    return { earliestHeight: Number(sync_info.earliest_block_height) };
  }
});
