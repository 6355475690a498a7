// The limits that an operator sets: each takes effect as it is set, and a client's own word about its address counts only
// when a trusted proxy passes it on.

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { ApiLimits } from '../../relayer/api/limits.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { ask, postJson } from '../helpers/http-answer.ts';

const LARGE_ORDER = 100_000;

describe('limits of the interface', () => {
  let node: ApiNode;
  let port: number;
  const sockets: Socket[] = [];
  const readers: WebSocket[] = [];
  before(async () => {
    node = await startApiNode({ maxOrderBytes: 131_072n });
  });
  after(() => node?.close());
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const reader of readers.splice(0)) reader.terminate();
  });

  const limit = async (limits: Partial<ApiLimits>, client: CometClient = node.client) => {
    await node.restartApi({ limits, client });
    port = Number(new URL(node.url).port);
  };

  /** A request on a connection of its own, from `from`. */
  const statusOf = (headers: Record<string, string> = {}, from = '127.0.0.1') =>
    new Promise<number>((resolve, reject) => {
      const agent = new Agent({ keepAlive: false });
      const options = { host: '127.0.0.1', port, path: '/healthz', localAddress: from, headers, agent };
      request(options, (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)))
        .on('error', reject)
        .end();
    });
  const forwarded = (...addresses: readonly string[]) => ({ 'x-forwarded-for': addresses.join(', ') });
  const statuses = (count: number, headers: () => Record<string, string>, from?: string) =>
    Promise.all(Array.from({ length: count }, () => statusOf(headers(), from)));

  /** A connection that sends `text` and is then silent; gives what comes back until it is closed. */
  const raw = (text: string, from = '127.0.0.1') => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    sockets.push(socket);
    let answer = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      answer += data;
    });
    socket.write(text);
    return { socket, closed: once(socket, 'close').then(() => answer) };
  };

  const stream = (query: string) => {
    const reader = new WebSocket(`${node.url.replace('http', 'ws')}/stream?${query}`);
    readers.push(reader);
    reader.on('error', () => {});
    return reader;
  };
  const closeOf = async (reader: WebSocket) => {
    const [code, reason] = await once(reader, 'close');
    return [code, `${reason}`.split(':')[0]];
  };

  /** A node that gives no verdict on orders. */
  const silent = () =>
    new Proxy(node.client, {
      get(client, name) {
        if (name === 'broadcastAll') return () => new Promise(() => {});
        const member: unknown = Reflect.get(client, name, client);
        return typeof member === 'function' ? member.bind(client) : member;
      },
    });

  it('counts requests by address', async () => {
    await limit({ requestsPerSecond: 3 });
    const answer = await eventually('the fourth in one second', async () => {
      const answers = await Promise.all(Array.from({ length: 4 }, () => ask(`${node.url}/healthz`)));
      return answers.find(({ status }) => status === 429);
    });
    expect(answer.body.type).to.equal('urn:peg:too-many-requests');
    expect(answer.headers.get('retry-after')).to.equal('1');
    expect(await statusOf({}, '127.0.0.2'), 'another address').to.equal(200);
  });

  it('takes no address from a header, unless a trusted proxy sends it', async () => {
    let count = 0;
    /** Never the same twice. */
    const any = () => `10.1.${Math.floor(count / 250)}.${(count++ % 250) + 1}`;
    const spoofed = () => forwarded(any().replace('10.1', '192.0'));
    await limit({ requestsPerSecond: 5 });
    await eventually('an untrusted sender is refused whatever it says', async () => (await statuses(12, spoofed)).includes(429));
    await limit({ requestsPerSecond: 5, trustedProxies: ['127.0.0.9', '10.0.0.0/8'] });
    await eventually('others than the proxy as before', async () => (await statuses(12, spoofed)).includes(429));
    expect(await statuses(60, spoofed, '127.0.0.9'), 'each client has its own').to.not.include(429);
    // A client behind the proxy may write what it likes: the proxy appends the true address, and that is the one that counts.
    await eventually('a client that spoofs behind a proxy', async () =>
      (await statuses(12, () => forwarded(any(), '198.51.100.7'), '127.0.0.9')).includes(429),
    );
    await eventually('a client behind two proxies', async () =>
      (await statuses(12, () => forwarded('198.51.100.8', any()), '127.0.0.9')).includes(429),
    );
  });

  it('closes connections beyond those of an address, and beyond all', async () => {
    await limit({ connections: 4, connectionsPerAddress: 2, trustedProxies: ['127.0.0.9/32'] });
    const idle = (from: string) => raw('', from);
    const isOpen = async ({ socket }: { socket: Socket }) => {
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      return Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
    };
    const [first, second] = [idle('127.0.0.2'), idle('127.0.0.2')];
    expect([await isOpen(first), await isOpen(second)]).to.deep.equal([true, true]);
    expect(await isOpen(idle('127.0.0.2')), 'a third of one address').to.equal(false);
    first.socket.destroy();
    await first.closed;
    second.socket.destroy();
    await second.closed;
    const proxied = await eventually('there is room for four', async () => {
      const four = Array.from({ length: 4 }, () => idle('127.0.0.9'));
      const open = await Promise.all(four.map(isOpen));
      if (open.every(Boolean)) return four;
      for (const { socket } of four) socket.destroy();
      return undefined;
    });
    expect(await isOpen(idle('127.0.0.2')), 'a fifth of all').to.equal(false);
    for (const { socket } of proxied) socket.destroy();
  });

  it('bounds head and body', async () => {
    await limit({ headerBytes: 2_000, bodyBytes: 2_000 });
    expect((await ask(`${node.url}/healthz`, { headers: { 'x-long': 'x'.repeat(1_000) } })).status).to.equal(200);
    expect((await ask(`${node.url}/healthz`, { headers: { 'x-long': 'x'.repeat(2_000) } })).status).to.equal(431);
    expect((await postJson(`${node.url}/orders`, { tx: `0x${'00'.repeat(950)}` })).status).to.equal(400);
    expect((await postJson(`${node.url}/orders`, { tx: `0x${'00'.repeat(1_000)}` })).status).to.equal(413);
  });

  it('waits no longer than set for head, body and answer', async () => {
    await limit({ headersTimeoutMs: 200, requestTimeoutMs: 60_000 });
    expect(await raw('GET /healthz HTTP/1.1\r\nHost: ').closed).to.match(/^HTTP\/1\.1 408 /);
    const head = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    // The time for the whole bounds that for the head, too, however long that may be.
    await limit({ headersTimeoutMs: 60_000, requestTimeoutMs: 200 });
    expect(await raw(head).closed).to.match(/^HTTP\/1\.1 408 /);
    expect(await raw('GET /healthz HTTP/1.1\r\nHost: ').closed).to.match(/^HTTP\/1\.1 408 /);
    await limit({ answerTimeoutMs: 200 }, silent());
    const { status, body } = await postJson(`${node.url}/orders`, { tx: node.order('waits') });
    expect([status, body.type]).to.deep.equal([503, 'urn:peg:timeout']);
  });

  it('takes so many orders at once and says of others at once: later', async () => {
    await limit({ ordersUnderway: 1, answerTimeoutMs: 60_000 }, silent());
    const first = postJson(`${node.url}/orders`, { tx: node.order('first') }).catch(() => undefined);
    const busy = await eventually('it is busy', async () => {
      const gone = AbortSignal.timeout(200);
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, signal: gone };
      const answer = await ask(`${node.url}/orders`, { ...init, body: JSON.stringify({ tx: node.order('second') }) });
      return answer.status === 503 && answer;
    });
    expect(busy.body.type).to.equal('urn:peg:busy');
    expect(busy.headers.get('retry-after')).to.equal('1');
    const head = 'POST /streams HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
    const [answer] = await once(raw(head).socket, 'data');
    expect(`${answer}`, 'before the body has come').to.match(/^HTTP\/1\.1 503 /);
    expect((await ask(`${node.url}/healthz`)).status).to.equal(200);
    await node.stopApi();
    await first;
  });

  it('has so many readers of the stream, and waits for one that takes nothing as long as set', async function () {
    this.timeout(120_000);
    await limit({ streamReaders: 1, streamStallMs: 500 });
    for (let i = 0; i < 60; i++) {
      const payload = new Uint8Array(LARGE_ORDER).fill(i + 1);
      expect((await postJson(`${node.url}/orders`, { tx: node.order(payload) })).status).to.equal(202);
    }
    await node.quiet();
    const slow = stream('channels=orders&from=1');
    await once(slow, 'open');
    slow.pause();
    expect(await closeOf(stream('channels=orders'))).to.deep.equal([1013, 'STREAM_FULL']);
    await eventually('its place is free', hasRoom);
    slow.resume();
    expect(await closeOf(slow)).to.deep.equal([1013, 'STREAM_SLOW']);
  });

  it('lets wait so many bytes of answers, and ends who takes nothing of his', async function () {
    this.timeout(120_000);
    await limit({ answerTimeoutMs: 5_000, streamStallMs: 1_000 });
    const orders = `${node.url}/orders?limit=1000`;
    // Of the test before: 60 orders, 12 MB as text.
    await eventually('the orders', async () => (await ask(orders)).text.length > 12_000_000, { pauseMs: 500 });
    const busy = await eventually('there is no room', async () => {
      const { socket } = raw('GET /orders?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket.pause(), 'connect');
      expect((await ask(`${node.url}/healthz`)).status, 'a short answer').to.equal(200);
      const answer = await ask(orders);
      return answer.status === 503 && answer;
    });
    expect([busy.body.type, busy.headers.get('retry-after')]).to.deep.equal(['urn:peg:busy', '1']);
    await eventually('there is room again', async () => (await ask(orders)).status === 200, { pauseMs: 500 });
  });

  /** Whether another reader is taken. */
  const hasRoom = async () => {
    const reader = stream('channels=blocks');
    const taken = await Promise.race([once(reader, 'message').then(() => true), once(reader, 'close').then(() => false)]);
    reader.terminate();
    return taken;
  };
});
