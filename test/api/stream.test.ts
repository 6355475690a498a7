// The stream: what each subscription gets, from which height, and who is dropped with which reason.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import type { BlockFeed } from '../../relayer/api/block-feed.ts';
import type { BlockRecord } from '../../relayer/api/block-record.ts';
import { STREAM_OPTIONS, Stream, type StreamOptions } from '../../relayer/api/stream.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { recordWith } from '../helpers/block-records.ts';
import { eventually } from '../helpers/eventually.ts';

interface Message {
  readonly type?: string;
  readonly channel?: string;
  readonly height?: number;
  readonly from?: number;
  readonly channels?: string[];
  readonly data?: { readonly height: number; readonly index: number }[];
}

/** A chain that grows when a test says so; blocks below `kept` are gone. */
class GrowingFeed implements BlockFeed {
  readonly records: BlockRecord[] = [];
  kept = 1;
  readonly #listeners = new Set<(record: BlockRecord) => void>();

  get tip(): BlockRecord | undefined {
    return this.records.at(-1);
  }

  recent(height: number): BlockRecord | undefined {
    return this.records[height - 1];
  }

  async at(height: number): Promise<BlockRecord | undefined> {
    return height < this.kept ? undefined : this.records[height - 1];
  }

  listen(listener: (record: BlockRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  grow(...payloads: string[]): void {
    const record = recordWith(this.records.length + 1, payloads);
    this.records.push(record);
    for (const listener of this.#listeners) listener(record);
  }

  async close(): Promise<void> {}
}

class Reader {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data) => this.messages.push(JSON.parse(data.toString())));
    this.socket.on('error', () => {});
    this.closed = once(this.socket, 'close').then(([code, reason]) => ({ code, reason: reason.toString() }));
  }

  async subscribe(message: unknown): Promise<void> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** `height-index` of every order so far. */
  get orders(): string[] {
    return this.messages
      .filter(({ channel }) => channel === 'orders')
      .flatMap(({ data = [] }) => data.map(({ height, index }) => `${height}-${index}`));
  }
}

const allOrders = (feed: GrowingFeed, from = 1) =>
  feed.records.flatMap(({ posts }) =>
    posts.filter(({ height }) => height >= from).map(({ height, index }) => `${height}-${index}`),
  );

describe('stream', () => {
  let feed: GrowingFeed;
  let clock: VirtualClock;
  let url: string;
  let alarms: string[];
  let stream: Stream;
  const readers: Reader[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 1_024 });
  sockets.on('connection', (socket, request) => {
    const query = new URL(request.url ?? '/', 'http://x').searchParams;
    stream.add(socket, { channels: query.get('channels') ?? undefined, from: query.get('from') ?? undefined });
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/stream`;
  });
  after(async () => {
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const start = (options: Partial<StreamOptions> = {}) => {
    feed = new GrowingFeed();
    clock = new VirtualClock();
    alarms = [];
    stream = new Stream(feed, clock, async () => alarms, { ...STREAM_OPTIONS, ...options });
  };
  beforeEach(() => start());
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.socket.terminate();
    await stream.close();
  });
  const connect = (query = '') => {
    const reader = new Reader(url + query);
    readers.push(reader);
    return reader;
  };
  const seen = (reader: Reader, count: number) => eventually(`${count} orders`, async () => reader.orders.length >= count);

  it('replays from a height and goes on live, each order once and in order', async () => {
    for (let i = 0; i < 5; i++) feed.grow('a', 'b');
    const reader = connect();
    await reader.subscribe({ subscribe: ['orders'], from: 2 });
    await seen(reader, 8);
    feed.grow();
    feed.grow('c');
    await seen(reader, 9);
    expect(reader.orders).to.deep.equal(allOrders(feed, 2));
    expect(reader.messages[0]).to.deep.equal({ type: 'subscribed', channels: ['orders'], from: 2 });
  });

  it('begins with the next block when no height is named, also by address', async () => {
    feed.grow('old');
    const reader = connect('?channels=orders,blocks');
    await eventually('the subscription', async () => reader.messages.length > 0);
    expect(reader.messages[0]).to.deep.equal({ type: 'subscribed', channels: ['orders', 'blocks'], from: 2 });
    feed.grow('new');
    await eventually('both channels', async () => reader.messages.length === 3);
    expect(reader.orders).to.deep.equal(['2-0']);
    expect(reader.messages.find(({ channel }) => channel === 'blocks')).to.have.property('height', 2);
    expect(reader.messages.every(({ channel }) => channel !== 'rounds')).to.equal(true);
  });

  it('waits for a height that is yet to come', async () => {
    const reader = connect('?channels=orders&from=3');
    await eventually('the subscription', async () => reader.messages.length > 0);
    for (const payload of ['a', 'b', 'c']) feed.grow(payload);
    await seen(reader, 1);
    expect(reader.orders).to.deep.equal(['3-0']);
  });

  it('replaces a subscription by the next one', async () => {
    feed.grow('a');
    feed.grow('b');
    const reader = connect('?channels=orders&from=1');
    await seen(reader, 2);
    await reader.subscribe({ subscribe: ['blocks'], from: 1 });
    await eventually('blocks', async () => reader.messages.filter(({ channel }) => channel === 'blocks').length === 2);
    await reader.subscribe({ subscribe: [] });
    await eventually('the end of it', async () => reader.messages.filter(({ type }) => type === 'subscribed').length === 3);
    feed.grow('c');
    await reader.subscribe({ subscribe: ['orders'] });
    await seen(reader, 3);
    expect(reader.orders).to.deep.equal(['1-0', '2-0', '3-0']);
  });

  it('misses and doubles nothing for readers that lose their connection at any time', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(40), { maxLength: 4 }),
        async (blocks, drops) => {
          start();
          const got: string[] = [];
          let next = 1;
          let reader = connect('?channels=orders&from=1');
          const take = () => {
            for (const { channel, data = [] } of reader.messages.splice(0)) {
              if (channel !== 'orders') continue;
              for (const { height, index } of data) if (!got.includes(`${height}-${index}`)) got.push(`${height}-${index}`);
              next = data.at(-1)?.height ?? next;
            }
          };
          for (const [at, count] of blocks.entries()) {
            feed.grow(...Array.from({ length: count }, (_, i) => `${i}`));
            if (!drops.includes(at)) continue;
            await new Promise((resolve) => setImmediate(resolve));
            reader.socket.terminate();
            take();
            reader = connect(`?channels=orders&from=${next}`);
          }
          await eventually('everything', async () => {
            take();
            return got.length >= allOrders(feed).length;
          });
          expect(got).to.deep.equal(allOrders(feed));
          reader.socket.terminate();
          await stream.close();
        },
      ),
      { numRuns: 20 },
    );
    start();
  });

  it('beats, says up to which height everything was sent, and ends readers that do not answer', async () => {
    feed.grow('a');
    const [alive, dead] = [connect('?channels=orders&from=1'), connect('?channels=orders&from=1')];
    await seen(alive, 1);
    await seen(dead, 1);
    dead.socket.pause();
    await clock.advance(STREAM_OPTIONS.heartbeatMs);
    await eventually('a beat', async () => alive.messages.some(({ type }) => type === 'heartbeat'));
    expect(alive.messages.at(-1)).to.deep.equal({ type: 'heartbeat', height: 1 });
    await clock.advance(STREAM_OPTIONS.heartbeatMs);
    await eventually('the silent one is gone', async () => stream.counts.readers === 1);
    expect(alive.socket.readyState).to.equal(WebSocket.OPEN);
  });

  it('tells alarms at once and when they change', async () => {
    alarms = ['the finality latch is closed'];
    const reader = connect('?channels=alarms');
    await eventually('the subscription', async () => reader.messages.length > 0);
    const told = () => reader.messages.filter(({ channel }) => channel === 'alarms').map(({ data }) => data);
    for (const [next, expected] of [
      [alarms, [['the finality latch is closed']]],
      [alarms, [['the finality latch is closed']]],
      [[], [['the finality latch is closed'], []]],
    ] as const) {
      alarms = [...next];
      await clock.advance(STREAM_OPTIONS.checkMs);
      await eventually('the alarms', async () => told().length >= expected.length);
      expect(told()).to.deep.equal(expected);
    }
  });

  it('drops a reader that takes nothing, with a reason, and keeps the others going', async function () {
    this.timeout(120_000);
    const [slow, quick] = [connect('?channels=orders&from=1'), connect('?channels=orders&from=1')];
    await eventually('both', async () => slow.messages.length > 0 && quick.messages.length > 0);
    slow.socket.pause();
    const heavy = Array.from({ length: 20 }, () => 'x'.repeat(20_000));
    for (let i = 0; i < 30; i++) feed.grow(...heavy);
    await seen(quick, 600);
    expect(quick.orders).to.deep.equal(allOrders(feed));
    await clock.advance(STREAM_OPTIONS.stallMs + 2 * STREAM_OPTIONS.checkMs);
    expect(stream.counts.dropped).to.deep.equal({ STREAM_SLOW: 1 });
    slow.socket.resume();
    const { code, reason } = await slow.closed;
    expect([code, reason.split(':')[0]]).to.deep.equal([1013, 'STREAM_SLOW']);
    const resume = Number(/resume from (\d+)/.exec(reason)?.[1]);
    expect(slow.orders).to.deep.equal(allOrders(feed).slice(0, slow.orders.length));
    const again = connect(`?channels=orders&from=${resume}`);
    await seen(again, allOrders(feed, resume).length);
    const both = new Set([...slow.orders, ...again.orders]);
    expect([...both]).to.deep.equal(allOrders(feed));
  });

  it('reads nothing more for a reader that has gone', async () => {
    for (let i = 0; i < 2_000; i++) feed.grow('x');
    const read: number[] = [];
    const at = feed.at.bind(feed);
    feed.at = async (height) => {
      read.push(height);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return at(height);
    };
    const reader = connect('?channels=rounds&from=1');
    await eventually('the replay has begun', async () => read.length > 5);
    reader.socket.terminate();
    await eventually('the reader has gone', async () => stream.counts.readers === 0);
    const height = read.at(-1) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(read.at(-1)).to.be.at.most(height + 1);
  });

  it('drops a reader that falls ever further behind', async function () {
    this.timeout(120_000);
    const reader = connect('?channels=orders&from=1');
    feed.grow('a');
    await seen(reader, 1);
    reader.socket.pause();
    for (let i = 0; i < 80; i++) feed.grow('x'.repeat(200_000));
    // Holding back: what follows is not read for it.
    await eventually('it is held back', async () => {
      await clock.advance(10);
      return true;
    });
    for (let i = 0; i < 1_100; i++) feed.grow();
    reader.socket.resume();
    const { code, reason } = await reader.closed;
    expect([code, reason]).to.deep.equal([1013, `STREAM_SLOW: ${/STREAM_SLOW: (.*)/.exec(reason)?.[1]}`]);
    expect(reason).to.include('blocks behind');
  });

  it('refuses what is no subscription, blocks that are gone, and more readers than it may have', async () => {
    for (const message of ['{', '[]', '{"subscribe":["gossip"]}', '{"subscribe":["orders"],"from":-1}', Buffer.from([0xff])]) {
      const reader = connect();
      await reader.subscribe(message);
      const { code, reason } = await reader.closed;
      expect([code, reason.split(':')[0]], String(message)).to.deep.equal([1008, 'STREAM_REQUEST']);
    }
    expect((await connect('?channels=gossip').closed).reason).to.match(/^STREAM_REQUEST: subscribe/);
    const big = connect();
    await big.subscribe('x'.repeat(2_000));
    expect((await big.closed).code).to.equal(1009);
    const chatty = connect();
    for (let i = 0; i < 30; i++) await chatty.subscribe({ subscribe: [] });
    expect((await chatty.closed).reason).to.include('messages a second');

    for (const payload of ['a', 'b', 'c']) feed.grow(payload);
    feed.kept = 3;
    expect(await connect('?channels=orders&from=2').closed).to.deep.equal({
      code: 1008,
      reason: 'STREAM_GONE: block 2 is no longer kept',
    });
    await stream.close();
    start({ mostReaders: 2 });
    const [first, second] = [connect('?channels=orders'), connect('?channels=orders')];
    await eventually('two', async () => first.messages.length + second.messages.length === 2);
    expect(await connect('?channels=orders').closed).to.deep.equal({
      code: 1013,
      reason: 'STREAM_FULL: 2 readers are connected',
    });
    expect(stream.counts.readers).to.equal(2);
  });
});
