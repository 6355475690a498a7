import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { VerifiedBlock } from '../../relayer/ethereum/types.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type EthereumBench, ethereumBench } from '../helpers/ethereum-bench.ts';
import { type FakeBlock, RpcRefusal } from '../helpers/fake-ethereum.ts';
import { add, remove } from '../helpers/staking-history.ts';

const checksOf = (block: VerifiedBlock | undefined) => block?.checks.join(' ');

describe('view of Ethereum', () => {
  let bench: EthereumBench;

  beforeEach(async () => {
    bench = await ethereumBench();
  });
  afterEach(() => bench.close());

  it('has a head from the start, no finalized block where there is none, and x + 64 headers without a request', async () => {
    expect(bench.view.head()?.hash).to.equal(bench.chain.head.hash);
    expect(bench.view.finalized()).to.equal(undefined);
    const posts = bench.endpoint.posts();
    for (let n = 31n; n <= 100n; n++) expect((await bench.view.header(n)).hash).to.equal(bench.chain.at(n)?.hash);
    expect(bench.endpoint.posts()).to.equal(posts);
    expect((await bench.view.header(30n)).hash).to.equal(bench.chain.at(30n)?.hash);
    expect(bench.endpoint.posts()).to.equal(posts + 1);
    expect(await codeRejected(bench.view.header(101n))).to.equal('ETH_BLOCK_UNKNOWN');
    expect(await codeRejected(bench.view.header(-1n))).to.equal('ETH_BAD_RANGE');
  });

  it('proves 70 blocks without events by their blooms, without a request', async () => {
    const posts = bench.endpoint.posts();
    const blocks = await bench.view.blocks(31n, 100n);
    expect(blocks).to.have.length(70);
    expect(new Set(blocks.map(checksOf))).to.deep.equal(new Set(['header-hash bloom']));
    expect(blocks.every(({ logs, after }) => logs.length === 0 && after === undefined)).to.equal(true);
    expect(bench.endpoint.posts()).to.equal(posts);
  });

  it('reads events in order, folded and compared with the contract', async () => {
    const { chain, view } = bench;
    const first = await chain.add({ events: [add('A', 100n), remove('A', 40n), add('B', 50n)], strangers: 2 });
    await chain.mine(3);
    const second = await chain.add({ events: [add('C', 1n)] });
    await bench.poll();
    const blocks = await view.blocks(95n, chain.head.number);
    const [one, two] = [blocks[6], blocks[10]];
    expect(one?.logs.map(({ kind, amount, nonce }) => [kind, amount, nonce])).to.deep.equal([
      ['add', 100n, 1n],
      ['remove', 40n, 2n],
      ['add', 50n, 3n],
    ]);
    expect([one?.after, two?.after]).to.deep.equal([first.after, second.after]);
    expect([checksOf(one), checksOf(two)]).to.deep.equal([
      'header-hash bloom logs fold storage-proof',
      'header-hash bloom logs fold storage-proof',
    ]);
    expect(await view.commitment(first.hash)).to.deep.equal(first.after);
    expect(await view.commitment((chain.at(90n) as FakeBlock).hash)).to.deep.equal({
      nonce: 0n,
      accumulator: `0x${'00'.repeat(32)}`,
    });
    expect(await view.commitment((chain.at(5n) as FakeBlock).hash)).to.deep.equal({
      nonce: 0n,
      accumulator: `0x${'00'.repeat(32)}`,
    });
    expect(await codeRejected(view.commitment(`0x${'12'.repeat(32)}`))).to.equal('ETH_BLOCK_UNKNOWN');
  });

  it('reads blocks below memory, linked to each other and to what is kept', async () => {
    const blocks = await bench.view.blocks(1n, 100n);
    expect(blocks.map(({ header }) => header.hash)).to.deep.equal(
      blocks.map(({ header }) => bench.chain.at(header.number)?.hash),
    );
    expect(await bench.view.blocks(5n, 30n)).to.have.length(26);
    expect(await bench.view.blocks(5n, 8n)).to.have.length(4);
    const other = await ethereumBench();
    try {
      const foreign = await other.chain.mine(60, { on: other.chain.at(2n) as FakeBlock, salt: 'other' });
      bench.endpoint.onCall('eth_getBlockByNumber', (honest, [tag]) =>
        tag === '0x1e' ? (other.chain.at(30n) as FakeBlock).json : honest(),
      );
      expect(foreign.number).to.equal(62n);
      for (const [from, to] of [
        [20n, 50n],
        [20n, 30n],
        [25n, 30n],
      ] as const)
        expect(await codeRejected(bench.view.blocks(from, to))).to.equal('ETH_REORGED');
    } finally {
      await other.close();
    }
  });

  it('refuses ranges that are none', async () => {
    for (const [from, to] of [
      [5n, 4n],
      [-1n, 4n],
    ] as const)
      expect(await codeRejected(bench.view.blocks(from, to))).to.equal('ETH_BAD_RANGE');
    expect(await codeRejected(bench.view.blocks(0n, 1024n))).to.equal('ETH_BAD_RANGE');
    expect(await codeRejected(bench.view.blocks(90n, 101n))).to.equal('ETH_BLOCK_UNKNOWN');
  });

  it('tells of the head as soon as it moves, and after the poll interval at the latest', async () => {
    const seen = bench.view.head()?.hash;
    await bench.view.nextHead(undefined);
    await bench.view.nextHead(`0x${'12'.repeat(32)}`);
    const told = bench.view.nextHead(seen);
    const quiet = bench.view.nextHead(seen);
    await bench.chain.add();
    await bench.poll();
    await told;
    await quiet;
    expect(bench.view.head()?.number).to.equal(101n);
    const waiting = bench.view.nextHead(bench.view.head()?.hash);
    await bench.clock.advance(1_000);
    await waiting;
    const reason = new Error('enough');
    const aborted = new AbortController();
    const ended = codeRejected(bench.view.nextHead(bench.view.head()?.hash, aborted.signal));
    aborted.abort(reason);
    expect(await ended).to.equal(reason);
    expect(await codeRejected(bench.view.blocks(1n, 2n, AbortSignal.abort(reason)))).to.equal(reason);
  });

  it('takes another branch at once, and answers from it', async () => {
    const { chain, view } = bench;
    const gone = await chain.add({ events: [add('A', 100n)] });
    await chain.mine(4);
    await bench.poll();
    expect((await view.blocks(101n, 105n))[0]?.logs[0]?.amount).to.equal(100n);
    const come = await chain.add({ on: gone.parent as FakeBlock, events: [add('A', 90n)], salt: 'b' });
    await chain.mine(1);
    await bench.poll();
    expect(view.head()?.number).to.equal(102n);
    const [block] = await view.blocks(101n, 102n);
    expect([block?.header.hash, block?.logs[0]?.amount]).to.deep.equal([come.hash, 90n]);
    const [line] = bench.log.saying('took another branch');
    expect(line).to.deep.include({ level: 'info' });
    expect(line?.fields).to.include({ ancestor: 100n, dropped: 5, added: 2 });
    expect(bench.status()).to.include({ reorgs: 1, deepestReorg: 5, state: 'alive' });
  });

  it('a reorg in the middle of a read fails that read', async () => {
    const { chain, view, endpoint } = bench;
    const gone = await chain.add({ events: [add('A', 100n)] });
    await chain.mine(4);
    await bench.poll();
    endpoint.onCall(
      'eth_getLogs',
      async (honest) => {
        const logs = await honest();
        await chain.mine(3, { on: gone.parent as FakeBlock, salt: 'b' });
        await bench.poll();
        return logs;
      },
      1,
    );
    expect(await codeRejected(view.blocks(98n, 103n))).to.equal('ETH_REORGED');
    expect(await view.blocks(98n, 103n)).to.have.length(6);
  });

  it('a chain that is replaced in the middle of a read fails that read, however old the blocks', async () => {
    const { chain, view, endpoint } = bench;
    const old = await chain.add({ events: [add('A', 100n)] });
    await chain.mine(150);
    await bench.poll();
    endpoint.onCall(
      'eth_getLogs',
      async (honest) => {
        await chain.mine(260, { on: chain.at(10n) as FakeBlock, salt: 'b' });
        await bench.poll();
        return honest();
      },
      1,
    );
    expect(await codeRejected(view.blocks(old.number, old.number))).to.equal('ETH_REORGED');
    expect((await view.blocks(old.number, old.number))[0]?.header.hash).to.equal(chain.at(old.number)?.hash);
  });

  it('an endpoint that has another branch at every height is read from that branch', async () => {
    const { chain, view } = bench;
    await chain.mine(120, { on: chain.at(10n) as FakeBlock, salt: 'b' });
    await bench.poll();
    expect(bench.log.saying('met a fork below')).to.have.length(1);
    expect(view.head()?.hash).to.equal(chain.head.hash);
    expect(await view.blocks(5n, 125n)).to.have.length(121);
    expect(bench.status()).to.include({ reorgs: 1, deepestReorg: 70 });
  });

  it('ends everything when it is closed', async () => {
    const waiting = codeRejected(bench.view.nextHead(bench.view.head()?.hash));
    let asked: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    bench.endpoint.onPost(() => {
      asked();
      return true;
    });
    const reading = codeRejected(bench.view.header(3n));
    await arrived;
    await bench.ethereum.close();
    await bench.ethereum.close();
    expect([await waiting, await reading]).to.deep.equal(['ETH_CLOSED', 'ETH_CLOSED']);
    expect(await codeRejected(bench.view.header(100n))).to.equal('ETH_CLOSED');
    expect(await codeRejected(bench.view.blocks(99n, 100n))).to.equal('ETH_CLOSED');
  });

  describe('of an endpoint that misleads', () => {
    let block: FakeBlock;
    beforeEach(async () => {
      block = await bench.chain.add({ events: [add('A', 100n), add('B', 7n)], strangers: 1 });
      await bench.chain.mine(1);
      await bench.poll();
    });

    const read = async () => (await bench.view.blocks(block.number, block.number))[0];
    const fault = async (method: string, answer: (honest: never) => unknown) => {
      bench.endpoint.onCall(method, async (honest) => answer((await honest()) as never));
    };

    it('no logs: the receipts prove them all the same', async () => {
      await fault('eth_getLogs', () => []);
      const found = await read();
      expect(found?.after).to.deep.equal(block.after);
      expect(checksOf(found)).to.equal('header-hash bloom receipts-root fold storage-proof');
      expect(found?.logs.map(({ transactionHash, logIndex }) => [transactionHash, logIndex])).to.deep.equal(
        block.logs.slice(1).map(({ transactionHash, logIndex }) => [transactionHash, Number(logIndex)]),
      );
      expect(bench.log.saying('took the events from the receipts')).to.have.length(1);
    });

    const misleading: readonly (readonly [name: string, change: (logs: Record<string, unknown>[]) => unknown])[] = [
      ['part of the logs', (logs) => logs.slice(0, 1)],
      ['the first log missing', (logs) => logs.slice(1)],
      [
        'other amounts',
        (logs) => logs.map((log) => ({ ...log, data: `${String(log.data).slice(0, 60)}999999${String(log.data).slice(66)}` })),
      ],
      [
        'other nonces',
        (logs) => logs.map((log, i) => ({ ...log, data: `${String(log.data).slice(0, 66)}${String(i + 7).padStart(64, '0')}` })),
      ],
      ['logs of another block', (logs) => logs.map((log) => ({ ...log, blockHash: `0x${'12'.repeat(32)}` }))],
      ['removed logs', (logs) => logs.map((log) => ({ ...log, removed: true }))],
      ['logs in another order', (logs) => [...logs].reverse()],
      ['null', () => null],
      ['an object', () => ({})],
    ];
    for (const [name, change] of misleading)
      it(`${name}: the receipts decide`, async () => {
        await fault('eth_getLogs', change);
        const found = await read();
        expect(found?.after).to.deep.equal(block.after);
        expect(found?.checks).to.include('receipts-root');
      });

    it('no logs and other receipts: an error, never "no event"', async () => {
      await fault('eth_getLogs', () => []);
      await fault('eth_getBlockReceipts', (receipts: unknown[]) => receipts.slice(1));
      expect(await codeRejected(read())).to.equal('ETH_MISMATCH');
      await fault('eth_getBlockReceipts', () => []);
      expect(await codeRejected(read())).to.equal('ETH_RECEIPTS_ROOT');
    });

    it('receipts one by one where there is no eth_getBlockReceipts, or where it answers null', async () => {
      await fault('eth_getLogs', () => []);
      await fault('eth_getBlockReceipts', () => null);
      expect((await read())?.after).to.deep.equal(block.after);
      bench.endpoint.onCall('eth_getBlockReceipts', () => {
        throw new RpcRefusal(-32601, 'no such method');
      });
      expect((await read())?.after).to.deep.equal(block.after);
      expect(bench.endpoint.calls.filter((method) => method === 'eth_getTransactionReceipt')).to.have.length(4);
      bench.endpoint.onCall('eth_getTransactionReceipt', () => null);
      expect(await codeRejected(read())).to.equal('ETH_MALFORMED');
      bench.endpoint.onCall('eth_getBlockReceipts', () => {
        throw new RpcRefusal(-32603, 'internal error');
      });
      expect(await codeRejected(read())).to.equal('ETH_ENDPOINT_FAILED');
    });

    for (const [what, refuse] of [
      ['more than an answer may hold', (response: ServerResponse) => response.writeHead(413).end()],
      ['not there in time', () => {}],
    ] as const)
      it(`receipts in pieces where all of them are ${what}`, async () => {
        const full = await bench.chain.add({ bloomLies: true, strangers: 2, strangerBytes: 300_000 });
        await bench.poll();
        const asked: string[] = [];
        bench.endpoint.onPost((response, _, body) => {
          const methods = ([body].flat() as { method: string }[]).map(({ method }) => method);
          if (!methods[0]?.includes('Receipt')) return false;
          asked.push(methods.join(' '));
          if (methods.length === 1 && methods[0] === 'eth_getTransactionReceipt') return false;
          refuse(response);
          return true;
        });
        const [found] = await bench.view.blocks(full.number, full.number);
        expect(found?.logs).to.deep.equal([]);
        expect(checksOf(found)).to.equal('header-hash bloom receipts-root');
        expect(new Set(asked)).to.deep.equal(
          new Set(['eth_getBlockReceipts', 'eth_getTransactionReceipt eth_getTransactionReceipt', 'eth_getTransactionReceipt']),
        );
      });

    for (const [what, code, message] of [
      ['too many of them', -32005, 'query returned more than 1000 results'],
      ['refused', -32602, 'filters by block hash are not supported'],
    ] as const)
      it(`logs that are ${what}: the receipts decide, and nobody has lied`, async () => {
        bench.endpoint.onCall('eth_getLogs', () => {
          throw new RpcRefusal(code, message);
        });
        const found = await read();
        expect(found?.after).to.deep.equal(block.after);
        expect(checksOf(found)).to.equal('header-hash bloom receipts-root fold storage-proof');
        expect(bench.ethereum.endpoints()[0]?.faults).to.deep.equal({});
      });

    it('a failed request for logs is a failure', async () => {
      bench.endpoint.onCall('eth_getLogs', () => {
        throw new RpcRefusal(-32603, 'internal error');
      });
      expect(await codeRejected(read())).to.equal('ETH_ENDPOINT_FAILED');
      bench.endpoint.onCall('eth_getLogs', () => {
        throw new RpcRefusal(-32000, 'unknown block');
      });
      expect(await codeRejected(read())).to.equal('ETH_BLOCK_UNKNOWN');
    });

    it('a bloom that promises events: their absence is proved by the receipts', async () => {
      const liar = await bench.chain.add({ bloomLies: true, strangers: 2 });
      await bench.poll();
      const [found] = await bench.view.blocks(liar.number, liar.number);
      expect(found?.logs).to.deep.equal([]);
      expect(found).not.to.have.property('after');
      expect(checksOf(found)).to.equal('header-hash bloom receipts-root');
      await fault('eth_getBlockReceipts', () => []);
      expect(await codeRejected(bench.view.blocks(liar.number, liar.number))).to.equal('ETH_RECEIPTS_ROOT');
    });

    it('another state of the contract than the logs lead to: an error, and nothing of it is remembered', async () => {
      bench.endpoint.onCall('eth_getProof', () => {
        throw new RpcRefusal(-32000, 'not now');
      });
      await fault('eth_call', () => `0x${'00'.repeat(31)}09`);
      const error = await read().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(EthereumError).with.property('code', 'ETH_FOLD_MISMATCH');
      expect((error as EthereumError).data).to.include({ eth_block: block.number, hash: block.hash });
      bench.endpoint.heal();
      expect((await read())?.after).to.deep.equal(block.after);
    });
  });
});
