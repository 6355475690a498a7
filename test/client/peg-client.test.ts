// The client module against a node: signing, posting across rounds, and following across lost connections.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import type { PostDocument } from '../../relayer/client/documents.ts';
import { createPegClient, isLimitUsedUp, type PegClient } from '../../relayer/client/peg-client.ts';
import { signOrder } from '../../relayer/client/sign-post.ts';
import { textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { type Clock, systemClock } from '../../relayer/lib/clock.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { CODES } from '../../relayer/peg/codes.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { failure } from '../helpers/failure.ts';
import { Relay } from '../helpers/relay.ts';

describe('client', () => {
  let node: ApiNode;
  let client: PegClient;
  const relay = new Relay();
  const stop = new AbortController();
  before(async () => {
    node = await startApiNode({ periodLimit: 40n });
    client = createPegClient(`${node.url}/`, { signal: stop.signal });
    await relay.listen(node.url);
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    await relay.close();
    await node?.close();
  });

  const collect = async (posts: AsyncIterable<PostDocument>, count: number) => {
    const all: PostDocument[] = [];
    for await (const post of posts) if (all.push(post) === count) return all;
    return all;
  };

  it('signs what the network reads, with an ethers signer', async () => {
    const domain = await client.domain();
    const wallet = node.wallet(0);
    const signed = await signOrder(wallet, domain, { round: 1, payload: textBytes('hello') });
    expect(signed).to.include({ type: 'order', poster: wallet.address.toLowerCase(), round: 1, tx: node.order('hello') });
    const { transaction } = decodeTransaction(Buffer.from(signed.tx.slice(2), 'hex'));
    expect(transaction).to.deep.equal({ type: 'order', round: 1n, payload: textBytes('hello') });
    const posted = await client.submit(signed);
    expect(posted).to.include({ id: signed.id, hash: signed.hash });
    expect(
      await client.submit(await signOrder(wallet, domain, { type: 'stream', round: 1, payload: textBytes('s') })),
    ).to.include({ type: 'stream' });
  });

  it('posts and waits for the block, and says what is left', async () => {
    const { number } = await client.round();
    const before = await client.limit(node.wallet(0).address);
    const accepted = await client.post(node.wallet(0), textBytes('in a block'));
    expect(accepted).to.deep.include({ type: 'order', round: number, payload: to0x(textBytes('in a block')) });
    expect(accepted.left).to.be.at.most(before.orderLimit - before.usage.orders - 1);
    expect((await client.status()).node).to.equal('alice');
    const { height, document } = await client.proof('limit', node.wallet(0).address);
    expect([document, height > 0]).to.deep.equal([
      { address: node.wallet(0).address.toLowerCase(), orderLimit: 24, streamLimit: 1 },
      true,
    ]);
    expect((await client.proof('round')).document).to.deep.include({ number });
  });

  it('signs again when the round changed before the order was posted', async () => {
    const { number } = await client.round();
    let signatures = 0;
    const wallet = node.wallet(0);
    const signer = {
      getAddress: () => wallet.getAddress(),
      async signTypedData(...args: Parameters<typeof wallet.signTypedData>) {
        if (signatures++ === 0) await node.nextRound();
        return wallet.signTypedData(...args);
      },
    };
    const accepted = await client.post(signer, textBytes('across the rounds'));
    expect([signatures, accepted.round]).to.deep.equal([2, number + 1]);
  });

  it('tells refusals by the codes of the protocol', async () => {
    const stranger = await failure(client.post(node.wallet(9), textBytes('x')));
    expect(hasCode(stranger, 'ORDER_REFUSED') && stranger.data).to.deep.include({ codespace: 'order', code: 5, status: 403 });
    const { orderLimit, usage } = await client.limit(node.wallet(2).address);
    for (let i = usage.orders; i < orderLimit; i++) await client.post(node.wallet(2), textBytes(`${i}`));
    const used = await failure(client.post(node.wallet(2), textBytes('too much')));
    expect([isLimitUsedUp(used), isLimitUsedUp(stranger)]).to.deep.equal([true, false]);
    const twice = await failure(client.submit(await client.sign(node.wallet(2), textBytes('0'))));
    expect(hasCode(twice, 'ORDER_REFUSED') && twice.data.codespace).to.equal('order');
    expect(await failure(client.limit('me'))).to.have.property('code', 'PEG_REQUEST_REFUSED');
    const nobody = createPegClient('http://127.0.0.1:1');
    expect(await failure(nobody.round())).to.have.property('code', 'PEG_UNREACHABLE');
    expect(await failure(createPegClient(relay.url).limit('x/../../nothing'))).to.have.property('code', 'PEG_REQUEST_REFUSED');
  });

  it('comes back when a busy node says so', async () => {
    const delays: number[] = [];
    const clock: Clock = { ...systemClock, sleep: async (ms) => void delays.push(ms) };
    let refusals = 2;
    const busy = createServer((request, response) => {
      const isPost = request.method === 'POST';
      if (isPost && refusals-- > 0) {
        response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '3' });
        return response.end(JSON.stringify({ type: 'urn:peg:busy', title: 'busy', status: 503, detail: 'later' }));
      }
      const round = JSON.stringify({ number: 1, startsAt: 0, endsAt: 1, limit: 1 });
      const transaction = JSON.stringify({ code: 0, codespace: '', log: '', post: { id: '0x1' } });
      const domain = JSON.stringify({ chainId: 1, verifyingContract: `0x${'c0'.repeat(20)}`, salt: `0x${'5a'.repeat(32)}` });
      if (isPost) return response.writeHead(202).end('{}');
      if (request.url === '/domain') return response.end(domain);
      return response.end(request.url === '/round' ? round : transaction);
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
      await createPegClient(url, { clock }).post(node.wallet(0), textBytes('x'));
      expect(delays).to.deep.equal([3_000, 3_000]);
    } finally {
      busy.closeAllConnections();
      await new Promise((resolve) => busy.close(resolve));
    }
  });

  it('signs no second order while the first may be in a block, whatever became of the answer', async () => {
    const { codespace, code } = CODES.ORDER_ROUND;
    const refusal = {
      type: 'urn:peg:refused:order_round',
      title: 'another round',
      status: 409,
      detail: 'round 2',
      codespace,
      code,
    };
    let posts = 0;
    let questions = 0;
    const forgetful = createServer((request, response) => {
      if (request.method === 'POST') {
        // It takes the order and is killed; started again, it knows nothing of it, and the round has ended.
        if (++posts === 1) return void request.socket.destroy();
        return response.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(refusal));
      }
      if (request.url === '/round') return response.end(JSON.stringify({ number: posts === 0 ? 1 : 2 }));
      if (request.url === '/domain')
        return response.end(
          JSON.stringify({ chainId: 1, verifyingContract: `0x${'c0'.repeat(20)}`, salt: `0x${'5a'.repeat(32)}` }),
        );
      questions++;
      return response.end(JSON.stringify({ code: 0, codespace: '', log: '', post: { id: '0x1', round: 1 } }));
    });
    await new Promise<void>((resolve) => forgetful.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(forgetful.address() as AddressInfo).port}`;
      const accepted = await createPegClient(url).post(node.wallet(0), textBytes('once'), { timeoutMs: 5_000 });
      expect([accepted.round, posts, questions]).to.deep.equal([1, 2, 1]);
    } finally {
      forgetful.closeAllConnections();
      await new Promise((resolve) => forgetful.close(resolve));
    }
  });

  it('lets nobody who gives up take others with him', async () => {
    const together = createPegClient(node.url);
    const giveUp = new AbortController();
    const [first, second] = [together.sign(node.wallet(0), textBytes('1'), { signal: giveUp.signal }), together.domain()];
    giveUp.abort(new Error('never mind'));
    expect(await failure(first)).to.have.property('message', 'never mind');
    expect(await second).to.deep.equal(await client.domain());
  });

  it('gives up waiting at its deadline, naming the order', async () => {
    await node.nextRound();
    const wallet = node.wallet(0);
    const never = createPegClient(relay.url);
    const domain = await never.domain();
    const { number } = await never.round();
    const signed = await signOrder(wallet, domain, { round: number, payload: textBytes('late') });
    relay.target = 'http://127.0.0.1:1';
    relay.cut();
    const late = await failure(never.post(wallet, textBytes('late'), { timeoutMs: 300 }));
    expect(late).to.have.property('code').that.is.oneOf(['PEG_UNREACHABLE', 'ORDER_NOT_INCLUDED']);
    relay.target = node.url;
    expect(signed.round).to.equal(number);
  });

  it('follows orders from a height, each once, while the connection breaks again and again', async function () {
    this.timeout(120_000);
    const round = await node.nextRound();
    const through = createPegClient(relay.url, { signal: stop.signal });
    const from = await node.tip();
    const posts = collect(through.follow({ from }), 20);
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      ids.push((await client.post(node.wallet(0), textBytes(`order ${i}`))).id);
      if (i % 4 === 1) relay.cut();
    }
    const followed = await posts;
    expect(followed.map(({ id }) => id)).to.deep.equal(ids);
    expect(followed.every((post) => post.round === round)).to.equal(true);
    const late = await collect(through.follow({ from }), 20);
    expect(late).to.deep.equal(followed);
  });

  it('leaves no connection behind when the reader has seen enough, or fails', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ salt: '0x' })));
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'subscribed', channels: ['orders'], from: 1 }));
      socket.send(JSON.stringify({ channel: 'orders', height: 1, data: [{ id: '0x1', height: 1, index: 0 }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const follower = createPegClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await collect(follower.follow({ from: 1 }), 1);
      const fail = async () => {
        for await (const { id } of follower.follow({ from: 1 })) throw new Error(id);
      };
      expect(await failure(fail())).to.have.property('message', '0x1');
      await eventually('no connection is open', async () => sockets.clients.size === 0, { deadlineMs: 10_000 });
    } finally {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('goes on after the interface was started again, and ends when it is told to', async function () {
    this.timeout(120_000);
    await node.nextRound();
    const end = new AbortController();
    const { port } = new URL(node.url);
    const got: string[] = [];
    const following = (async () => {
      for await (const { id } of client.follow({ from: await node.tip(), signal: end.signal })) got.push(id);
    })();
    const first = await client.post(node.wallet(0), textBytes('before'));
    await eventually('the first', async () => got.length === 1);
    await node.restartApi({ port: Number(port) });
    const second = await client.post(node.wallet(0), textBytes('after'));
    await eventually('the second', async () => got.length === 2);
    expect(got).to.deep.equal([first.id, second.id]);
    end.abort();
    await following;
  });

  it('does not wait for ever on another network', async () => {
    const other = await startApiNode({ stakes: [1n] });
    try {
      relay.target = node.url;
      const through = createPegClient(relay.url, { signal: stop.signal });
      const { height } = await client.post(node.wallet(0), textBytes('on the first network'));
      const posts = through.follow({ from: height })[Symbol.asyncIterator]();
      expect((await posts.next()).value).to.include({ height });
      relay.target = other.url;
      relay.cut();
      expect(await failure(posts.next())).to.have.property('code', 'STREAM_REFUSED');
    } finally {
      relay.target = node.url;
      await other.close();
    }
  });

  it('says when the stream cannot go on', async () => {
    const error = await failure(collect(client.follow({ from: Number.MAX_SAFE_INTEGER + 1 }), 1));
    expect(error).to.have.property('code', 'STREAM_REFUSED');
  });
});
