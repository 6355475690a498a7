// Orders over HTTP: what is taken, each refusal with its code, what became of a transaction, and the list of the last rounds.

import { expect } from 'chai';
import { hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { CODES, type CodeName } from '../../relayer/peg/codes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { orderId } from '../../relayer/peg/signing.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { ask, postJson } from '../helpers/http-answer.ts';

const SMALL = 64n;

describe('orders over HTTP', () => {
  let node: ApiNode;
  // Limits: 6, 3, 1 orders and a stream each.
  beforeEach(async () => {
    node = await startApiNode({ periodLimit: 10n, maxOrderBytes: SMALL });
  });
  afterEach(() => node?.close());

  const included = (hash: string) =>
    eventually(`${hash} is in a block`, async () => {
      const { status, body } = await ask(`${node.url}/transactions/${hash}`);
      return status === 200 && body;
    });

  const refusal = async (tx: string, name: CodeName, status: number, path = 'orders') => {
    const answer = await postJson(`${node.url}/${path}`, { tx });
    const { code, codespace, doc } = CODES[name];
    expect(answer.body, name).to.include({ status, code, codespace, title: doc, type: `urn:peg:refused:${name.toLowerCase()}` });
    expect([answer.status, answer.type.split(';')[0]], name).to.deep.equal([status, 'application/problem+json']);
    return answer.body.detail as string;
  };

  it('takes an order with 202 and its id, and shows it when it is in a block', async () => {
    const tx = node.order('first');
    const taken = await postJson(`${node.url}/orders`, { tx });
    const poster = node.wallet(0).address.toLowerCase();
    const id = orderId(node.domain, { type: 'order', round: 1n, payload: textBytes('first') }, poster as `0x${string}`);
    expect([taken.status, taken.body]).to.deep.equal([202, { id, hash: taken.body.hash, type: 'order', poster, round: 1 }]);
    const outcome = await included(taken.body.hash);
    expect(outcome).to.deep.include({ hash: taken.body.hash, code: 0, codespace: '', log: '' });
    const { height, index } = outcome;
    const post = { type: 'order', id, poster, round: 1, height, index, left: 5, size: 5, payload: to0x(textBytes('first')) };
    expect(outcome.post).to.deep.equal({ ...post, hash: taken.body.hash });
    const { body } = await ask(`${node.url}/orders`);
    expect(body).to.deep.equal({ orders: [outcome.post], next: null, since: body.since });
    expect((await ask(`${node.url}/limits/${poster}`)).body.usage).to.deep.equal({ orders: 1, streams: 0 });
  });

  it('takes streams at their own path and no order there', async () => {
    const stream = node.order('open', { type: 'stream' });
    const detail = await refusal(stream, 'TX_MALFORMED', 400);
    expect(detail).to.include('stream, not order');
    await refusal(node.order('x'), 'TX_MALFORMED', 400, 'streams');
    const taken = await postJson(`${node.url}/streams`, { tx: stream });
    expect([taken.status, taken.body.type]).to.deep.equal([202, 'stream']);
    expect((await included(taken.body.hash)).post).to.include({ type: 'stream', left: 0 });
    await refusal(node.order('second', { type: 'stream' }), 'ORDER_LIMIT_USED_UP', 429, 'streams');
  });

  it('refuses with the code of the rule, never with 200', async () => {
    const stranger = 7;
    await refusal('0xc0', 'TX_MALFORMED', 400);
    await refusal(`0x${'00'.repeat(262_144)}`, 'TX_MALFORMED', 400);
    await refusal(`0x${'00'.repeat(262_145)}`, 'TX_TOO_LARGE', 413);
    const signed = node.order('x');
    await refusal(`${signed.slice(0, -2)}1d`, 'TX_BAD_SIGNATURE', 400);
    await refusal(node.order('x', { round: 2 }), 'ORDER_ROUND', 409);
    await refusal(node.order(new Uint8Array(0)), 'ORDER_EMPTY', 409);
    await refusal(node.order('x'.repeat(Number(SMALL) + 1)), 'ORDER_TOO_LARGE', 413);
    await refusal(node.order('x', { staker: stranger }), 'ORDER_UNKNOWN_POSTER', 403);
    const vote = { type: 'witness', sequence: 1n, fromBlock: 101n, blocks: [] } as const;
    const key = hex(node.wallet(0).privateKey);
    expect(await refusal(to0x(signTransaction(node.domain, vote, key)), 'TX_MALFORMED', 400)).to.include('kind witness');

    const last = node.order('the last one', { staker: 2 });
    const { body } = await postJson(`${node.url}/orders`, { tx: last });
    await refusal(node.order('one too many', { staker: 2 }), 'ORDER_LIMIT_USED_UP', 429);
    expect(
      (await postJson(`${node.url}/orders`, { tx: last })).status,
      'while it waits, the same bytes may come again',
    ).to.be.oneOf([202, 409]);
    await included(body.hash);
    await refusal(last, 'ORDER_DUPLICATE', 409);
    expect((await ask(`${node.url}/orders`)).body.orders).to.have.length(1);
  });

  it('finds transactions of every kind, and says when it knows none', async () => {
    expect((await ask(`${node.url}/transactions/${'00'.repeat(32)}`)).body).to.include({
      status: 404,
      type: 'urn:peg:not-found',
    });
    expect((await ask(`${node.url}/transactions/xyz`)).status).to.equal(400);
    const votes = await node.client.call('tx_search', { query: 'rebalance.round EXISTS', prove: false, order_by: 'asc' });
    const [rebalance] = (votes as { txs: { hash: string }[] }).txs;
    const found = await ask(`${node.url}/transactions/${rebalance?.hash.toLowerCase()}`);
    expect(found.body).to.deep.include({ code: 0, post: null, hash: rebalance?.hash });
  });

  it('lists the orders of the last rounds, those from before the interface started too', async () => {
    const posted: string[] = [];
    const post = async (payload: string, options: { staker?: number; round?: number }) => {
      const { body } = await postJson(`${node.url}/orders`, { tx: node.order(payload, options) });
      await included(body.hash);
      posted.push(body.id);
    };
    for (let i = 0; i < 4; i++) await post(`first ${i}`, { round: 1 });
    await node.nextRound();
    for (let i = 0; i < 3; i++) await post(`second ${i}`, { staker: i, round: 2 });
    await node.restartApi();
    const whole = await eventually('all orders are there again', async () => {
      const { body } = await ask(`${node.url}/orders`);
      return body.orders.length === posted.length && body;
    });
    const ids = (orders: { id: string }[]) => orders.map(({ id }) => id);
    expect(ids(whole.orders)).to.deep.equal(posted);
    expect(whole.since).to.be.at.most(whole.orders[0].height);
    expect(ids((await ask(`${node.url}/orders?round=1`)).body.orders)).to.deep.equal(posted.slice(0, 4));
    expect(ids((await ask(`${node.url}/orders?sort=desc`)).body.orders)).to.deep.equal([...posted].reverse());
    const poster = node.wallet(1).address;
    expect(ids((await ask(`${node.url}/orders?poster=${poster}`)).body.orders)).to.deep.equal([posted[5]]);
    for (const sort of ['asc', 'desc']) {
      const paged: string[] = [];
      for (let after = ''; ; ) {
        const { body } = await ask(`${node.url}/orders?limit=2&sort=${sort}${after}`);
        paged.push(...ids(body.orders));
        if (body.next === null) break;
        after = `&after=${body.next}`;
      }
      expect(paged, sort).to.deep.equal(sort === 'asc' ? posted : [...posted].reverse());
    }
    for (const wrong of ['after=0x00', 'after=1', 'sort=up', 'round=-1', 'limit=5000', 'poster=me'])
      expect((await ask(`${node.url}/orders?${wrong}`)).status, wrong).to.equal(400);
    expect((await postJson(`${node.url}/orders`, { tx: node.order('first 0') })).body.code, 'of an earlier round').to.equal(
      CODES.ORDER_DUPLICATE.code,
    );
  });

  it('refuses bodies that are no signed order at all', async () => {
    const bodies = [
      {},
      { tx: 5 },
      { tx: '' },
      { tx: 'order' },
      { tx: '0x0' },
      { tx: '0xc0', more: 1 },
      [],
      'null',
      '"0xc0"',
      '{"tx":',
    ];
    for (const body of bodies) {
      const answer = await postJson(`${node.url}/orders`, body);
      expect([answer.status, answer.type.split(';')[0]], JSON.stringify(body)).to.deep.equal([400, 'application/problem+json']);
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'multipart/form-data'])
      expect((await postJson(`${node.url}/orders`, { tx: '0xc0' }, type)).status, type).to.equal(415);
    const invalid = Uint8Array.of(...textBytes('{"tx":"0x'), 0xff, 0xfe, 0xc0, ...textBytes('"}'));
    const headers = { 'content-type': 'application/json' };
    expect((await ask(`${node.url}/orders`, { method: 'POST', headers, body: invalid })).status).to.equal(400);
    expect((await postJson(`${node.url}/orders`, `{"tx":"0x${'0'.repeat(700_000)}"}`)).body).to.include({ status: 413 });
  });
});
