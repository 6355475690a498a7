// Hostile clients of the interface: each is refused cleanly, and another client, from another address, is served all the time.

import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { eventually } from '../helpers/eventually.ts';
import { type RunningApiNode, startRunningApiNode } from '../helpers/running-api-node.ts';

const ATTEMPTS = 10_000;
const BODY_BYTES = 100 * 2 ** 20;

describe('hostile clients of the interface', () => {
  let node: RunningApiNode;
  let port: number;
  const sockets = new Set<Socket>();
  before(async () => {
    node = await startRunningApiNode();
    port = Number(new URL(node.url).port);
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });
  after(async () => {
    expect(await node?.close(), 'it ends cleanly').to.equal(0);
  });

  /** Another client, at 127.0.0.2. */
  const served = () =>
    new Promise<number>((resolve, reject) => {
      const agent = new Agent({ keepAlive: false });
      get({ host: '127.0.0.1', port, path: '/round', localAddress: '127.0.0.2', agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      }).on('error', reject);
    });

  const open = () => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {});
    return socket;
  };

  /** Sends bytes as they are and gives what came back when the connection has ended. */
  const raw = async (...pieces: readonly (string | Uint8Array)[]): Promise<string> => {
    const socket = open();
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    const ended = once(socket, 'close');
    for (const piece of pieces) socket.write(piece);
    await ended;
    return text;
  };

  it(`refuses most of ${ATTEMPTS} connections and serves others meanwhile`, async function () {
    this.timeout(300_000);
    let closed = 0;
    const before = (await node.usage()).residentBytes;
    // In lots, so that this process is not what gives up.
    for (let made = 0; made < ATTEMPTS; made += 500) {
      const lot = Array.from({ length: 500 }, () => {
        const socket = open();
        // Without a reader the end of a connection is not seen.
        socket.resume();
        socket.on('close', () => {
          closed++;
        });
        return new Promise<void>((resolve) => {
          socket.once('connect', () => resolve());
          socket.once('close', () => resolve());
        });
      });
      await Promise.all(lot);
      expect(await served()).to.equal(200);
    }
    // At most 1,000 may stay; those send nothing and are ended, too.
    await eventually('all but the allowed are closed', async () => closed >= ATTEMPTS - 1_000);
    expect(await served()).to.equal(200);
    await eventually('the idle ones are ended, this address is served again', async () => {
      const response = await fetch(`${node.url}/healthz`).catch(() => undefined);
      return response?.status === 200;
    });
    expect((await node.usage()).residentBytes - before).to.be.below(300 * 2 ** 20);
  });

  it('refuses a body of 100 MB, announced or not, without taking it', async function () {
    this.timeout(120_000);
    const before = (await node.usage()).residentBytes;
    const announced = await raw(
      `POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`,
      'x'.repeat(1_000),
    );
    expect(announced).to.match(/^HTTP\/1\.1 413 /);
    const status = await new Promise<number>((resolve) => {
      const sent = request(`${node.url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        sent.destroy();
      });
      // The connection may be gone before the answer could be read.
      sent.on('error', () => resolve(413));
      const chunk = Buffer.alloc(1 << 20, 'x');
      let left = BODY_BYTES / chunk.length;
      const more = () => {
        while (left-- > 0) if (!sent.write(chunk)) return void sent.once('drain', more);
        sent.end();
      };
      more();
    });
    expect(status).to.equal(413);
    expect(await served()).to.equal(200);
    expect((await node.usage()).residentBytes - before).to.be.below(100 * 2 ** 20);
  });

  it('refuses headers that are too long or too many, and paths without end', async () => {
    const long = await raw(`GET /round HTTP/1.1\r\nHost: x\r\nX-Bomb: ${'b'.repeat(100_000)}\r\n\r\n`);
    expect(long).to.match(/^HTTP\/1\.1 431 [\s\S]*application\/problem\+json/);
    const many = await raw(
      `GET /round HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 5_000 }, (_, i) => `X-${i}: b`).join('\r\n')}\r\n\r\n`,
    );
    expect(many).to.match(/^HTTP\/1\.1 431 /);
    expect(await raw(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).to.match(/^HTTP\/1\.1 (414|431) /);
    expect(await served()).to.equal(200);
  });

  it('refuses what is not HTTP, ends what never becomes a request, and answers what is half broken', async function () {
    this.timeout(120_000);
    expect(await raw('\0\0garbage\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))).to.match(/^HTTP\/1\.1 400 /);
    const smuggled = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(smuggled)).to.match(/^HTTP\/1\.1 400 /);
    const slow = raw('GET /round HTTP/1.1\r\nHost: x\r\nX-Never: ');
    expect(await served()).to.equal(200);
    expect(await slow, 'a head that does not end').to.match(/^HTTP\/1\.1 408 /);
    const bytes = Buffer.concat([Buffer.from('{"tx":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]);
    const head = `POST /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    expect(await raw(head, bytes)).to.match(/^HTTP\/1\.1 400 [\s\S]*urn:peg:request/);
    const deep = '['.repeat(200_000);
    const nested = await fetch(`${node.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: deep,
    });
    expect(nested.status).to.equal(400);
    const polluted = await fetch(`${node.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tx":"0xc0","__proto__":{"x":1}}',
    });
    expect(polluted.status).to.equal(400);
    expect(await served()).to.equal(200);
  });

  it('answers 429 to who asks without end, and others as before', async function () {
    this.timeout(120_000);
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const statuses = new Map<number, number>();
    const one = () =>
      new Promise<void>((resolve, reject) => {
        get(`${node.url}/healthz`, { agent }, (response) => {
          statuses.set(response.statusCode ?? 0, (statuses.get(response.statusCode ?? 0) ?? 0) + 1);
          response.resume().on('end', resolve);
        }).on('error', reject);
      });
    try {
      await eventually('the limit is reached', async () => {
        await Promise.all(Array.from({ length: 5_000 }, one));
        return statuses.has(429);
      });
      expect([...statuses.keys()].sort()).to.deep.equal([200, 429]);
      expect(await served()).to.equal(200);
      await eventually('it is answered again', async () => (await fetch(`${node.url}/healthz`)).status === 200);
    } finally {
      agent.destroy();
    }
  });

  it('refuses WebSockets from pages of other origins', async () => {
    const status = (origin: string) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`${node.url.replace('http', 'ws')}/stream`, { origin });
        socket.on('unexpected-response', (sent, response) => {
          sent.destroy();
          resolve(response.statusCode ?? 0);
        });
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('error', reject);
      });
    expect(await status('http://elsewhere.example')).to.equal(403);
    expect(await status('null')).to.equal(403);
    expect(await status(node.url)).to.equal(101);
  });
});
