import { expect } from 'chai';
import { ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import type { AbciClient } from '../helpers/abci-client.ts';
import { requestFrames } from '../helpers/abci-client.ts';
import { SocketBench, TRANSPORTS } from '../helpers/served-application.ts';

const tx = (text: string) => ({ checkTx: { tx: Buffer.from(text) } });
const codes = (client: AbciClient) => client.answers.flatMap(({ checkTx }) => (checkTx === undefined ? [] : [checkTx.code]));

for (const transport of TRANSPORTS)
  describe(`socket server over ${transport}`, () => {
    let bench: SocketBench;
    beforeEach(() => {
      bench = new SocketBench();
    });
    afterEach(() => bench.close());

    it('answers the requests of a connection in their order', async () => {
      const client = await bench.connect(await bench.serve({}, { transport }));
      const answers = await client.ask({ echo: { message: 'hello' } }, tx('a=b'), tx('nonsense'), { info: {} });
      expect(answers.map((answer) => Object.keys(answer)[0])).to.deep.equal(['echo', 'checkTx', 'checkTx', 'info']);
      expect(answers[0]?.echo?.message).to.equal('hello');
      expect(codes(client)).to.deep.equal([0, 2]);
    });

    it('serves what engines ask, on four connections', async () => {
      const server = await bench.serve({}, { transport });
      const [query, snapshot, mempool, consensus] = await Promise.all(Array.from({ length: 4 }, () => bench.connect(server)));
      expect((await query?.ask({ info: {} }))?.[0]?.info?.data).to.equal('kv');
      expect((await consensus?.ask({ initChain: { chainId: 'c', initialHeight: 1n } }))?.[0]?.initChain?.appHash).to.have.length(
        32,
      );
      expect((await snapshot?.ask({ listSnapshots: {} }))?.[0]?.listSnapshots?.snapshots).to.deep.equal([]);
      expect((await mempool?.ask(tx('k=v')))?.[0]?.checkTx?.code).to.equal(0);
      const height = { height: 1n, txs: [Buffer.from('k=v')] };
      const calls = [
        { prepareProposal: { ...height, maxTxBytes: 1000n } },
        { processProposal: height },
        { finalizeBlock: height },
      ];
      const answers = await consensus?.ask(...calls, { extendVote: {} }, { verifyVoteExtension: {} }, { commit: {} });
      expect(answers?.[0]?.prepareProposal?.txs).to.have.length(1);
      expect(answers?.[1]?.processProposal?.status).to.equal(1);
      expect(answers?.[2]?.finalizeBlock?.txResults[0]?.code).to.equal(0);
      expect(answers?.map((answer) => Object.keys(answer)[0])).to.include.members([
        'extendVote',
        'verifyVoteExtension',
        'commit',
      ]);
      const chunks = await snapshot?.ask({ offerSnapshot: {} }, { loadSnapshotChunk: {} }, { applySnapshotChunk: {} });
      expect(chunks?.map((answer) => Object.keys(answer)[0])).to.deep.equal([
        'offerSnapshot',
        'loadSnapshotChunk',
        'applySnapshotChunk',
      ]);
      const [found] = (await query?.ask({ query: { data: Buffer.from('k') } })) ?? [];
      expect(Buffer.from(found?.query?.value ?? []).toString()).to.equal('v');
    });

    it('does not let one connection wait for another', async () => {
      let release: (answer: ResponseCheckTx) => void = () => {};
      const held = new Promise<ResponseCheckTx>((resolve) => {
        release = resolve;
      });
      const server = await bench.serve({ checkTx: () => held }, { transport });
      const [slow, quick] = [await bench.connect(server), await bench.connect(server)];
      const waiting = slow.ask(tx('a=b'), { echo: { message: 'after' } });
      expect((await quick.ask({ echo: { message: 'meanwhile' } }))[0]?.echo?.message).to.equal('meanwhile');
      expect(slow.answers).to.deep.equal([]);
      release(ResponseCheckTx.fromPartial({ code: 7 }));
      expect((await waiting).map(({ checkTx, echo }) => checkTx?.code ?? echo?.message)).to.deep.equal([7, 'after']);
    });

    it('runs the calls of a connection one after the other', async () => {
      let running = 0;
      let most = 0;
      const checkTx = async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return ResponseCheckTx.fromPartial({});
      };
      const client = await bench.connect(await bench.serve({ checkTx }, { transport }));
      await client.ask(...Array.from({ length: 50 }, () => tx('a=b')));
      expect(most).to.equal(1);
    });

    it('carries a full block of 100 MiB, and answers as large', async () => {
      const client = await bench.connect(await bench.serve({ prepareProposal: async ({ txs }) => ({ txs }) }, { transport }));
      const txs = [Buffer.alloc(52_428_800, 1), Buffer.alloc(52_428_799, 2), Buffer.from([3])];
      const [answer] = await client.ask({ prepareProposal: { txs } });
      const returned = answer?.prepareProposal?.txs ?? [];
      expect(returned.map(({ length }) => length)).to.deep.equal(txs.map(({ length }) => length));
      expect(txs.every((expected, index) => expected.equals(returned[index] as Uint8Array))).to.equal(true);
    });

    it('answers what was asked before the client ended its side', async () => {
      // By then the end of the stream has been read.
      const checkTx = async () => {
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        return ResponseCheckTx.fromPartial({ code: 5 });
      };
      const client = await bench.connect(await bench.serve({ checkTx }, { transport }));
      await client.send(requestFrames(tx('a=b'), tx('c=d')));
      client.end();
      await client.closed;
      expect(codes(client)).to.deep.equal([5, 5]);
    });

    it('answers a rejected call with an exception, then ends that connection and says so', async () => {
      const checkTx = async () => {
        throw new Error('the disk is full');
      };
      const server = await bench.serve({ checkTx }, { transport });
      const [failing, other] = [await bench.connect(server), await bench.connect(server)];
      await failing.send(requestFrames({ echo: { message: 'first' } }, tx('a=b'), { echo: { message: 'never' } }));
      await failing.closed;
      expect(failing.answers).to.deep.equal([{ echo: { message: 'first' } }, { exception: { error: 'the disk is full' } }]);
      expect((await server.halted).message).to.equal('the disk is full');
      expect((await other.ask({ echo: { message: 'still here' } }))[0]?.echo?.message).to.equal('still here');
    });

    it('hears a wish to be halted also when the connection has gone', async () => {
      let entered: () => void = () => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      let fail: (reason: Error) => void = () => {};
      const failing = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const commit = () => {
        entered();
        return failing;
      };
      const server = await bench.serve({ commit }, { transport });
      const client = await bench.connect(server);
      await client.send(requestFrames({ commit: {} }));
      await inside;
      const closing = server.close();
      await client.closed;
      fail(new Error('the disk is full'));
      await closing;
      expect((await Promise.race([server.halted, new Error('nothing')])).message).to.equal('the disk is full');
    });

    it('takes an answer that cannot be sent for a reason to halt', async () => {
      const server = await bench.serve({ checkTx: async () => ({ code: 0 }) as ResponseCheckTx }, { transport });
      const client = await bench.connect(server);
      await client.send(requestFrames(tx('a=b')));
      await client.closed;
      expect(client.answers.map((answer) => Object.keys(answer)[0])).to.deep.equal(['exception']);
      expect(await server.halted).to.have.property('code', 'ABCI_ANSWER_INVALID');
    });

    it('ends all connections when it closes, and waits for the calls that run', async () => {
      let entered: () => void = () => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      let release: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let finished = 0;
      const commit = async () => {
        entered();
        await held;
        finished++;
        return { retainHeight: 0n };
      };
      const server = await bench.serve({ commit }, { transport });
      const [busy, idle] = [await bench.connect(server), await bench.connect(server)];
      await busy.send(requestFrames({ commit: {} }, { commit: {} }));
      await inside;
      const closing = server.close().then(() => finished);
      await Promise.all([busy.closed, idle.closed]);
      release();
      // The second request had come, and is not begun any more.
      expect(await closing).to.equal(1);
    });
  });

describe('socket server and its mempool connection', () => {
  let bench: SocketBench;
  beforeEach(() => {
    bench = new SocketBench();
  });
  afterEach(() => bench.close());

  it('answers 100,000 pipelined transactions, each with its own answer', async () => {
    const checkTx = async ({ tx: bytes }: { tx: Uint8Array }) =>
      ResponseCheckTx.fromPartial({ code: Number(Buffer.from(bytes).toString()) });
    const client = await bench.connect(await bench.serve({ checkTx }));
    const count = 100_000;
    const frames = Array.from({ length: count }, (_, index) => requestFrames(tx(String(index))));
    await client.send(Buffer.concat([...frames, requestFrames({ flush: {} })]));
    await client.received(count + 1);
    expect(codes(client).findIndex((code, index) => code !== index)).to.equal(-1);
  });
});
