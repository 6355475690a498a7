import { expect } from 'chai';
import { PATIENCE } from '../../relayer/ethereum/header-chain.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type EthereumBench, ethereumBench, POLL_MS } from '../helpers/ethereum-bench.ts';
import { type FakeBlock, RpcRefusal } from '../helpers/fake-ethereum.ts';
import type { PostFault } from '../helpers/scripted-endpoint.ts';
import { add } from '../helpers/staking-history.ts';

const unavailable: PostFault = (response) => {
  response.writeHead(503).end();
  return true;
};
const refuse = (code: number, message: string) => () => {
  throw new RpcRefusal(code, message);
};

describe('following the head', () => {
  let bench: EthereumBench;

  beforeEach(async () => {
    bench = await ethereumBench();
  });
  afterEach(() => bench.close());

  const head = () => bench.view.head()?.number;

  it('follows block by block and over gaps, one line a change', async () => {
    await bench.chain.add();
    await bench.poll();
    expect(head()).to.equal(101n);
    await bench.poll();
    await bench.chain.mine(50);
    await bench.poll();
    expect(head()).to.equal(151n);
    const lines = bench.log.saying('followed the head').map(({ level, fields }) => [level, fields.eth_block, fields.added]);
    expect(lines).to.deep.equal([
      ['debug', 100n, 1],
      ['debug', 101n, 1],
      ['debug', 151n, 50],
    ]);
    expect(bench.log.lines).to.have.length(3);
  });

  it('after a long sleep begins anew near the head, and says so', async () => {
    await bench.chain.mine(300);
    await bench.poll();
    expect(head()).to.equal(400n);
    expect(bench.log.saying('lost the link')).to.have.length(1);
    expect(await bench.view.blocks(50n, 400n)).to.have.length(351);
  });

  it('fails once aloud, tries on with growing pauses, and says when it is over', async () => {
    bench.endpoint.onPost(unavailable);
    for (let i = 0; i < 5; i++) await bench.poll();
    expect(bench.log.saying('failed to follow')).to.have.length(1);
    expect(bench.status()).to.include({ state: 'failing' });
    expect(bench.status().failures).to.be.at.least(5);
    expect(bench.status().error).to.have.property('code', 'ETH_HTTP_STATUS');
    expect(head(), 'what was known stays known').to.equal(100n);
    expect(await bench.view.blocks(90n, 100n)).to.have.length(11);
    bench.endpoint.heal();
    await bench.chain.add();
    await bench.poll();
    expect(head()).to.equal(101n);
    expect(bench.status()).to.include({ state: 'alive', failures: 0, error: undefined });
    expect(bench.log.saying('reached Ethereum again')).to.have.length(1);
  });

  it('another kind of failure is said as well', async () => {
    bench.endpoint.onPost(unavailable);
    await bench.poll();
    bench.endpoint.heal();
    bench.endpoint.onCall('eth_getBlockByNumber', () => null);
    await bench.poll();
    expect(bench.log.saying('failed to follow').map(({ fields }) => fields.code)).to.deep.equal([
      'ETH_HTTP_STATUS',
      'ETH_BLOCK_UNKNOWN',
    ]);
  });

  it('an endpoint that changes to another chain is not believed any more, until it comes back', async () => {
    bench.endpoint.onCall('eth_chainId', () => '0x1');
    await bench.poll();
    expect(bench.status().state).to.equal('wrong-chain');
    for (const call of [
      bench.view.header(100n),
      bench.view.blocks(99n, 100n),
      bench.view.commitment(bench.chain.head.hash),
      bench.view.nextHead(undefined),
    ])
      expect(await codeRejected(call as Promise<unknown>)).to.equal('ETH_WRONG_CHAIN');
    bench.endpoint.heal();
    await bench.poll();
    expect((await bench.view.header(100n)).number).to.equal(100n);
  });

  it('does not believe an endpoint of another chain again because it fails as well', async () => {
    bench.endpoint.onCall('eth_chainId', () => '0x5');
    await bench.poll();
    bench.endpoint.onPost(unavailable);
    await bench.poll();
    expect(bench.status().state).to.equal('wrong-chain');
    expect(await codeRejected(bench.view.header(100n))).to.equal('ETH_WRONG_CHAIN');
    bench.endpoint.heal();
    await bench.poll();
    expect((await bench.view.header(100n)).hash).to.equal(bench.chain.head.hash);
  });

  it('a new chain without the contract is not believed', async () => {
    await bench.chain.mine(120, { on: bench.chain.at(0n) as FakeBlock, deployed: false, salt: 'other' });
    await bench.poll();
    await bench.poll();
    expect(bench.status().state).to.equal('wrong-chain');
    expect(await codeRejected(bench.view.header(100n))).to.equal('ETH_NO_CONTRACT');
  });

  it('heads are monotonic: an older one is a lagging backend, until it is named too often', async () => {
    const old = bench.chain.at(95n) as FakeBlock;
    const newest = bench.chain.head;
    bench.chain.head = old;
    for (let i = 1; i < PATIENCE; i++) await bench.poll();
    expect(head()).to.equal(100n);
    expect(bench.status().state).to.equal('behind');
    bench.chain.head = newest;
    await bench.poll();
    expect(bench.status().state).to.equal('alive');
    bench.chain.head = old;
    for (let i = 0; i < PATIENCE; i++) await bench.poll();
    expect(head()).to.equal(95n);
    expect(bench.log.saying('went back')).to.have.length(1);
    expect(bench.log.saying('was named an older head')).to.have.length.greaterThan(0);
  });

  it('a head that stands still is reported once, and again after it has moved', async () => {
    const stalled = await ethereumBench({ blocks: 3, stallWarningMs: 90_000 });
    try {
      for (let i = 0; i < 4; i++) await stalled.poll();
      expect(stalled.log.saying('saw no new head')).to.have.length(1);
      expect(stalled.status().state).to.equal('stalled');
      await stalled.chain.add();
      await stalled.poll();
      expect(stalled.status()).to.include({ state: 'alive' });
      for (let i = 0; i < 4; i++) await stalled.poll();
      expect(stalled.log.saying('saw no new head')).to.have.length(2);
    } finally {
      await stalled.close();
    }
  });

  it('a branch that moves while it is read is given up; the next poll takes the new one', async () => {
    const { chain, endpoint } = bench;
    await chain.mine(10);
    endpoint.onCall('eth_getBlockByNumber', async (honest, [tag]) => {
      const answer = await honest();
      if (tag === 'finalized') await chain.mine(10, { on: chain.at(100n) as FakeBlock, salt: 'b' });
      return answer;
    });
    await bench.poll();
    expect(head()).to.equal(100n);
    expect(bench.log.saying('gave up a branch')).to.have.length(1);
    endpoint.heal();
    await bench.poll();
    expect(bench.view.head()?.hash).to.equal(chain.head.hash);
  });

  it('headers in batches that are too large or too slow are asked for in smaller ones', async () => {
    const sizes: number[] = [];
    bench.endpoint.onPost((response, _text, body) => {
      if (!Array.isArray(body) || body.length <= 5) return false;
      sizes.push(body.length);
      response.writeHead(413).end();
      return true;
    });
    expect(await bench.view.blocks(1n, 30n)).to.have.length(30);
    expect(sizes.slice(0, 3)).to.deep.equal([30, 15, 8]);
    // It tries one more now and then.
    expect(sizes.slice(3).every((size) => size === 6)).to.equal(true);
  });

  it('a single header that is too large is an error', async () => {
    bench.endpoint.onPost((response) => {
      response.writeHead(413).end();
      return true;
    });
    expect(await codeRejected(bench.view.blocks(1n, 30n))).to.equal('ETH_TOO_LARGE');
  });

  it('keeps no more than x + 64 headers, and fills them in turns', async () => {
    const wide = await ethereumBench({ blocks: 400, finalityThreshold: 300n });
    try {
      const posts = wide.endpoint.posts();
      expect((await wide.view.header(150n)).number).to.equal(150n);
      expect(wide.endpoint.posts(), 'four fetches fill 256').to.equal(posts);
      await wide.view.header(100n);
      expect(wide.endpoint.posts()).to.equal(posts + 1);
      await wide.poll();
      const filled = wide.endpoint.posts();
      await wide.view.header(37n);
      expect(wide.endpoint.posts()).to.equal(filled);
      await wide.view.header(36n);
      expect(wide.endpoint.posts()).to.equal(filled + 1);
    } finally {
      await wide.close();
    }
  });

  it('blocks with the parent hash zero, as Hardhat makes them, are linked as the endpoint names them', async () => {
    const hollow = await ethereumBench({ blocks: 3 });
    try {
      await hollow.chain.add({ events: [add('A', 4n)] });
      const { after } = hollow.chain.head;
      await hollow.chain.mine(9, { hollow: true });
      await hollow.chain.add();
      await hollow.poll();
      expect(hollow.view.head()?.number).to.equal(14n);
      const blocks = await hollow.view.blocks(1n, 14n);
      for (let i = 1; i < blocks.length; i++) expect(blocks[i]?.header.parentHash).to.equal(blocks[i - 1]?.header.hash);
      // Hardhat has no state for them, but the block after them has the same.
      hollow.endpoint.onCall('eth_getProof', (honest, [, , tag]) =>
        BigInt(tag as string) < 14n ? refuse(-32000, 'nothing here')() : honest(),
      );
      hollow.endpoint.onCall('eth_call', () => '0x');
      hollow.endpoint.onCall('eth_getCode', () => '0x');
      for (const n of [5n, 8n, 13n])
        expect(await hollow.view.commitment((await hollow.view.header(n)).hash)).to.deep.equal(after);
      const { hash } = await hollow.view.header(6n);
      hollow.endpoint.onCall('eth_getBlockByNumber', refuse(-32603, 'internal error'));
      expect(await codeRejected(hollow.view.commitment(hash))).to.equal('ETH_ENDPOINT_FAILED');
    } finally {
      await hollow.close();
    }
  });

  describe('finalized', () => {
    it('is the endpoint’s, as long as it is on the branch of the head', async () => {
      bench.chain.finalized = 90n;
      await bench.poll();
      expect(bench.view.finalized()).to.equal(90n);
      const foreign = (await bench.chain.mine(5, { on: bench.chain.at(89n) as FakeBlock, salt: 'b' })).json;
      bench.chain.head = bench.chain.at(94n) as FakeBlock;
      bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) => (tag === 'finalized' ? foreign : honest()));
      await bench.chain.mine(20, { on: bench.chain.at(93n) as FakeBlock, salt: 'c' });
      await bench.poll();
      expect(bench.view.finalized()).to.equal(undefined);
    });

    it('may be older than all that is kept, but not above the head', async () => {
      bench.chain.finalized = 2n;
      await bench.poll();
      expect(bench.view.finalized()).to.equal(2n);
      const above = (await bench.chain.mine(3)).json;
      bench.chain.head = bench.chain.at(101n) as FakeBlock;
      bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) => (tag === 'finalized' ? above : honest()));
      await bench.poll();
      expect(bench.view.finalized()).to.equal(undefined);
    });

    it('is none where the endpoint knows no such block', async () => {
      bench.chain.finalized = 90n;
      await bench.poll();
      for (const fault of [
        () => null,
        refuse(-32602, 'invalid block tag'),
        refuse(-32000, 'finalized block not found'),
        refuse(-39001, 'Unknown block'),
        refuse(-32000, 'no'),
      ]) {
        bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) => (tag === 'finalized' ? fault() : honest()));
        await bench.poll();
        expect(bench.view.finalized()).to.equal(undefined);
        expect(bench.status().failures).to.equal(0);
        bench.endpoint.heal();
        await bench.poll();
        expect(bench.view.finalized()).to.equal(90n);
      }
    });

    it('a failure says nothing about it: the last one stands, the head is followed, the poll has failed', async () => {
      bench.chain.finalized = 90n;
      await bench.poll();
      bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) =>
        tag === 'finalized' ? refuse(429, 'rate limit')() : honest(),
      );
      bench.chain.finalized = 95n;
      await bench.chain.add();
      await bench.poll();
      expect([bench.view.finalized(), head()]).to.deep.equal([90n, 101n]);
      expect(bench.status().error).to.have.property('code', 'ETH_RATE_LIMITED');
    });

    for (const [ancestor, stands] of [
      [93n, true],
      [90n, true],
      [89n, false],
      [5n, false],
    ] as const)
      it(`${stands ? 'stands' : 'does not stand'} without an answer when block ${ancestor} is the last in common with another branch`, async () => {
        bench.chain.finalized = 90n;
        await bench.poll();
        await bench.chain.mine(120, { on: bench.chain.at(ancestor) as FakeBlock, salt: 'other' });
        bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) =>
          tag === 'finalized' ? refuse(429, 'rate limit')() : honest(),
        );
        await bench.poll();
        expect(head()).to.equal(ancestor + 120n);
        expect(bench.view.finalized()).to.equal(stands ? 90n : undefined);
      });
  });

  it('a fault of our own does not stop the polling', async () => {
    const { debug } = bench.log;
    bench.log.debug = () => {
      throw new Error('the disk is full');
    };
    await bench.chain.add();
    await bench.poll();
    expect(bench.status().error?.message).to.equal('the disk is full');
    bench.log.debug = debug;
    await bench.chain.add();
    await bench.poll();
    expect(bench.status()).to.include({ state: 'alive' });
    expect(head()).to.equal(102n);
  });

  it('the pause between polls is the interval', async () => {
    const posts = bench.endpoint.posts();
    await bench.clock.advance(POLL_MS - 1);
    expect(bench.endpoint.posts()).to.equal(posts);
  });
});
