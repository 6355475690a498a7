// The sequence of blocks behind the interface: without gaps, whatever becomes of the subscription to the node.

import { expect } from 'chai';
import { type BlockFeed, openBlockFeed } from '../../relayer/api/block-feed.ts';
import { CometError } from '../../relayer/comet/errors.ts';
import type { NewBlock } from '../../relayer/comet/new-blocks.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { encodeTransaction } from '../../relayer/peg/transaction.ts';
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

  it('keeps no more of old blocks than weighs a bounded amount, and reads few at a time', async () => {
    node.height = 121;
    await until(121);
    const tx = encodeTransaction({
      transaction: { type: 'order', round: 1n, payload: new Uint8Array(200_000) },
      signature: new Uint8Array(65),
    });
    let reading = 0;
    let most = 0;
    node.block = async (height?: number | bigint) => {
      node.reads++;
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading--;
      return { ...made(Number(height)).block, txs: [tx] };
    };
    const attributes = { id: id(1), poster: '0x', round: '1', left: '1' };
    const txResults = [{ code: 0, codespace: '', log: '', events: [{ type: 'order', attributes }] }] as never;
    node.blockResults = async (height?: number | bigint) => ({ ...made(Number(height)), height: Number(height), txResults });
    const heights = Array.from({ length: 120 }, (_, index) => index + 1);
    const records = await Promise.all(heights.map((height) => feed.at(height)));
    expect(records.map((record) => record?.block.height)).to.deep.equal(heights);
    expect(most).to.be.at.most(16);
    const before = node.reads;
    await feed.at(120);
    expect(node.reads - before, 'the last one is kept').to.equal(0);
    await feed.at(1);
    expect(node.reads - before, 'the first one is not: 120 of them weigh 46 MiB').to.equal(1);
  });

  it('goes on from the tip of a node that is far ahead, and is never without one', async () => {
    node.height = 5;
    await until(5);
    let answer: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      const block = node.block;
      node.block = async (height?: number | bigint) => {
        resolve();
        await new Promise<void>((now) => {
          answer = now;
        });
        return block(height);
      };
    });
    node.height = 50_000;
    await asked;
    expect(feed.tip?.block.height).to.equal(5);
    answer();
    await until(50_000);
    expect(seen).to.deep.equal([5, 50_000]);
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
