// The sequence of blocks behind the interface: without gaps, whatever becomes of the subscription to the node.

import { expect } from 'chai';
import { type BlockFeed, openBlockFeed } from '../../relayer/api/block-feed.ts';
import { CometError } from '../../relayer/comet/errors.ts';
import type { NewBlock } from '../../relayer/comet/new-blocks.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { id } from '../helpers/block-records.ts';
import { eventually } from '../helpers/eventually.ts';

const made = (height: number): NewBlock => ({
  block: { height, hash: id(height), time: '', appHash: id(0), proposer: '0x', txs: [] },
  txResults: [],
  events: [],
  appHash: id(height),
});

/** A node whose blocks and subscriptions a test makes. */
class ScriptedNode {
  height = 0;
  /** Oldest block that can be read. */
  base = 1;
  reads = 0;
  #push: (block: NewBlock | undefined) => void = () => {};

  status = async () => ({ height: this.height }) as never;
  block = async (height?: number | bigint) => {
    this.reads++;
    if (Number(height) < this.base) throw new CometError('PEG_RPC_REFUSED', 'pruned');
    return made(Number(height)).block;
  };
  blockResults = async (height?: number | bigint) => ({ ...made(Number(height)), height: Number(height) });

  async *newBlocks(signal: AbortSignal): AsyncGenerator<NewBlock, void, undefined> {
    while (!signal.aborted) {
      const block = await new Promise<NewBlock | undefined>((resolve) => {
        this.#push = resolve;
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      if (block === undefined) return;
      yield block;
    }
  }

  /** A block that the subscription brings. */
  tell(): void {
    this.#push(made(++this.height));
  }

  /** The subscription ends. */
  drop(): void {
    this.#push(undefined);
  }
}

describe('feed of blocks', () => {
  let node: ScriptedNode;
  let feed: BlockFeed;
  let seen: number[];
  beforeEach(() => {
    node = new ScriptedNode();
    feed = openBlockFeed(node, { clock: systemClock, log: silentLog });
    seen = [];
    feed.listen(({ block }) => seen.push(block.height));
  });
  afterEach(() => feed.close());

  const until = (height: number) => eventually(`block ${height}`, async () => feed.tip?.block.height === height);

  it('begins at the tip of the node and reads older blocks when they are asked for, once', async () => {
    expect(feed.tip).to.equal(undefined);
    expect(await feed.at(1)).to.equal(undefined);
    node.height = 7;
    await until(7);
    expect(seen).to.deep.equal([7]);
    const before = node.reads;
    const [first, again] = await Promise.all([feed.at(3), feed.at(3)]);
    expect([first?.block.height, again]).to.deep.equal([3, first]);
    expect(node.reads).to.equal(before + 1);
    expect(await feed.at(8)).to.equal(undefined);
    node.base = 3;
    expect(await feed.at(2), 'pruned').to.equal(undefined);
  });

  it('reads what the subscription missed, in order, and goes on when it is made again', async () => {
    node.height = 1;
    await until(1);
    node.tell();
    await until(2);
    node.height = 5;
    node.tell();
    await until(6);
    node.drop();
    node.height = 9;
    await until(9);
    await eventually('the next subscription brings a block', async () => {
      if (node.height === 9) node.tell();
      return feed.tip?.block.height === 10;
    });
    expect(seen).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const height of seen) expect((await feed.at(height))?.block.hash).to.equal(id(height));
  });

  it('tells nobody who has stopped listening, and ends', async () => {
    const unlisten = feed.listen(() => expect.fail('it was told'));
    unlisten();
    node.height = 1;
    await until(1);
    await feed.close();
    node.height = 2;
    expect(feed.tip?.block.height).to.equal(1);
  });
});
