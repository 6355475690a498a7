// One reader of the stream whose socket is full: what it is told when there is room again.

import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import type { BlockFeed } from '../../relayer/api/block-feed.ts';
import type { BlockRecord } from '../../relayer/api/block-record.ts';
import type { Channel } from '../../relayer/api/stream-message.ts';
import { MOST_WAITING_BYTES, StreamReader } from '../../relayer/api/stream-reader.ts';
import { recordWith } from '../helpers/block-records.ts';

interface Told {
  readonly type?: string;
  readonly channel?: Channel;
  readonly height?: number;
  readonly from?: number;
  readonly data?: readonly unknown[];
}

/** A socket that takes what it is sent, and says that it waits until `empty`. */
class FullSocket extends EventEmitter {
  readonly told: Told[] = [];
  bufferedAmount = 0;
  full = false;
  terminated = false;
  #done: (() => void)[] = [];

  send(data: Buffer, _: unknown, done: () => void): void {
    this.told.push(JSON.parse(data.toString()) as Told);
    if (this.full) this.bufferedAmount = MOST_WAITING_BYTES + 1;
    this.#done.push(done);
  }

  ping(): void {}

  terminate(): void {
    this.terminated = true;
  }

  empty(): void {
    this.full = false;
    this.bufferedAmount = 0;
    for (const done of this.#done.splice(0)) done();
  }
}

/** A chain of these blocks. */
function chainOf(...records: readonly BlockRecord[]): BlockFeed {
  return {
    tip: records.at(-1),
    recent: (height) => records[height - 1],
    at: async (height) => records[height - 1],
    listen: () => () => {},
    close: async () => {},
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a reader of the stream whose socket is full', () => {
  const read = (feed: BlockFeed) => {
    const socket = new FullSocket();
    const reader = new StreamReader(
      socket as unknown as WebSocket,
      feed,
      { stallMs: 1_000, closeMs: 1_000, onDrop: () => {} },
      () => 0,
    );
    return { socket, reader };
  };
  const subscribe = (reader: StreamReader, from: number | undefined, ...channels: Channel[]) =>
    reader.subscribe({ channels: new Set(channels), from });

  it('is told of alarms that changed meanwhile', async () => {
    const { socket, reader } = read(chainOf(recordWith(1, ['a'])));
    socket.full = true;
    subscribe(reader, 1, 'orders', 'alarms');
    reader.tellAlarms('{"channel":"alarms","data":[]}', false);
    await settled();
    reader.tellAlarms('{"channel":"alarms","data":["breach"]}', true);
    socket.empty();
    await settled();
    reader.tellAlarms('{"channel":"alarms","data":["breach"]}', false);
    expect(socket.told.findLast(({ channel }) => channel === 'alarms')?.data).to.deep.equal(['breach']);
  });

  it('is not taken for dead while it takes what waits before the ping', async () => {
    const heavy = 'x'.repeat(100_000);
    const { socket, reader } = read(chainOf(recordWith(1, [heavy, heavy, heavy])));
    socket.full = true;
    subscribe(reader, 1, 'orders');
    reader.beat();
    await settled();
    reader.beat();
    expect(socket.terminated).to.equal(false);
    socket.empty();
    await settled();
    reader.beat();
    reader.beat();
    expect(socket.terminated, 'nothing waits, and no pong has come').to.equal(true);
  });

  it('gets nothing of an old subscription after the answer to a new one', async () => {
    const heavy = 'x'.repeat(100_000);
    const { socket, reader } = read(chainOf(recordWith(1, [heavy, heavy, heavy])));
    socket.full = true;
    subscribe(reader, 1, 'orders');
    await settled();
    subscribe(reader, undefined, 'blocks');
    socket.empty();
    await settled();
    await settled();
    const answer = socket.told.findLastIndex(({ type }) => type === 'subscribed');
    expect(socket.told[answer]).to.deep.equal({ type: 'subscribed', channels: ['blocks'], from: 1 });
    expect(socket.told.slice(answer + 1).map(({ channel, height }) => `${channel} ${height}`)).to.deep.equal(['blocks 1']);
  });
});
