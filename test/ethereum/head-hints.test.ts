import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { LEAST_PAUSE_MS } from '../../relayer/ethereum/follower.ts';
import { followHints } from '../../relayer/ethereum/head-hints.ts';
import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { fold } from '../helpers/ethereum-bench.ts';
import { eventually } from '../helpers/eventually.ts';
import { CONTRACT, FakeEthereum } from '../helpers/fake-ethereum.ts';
import { scriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const NEW_HEAD = JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: {} } });
/** Pauses between connections do not take place. */
const clock = {
  now: () => systemClock.now(),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms > 5_000 ? ms : 5, signal),
};

async function listening(server: Server | WebSocketServer): Promise<string> {
  await new Promise<unknown>((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('announcements of new heads', () => {
  it('are subscribed to again and again, and believed in nothing', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const asked: unknown[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        asked.push(JSON.parse(String(data)).method);
        for (const text of ['not JSON', '{"id":1,"result":"0x1"}', NEW_HEAD]) socket.send(text);
        if (asked.length < 3) socket.close();
      });
    });
    const stop = new AbortController();
    let heads = 0;
    // A fragment, which no WebSocket takes, is left out.
    const url = `${await listening(server)}/#key`;
    const running = followHints(url, () => heads++, { log: silentLog, clock, signal: stop.signal });
    try {
      await eventually('three connections', async () => asked.length === 3 && heads === 3);
      expect(new Set(asked)).to.deep.equal(new Set(['eth_subscribe']));
    } finally {
      stop.abort(new Error('enough'));
      await running;
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('that hang do not matter', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    server.listen(0, '127.0.0.1');
    const websocketUrls = [await listening(server)];
    const chain = await FakeEthereum.start(20);
    const endpoint = await scriptedEndpoint(chain);
    const options = { url: endpoint.url, websocketUrls, contract: CONTRACT, fold, finalityThreshold: 6n, pollIntervalMs: 10 };
    const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
    try {
      await eventually('the connection that hangs', async () => sockets.size > 0);
      const { hash } = await chain.mine(1);
      await eventually('the head by polls', async () => ethereum.view.head()?.hash === hash);
    } finally {
      await ethereum.close();
      await endpoint.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('that never end make no more polls than a pause allows', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    let sent = 0;
    server.on('connection', (socket) => {
      const flood = setInterval(() => socket.send(NEW_HEAD, () => sent++), 1);
      socket.on('close', () => clearInterval(flood));
    });
    const websocketUrls = [await listening(server)];
    const chain = await FakeEthereum.start(20);
    const endpoint = await scriptedEndpoint(chain);
    const options = {
      url: endpoint.url,
      websocketUrls,
      contract: CONTRACT,
      fold,
      finalityThreshold: 6n,
      pollIntervalMs: 600_000,
    };
    const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
    try {
      const [begun, before] = [performance.now(), endpoint.posts()];
      await eventually('a flood', async () => sent > 500);
      const { hash } = await chain.mine(1);
      await eventually('the head that was announced', async () => ethereum.view.head()?.hash === hash);
      // However slow the machine is; the poll under way at the beginning and the one at the end come on top.
      expect(endpoint.posts() - before).to.be.at.most((performance.now() - begun) / LEAST_PAUSE_MS + 2);
    } finally {
      await ethereum.close();
      await endpoint.close();
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
