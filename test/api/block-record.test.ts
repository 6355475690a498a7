// What a block is to the interface: made from transactions and results alone.

import { expect } from 'chai';
import { recordOf, txHash } from '../../relayer/api/block-record.ts';
import { BlockWindow } from '../../relayer/api/block-window.ts';
import { PostIndex } from '../../relayer/api/post-index.ts';
import { messagesOf, parseSubscription, subscriptionOf } from '../../relayer/api/stream-message.ts';
import type { TxResult } from '../../relayer/comet/answers.ts';
import { textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { encodeTransaction } from '../../relayer/peg/transaction.ts';
import { id, recordWith } from '../helpers/block-records.ts';

const order = (payload: string) =>
  encodeTransaction({
    transaction: { type: 'order', round: 3n, payload: textBytes(payload) },
    signature: new Uint8Array(65),
  });
const accepted = (type: string, attributes: Record<string, string>): TxResult => ({
  code: 0,
  codespace: '',
  log: '',
  events: [{ type, attributes }],
});
const block = (txs: readonly Uint8Array[], txResults: readonly TxResult[]) =>
  recordOf({
    block: { height: 9, hash: '0x01', time: 'now', appHash: '0x02', proposer: '0x03', txs },
    txResults,
    events: [{ type: 'eth_final', attributes: { eth_block: '105', hash: id(1), events: '0' } }],
    appHash: '0x04',
  });

describe('a block of the interface', () => {
  it('holds accepted posts with their payload, refused ones with their code, and events in words', () => {
    const first = order('first');
    const refused = order('refused');
    const attributes = { id: id(1), poster: `0x${'aa'.repeat(20)}`, round: '3', size: '5', left: '7' };
    const stake = { eth_block: '105', nonce: '2', type: 'add', staker: '0xbb', amount: '5', balance: '12' };
    const record = block(
      [first, refused, textBytes('junk'), textBytes('vote')],
      [
        accepted('order', attributes),
        { code: 6, codespace: 'order', log: 'used up', events: [] },
        { code: 2, codespace: 'tx', log: 'malformed', events: [] },
        accepted('stake_event', stake),
      ],
    );
    expect(record.posts).to.deep.equal([
      {
        ...{ type: 'order', id: id(1), poster: attributes.poster, round: 3, height: 9, index: 0, left: 7, size: 5 },
        payload: to0x(textBytes('first')),
        hash: txHash(first),
      },
    ]);
    expect(record.refused).to.deep.equal([
      { hash: txHash(refused), height: 9, index: 1, code: 6, codespace: 'order', log: 'used up' },
    ]);
    expect(record.events).to.deep.equal([
      {
        ethBlock: 105,
        nonce: 2,
        type: 'add',
        staker: '0xbb',
        amount: '5',
        balance: '12',
        height: 9,
        index: 3,
        event: 'stake_event',
      },
      { ethBlock: 105, hash: id(1), events: 0, height: 9, index: null, event: 'eth_final' },
    ]);
    expect(record.rounds).to.deep.equal([]);
    expect(record.block).to.include({ height: 9, transactions: 4, appHash: '0x04' });
  });

  it('becomes messages of bounded length, each order once and in order', () => {
    const record = recordWith(
      5,
      Array.from({ length: 100 }, () => 'x'.repeat(8_000)),
    );
    const messages = messagesOf(record, 'orders').map((message) => JSON.parse(message.toString()));
    expect(messages.length).to.be.greaterThan(2);
    for (const message of messages) expect(message).to.include({ channel: 'orders', height: 5 });
    expect(messages.flatMap(({ data }) => data)).to.deep.equal(record.posts);
    for (const message of messagesOf(record, 'orders')) expect(message.length).to.be.at.most(300_000);
    expect(messagesOf(record, 'orders')).to.equal(messagesOf(record, 'orders'));
    expect(messagesOf(recordWith(6, []), 'orders')).to.deep.equal([]);
    expect(messagesOf(recordWith(6, []), 'blocks')).to.have.length(1);
  });

  it('is kept in a window of bounded weight', () => {
    const window = new BlockWindow();
    const heavy = recordWith(1, ['x'.repeat(1 << 20)]);
    for (let height = 1; height <= 60; height++) window.push({ ...heavy, block: { ...heavy.block, height } });
    expect(window.last?.block.height).to.equal(60);
    expect(window.at(60)?.block.height).to.equal(60);
    expect(window.at(46)?.block.height).to.equal(46);
    expect([window.at(1), window.at(30), window.at(61)]).to.deep.equal([undefined, undefined, undefined]);
  });
});

describe('the index of posts', () => {
  it('grows at both ends, says from where it is complete, and forgets the oldest first', () => {
    const index = new PostIndex();
    expect(index.list({ limit: 10, newestFirst: false })).to.deep.equal({ posts: [], more: false });
    index.append(recordWith(10, ['c']));
    index.append(recordWith(11, []));
    index.prepend(recordWith(9, ['a', 'b']));
    expect(index.since).to.equal(9);
    const places = (query: Partial<Parameters<PostIndex['list']>[0]>) =>
      index.list({ limit: 10, newestFirst: false, ...query }).posts.map(({ height, index: at }) => `${height}-${at}`);
    expect(places({})).to.deep.equal(['9-0', '9-1', '10-0']);
    expect(places({ after: { height: 9, index: 0 } })).to.deep.equal(['9-1', '10-0']);
    expect(places({ after: { height: 9, index: 7 } })).to.deep.equal(['10-0']);
    expect(places({ after: { height: 10, index: 0 }, newestFirst: true })).to.deep.equal(['9-1', '9-0']);
    expect(places({ after: { height: 9, index: 5 }, newestFirst: true })).to.deep.equal(['9-1', '9-0']);
    expect(index.list({ limit: 2, newestFirst: false }).more).to.equal(true);
    const many = Array.from({ length: 5_000 }, () => 'x');
    for (let height = 12; height <= 16; height++) index.append(recordWith(height, many));
    expect(index.list({ limit: 1, newestFirst: false }).posts[0]?.height).to.equal(13);
    expect(index.since).to.equal(13);
    expect(index.accepted(recordWith(9, ['a']).posts[0]?.id ?? '')).to.equal(undefined);
    expect(index.isFull).to.equal(true);
  });

  it('begins anew with a block that does not follow on the one before', () => {
    const index = new PostIndex();
    index.append(recordWith(5, ['a']));
    index.append(recordWith(50_000, ['b']));
    index.append(recordWith(50_001, ['c']));
    expect(index.since).to.equal(50_000);
    const { posts } = index.list({ limit: 10, newestFirst: false });
    expect(posts.map(({ height }) => height)).to.deep.equal([50_000, 50_001]);
    expect(index.accepted(recordWith(5, ['a']).posts[0]?.id ?? '')).to.equal(undefined);
  });

  it('remembers what was refused in a block', () => {
    const index = new PostIndex();
    const refusal = { hash: 'AB', height: 3, index: 0, code: 1, codespace: 'order', log: 'late' };
    index.append({ ...recordWith(3, []), refused: [refusal] });
    expect(index.outcome('AB')).to.equal(refusal);
    expect(index.outcome('CD')).to.equal(undefined);
  });
});

describe('a subscription', () => {
  it('is read from a message or an address, and refused with a reason', () => {
    expect(parseSubscription('{"subscribe":["orders","blocks"],"from":12}')).to.deep.equal({
      channels: new Set(['orders', 'blocks']),
      from: 12,
    });
    expect(parseSubscription('{"subscribe":[]}')).to.deep.equal({ channels: new Set(), from: undefined });
    expect(subscriptionOf({ channels: 'orders', from: '3' })).to.deep.equal({ channels: new Set(['orders']), from: 3 });
    expect(subscriptionOf({})).to.have.property('channels').with.property('size', 5);
    for (const wrong of [
      '',
      'null',
      '[]',
      '{}',
      '{"subscribe":"orders"}',
      '{"subscribe":["gossip"]}',
      '{"subscribe":[],"from":0}',
    ])
      expect(parseSubscription(wrong), wrong).to.have.property('reason');
    for (const from of ['0', '-1', '1e3', '01', '99999999999999999'])
      expect(subscriptionOf({ from }), from).to.have.property('reason');
    expect(parseSubscription('{"subscribe":[],"to":5}')).to.have.property('reason');
  });
});
