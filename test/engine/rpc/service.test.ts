// The JSON-RPC of a node beyond what every engine has to pass: in-process calls, time-outs, failing applications, slow readers.

import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import WebSocket from 'ws';
import { jsonArguments, urlArguments } from '../../../relayer/engine/rpc/arguments.ts';
import { JsonRpcError } from '../../../relayer/engine/rpc/json-rpc.ts';
import { MAX_WAITING_BYTES } from '../../../relayer/engine/rpc/subscription-server.ts';
import { VirtualClock } from '../../../relayer/lib/clock.ts';
import { CodedError } from '../../../relayer/lib/errors.ts';
import { base64, post, Subscriber } from '../../conformance/rpc-client.ts';
import { KvStoreApplication } from '../../helpers/kvstore-application.ts';
import type { Json } from '../../helpers/light-client.ts';
import { type NetworkOptions, TestNetwork } from '../../helpers/test-network.ts';

describe('engine: JSON-RPC of a node', () => {
  let network: TestNetwork;
  let clock: VirtualClock;
  const start = async (options: NetworkOptions = {}) => {
    clock = new VirtualClock(1.8e12);
    network = await TestNetwork.start({ clock, ...options });
  };
  const call = (method: string, params: Record<string, unknown> = {}): Promise<Json> => network.node(0).rpc.call(method, params);
  const refusal = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (error: unknown) =>
        error instanceof JsonRpcError ? [error.code, error.message] : error instanceof CodedError ? error.code : error,
    );
  afterEach(() => network.close());

  it('in-process calls fail like those over a socket', async () => {
    await start();
    expect(await refusal(call('nosuch'))).to.deep.equal([-32601, '']);
    expect(await refusal(call('subscribe', { query: "tm.event='Tx'" }))).to.deep.equal([-32601, '']);
    expect((await refusal(call('block', { height: 5 }))) as unknown[]).to.include(-32602);
    expect(await refusal(call('tx_search', { query: 'x'.repeat(600) }))).to.deep.equal([-32603, 'maximum query length exceeded']);
    expect(await refusal(call('tx_search', { query: 'a EXISTS', order_by: 'sideways' }))).to.deep.equal([
      -32603,
      'expected order_by to be either `asc` or `desc` or empty',
    ]);
    expect(network.node(0).rpcUrl).to.equal(undefined);
  });

  it('answers before the first block as CometBFT does', async () => {
    await start();
    const { sync_info } = await call('status');
    expect([sync_info.latest_block_height, sync_info.latest_block_hash, sync_info.latest_block_time]).to.deep.equal([
      '0',
      '',
      '0001-01-01T00:00:00Z',
    ]);
    expect(await call('block')).to.deep.equal({ block_id: { hash: '', parts: { total: 0, hash: '' } }, block: null });
    expect(await call('header')).to.deep.equal({ header: null });
    expect(await call('commit')).to.equal(null);
    expect((await call('validators')).block_height).to.equal('1');
    expect(await call('abci_info')).to.deep.equal({ response: { data: 'kv', version: 'test', app_version: '1' } });
    expect((await refusal(call('blockchain'))) as unknown[]).to.include(-32603);
    expect((await refusal(call('block_results'))) as unknown[]).to.include(-32603);
  });

  it('status tells of one block, also between a block that is saved and its commit', async () => {
    const seen: Json[] = [];
    const commit = async function (this: KvStoreApplication) {
      seen.push((await call('status')).sync_info);
      return KvStoreApplication.prototype.commit.call(this);
    };
    await start({ powers: [1], application: () => ({ overrides: { commit } }) });
    for (let i = 0; i < 3; i++) await network.engine.step();
    seen.push((await call('status')).sync_info);
    expect(seen.map(({ latest_block_height }) => latest_block_height)).to.deep.equal(['0', '1', '2', '3']);
    for (const { latest_block_height, latest_block_hash, latest_app_hash, latest_block_time } of seen.slice(1)) {
      const { block, block_id } = await call('block', { height: latest_block_height });
      expect([latest_block_hash, latest_app_hash, latest_block_time]).to.deep.equal([
        block_id.hash,
        block.header.app_hash,
        block.header.time,
      ]);
    }
  });

  it('genesis comes whole and in chunks', async () => {
    await start();
    const { genesis } = await call('genesis');
    const { chunk, total, data } = await call('genesis_chunked', { chunk: '0' });
    expect([chunk, total, JSON.parse(Buffer.from(data, 'base64').toString())]).to.deep.equal(['0', '1', genesis]);
    expect(await refusal(call('genesis_chunked', { chunk: '3' }))).to.deep.equal([-32603, 'there are 1 chunks, 3 is invalid']);
  });

  it('check_tx asks the application and keeps nothing; the mempool is shown as it is', async () => {
    await start();
    expect((await call('check_tx', { tx: base64('a=1') })).code).to.equal(0);
    expect((await call('num_unconfirmed_txs')).total).to.equal('0');
    for (const tx of ['b=1', 'c=22']) await network.submit(0, tx);
    expect(await call('unconfirmed_txs', { limit: '1' })).to.deep.equal({
      n_txs: '1',
      total: '2',
      total_bytes: '7',
      txs: [base64('b=1')],
    });
    expect((await call('unconfirmed_txs', { limit: '0' })).n_txs).to.equal('2');
    expect(await refusal(call('broadcast_tx_async', { tx: base64('b=1') }))).to.deep.equal([
      -32603,
      'tx already exists in cache',
    ]);
  });

  it('searches are ordered and paged', async () => {
    await start();
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) await network.submit(0, `k${j}=${i}`);
      await network.engine.step();
    }
    const places = async (params: Record<string, unknown>) =>
      (await call('tx_search', { query: 'tx.height>0', ...params })).txs.map((tx: Json) => `${tx.height}/${tx.index}`);
    expect(await places({})).to.deep.equal(['1/0', '1/1', '2/0', '2/1', '3/0', '3/1']);
    expect(await places({ order_by: 'desc', per_page: '2', page: '2' })).to.deep.equal(['2/1', '2/0']);
    const blocks = async (params: Record<string, unknown>) =>
      (await call('block_search', { query: "block.txs='2'", ...params })).blocks.map((found: Json) => found.block.header.height);
    expect(await blocks({})).to.deep.equal(['3', '2', '1']);
    expect(await blocks({ order_by: 'asc', per_page: '500' })).to.deep.equal(['1', '2', '3']);
    expect((await call('block_results', { height: '1' })).finalize_block_events).to.have.length(1);
    const metas = await call('blockchain', { minHeight: '0', maxHeight: '2' });
    expect(metas.block_metas.map(({ header }: Json) => header.height)).to.deep.equal(['2', '1']);
    expect(await refusal(call('blockchain', { minHeight: '3', maxHeight: '2' }))).to.deep.equal([
      -32603,
      "min height 3 can't be greater than max height 2",
    ]);
    expect(await refusal(call('blockchain', { minHeight: '-1' }))).to.deep.equal([-32603, 'heights must be non-negative']);
  });

  it('broadcast_tx_commit gives up after ten seconds without a block', async () => {
    await start();
    const waiting = refusal(call('broadcast_tx_commit', { tx: base64('a=1') }));
    await clock.advance(9_900);
    await clock.advance(200);
    expect(await waiting).to.deep.equal([-32603, 'timed out waiting for tx to be included in a block']);
  });

  it('updates of validators and parameters are in the results and the events of their block', async () => {
    await start({ rpcPort: 0 });
    const subscriber = await Subscriber.connect(network.node(0).rpcUrl as string);
    subscriber.send(1, 'subscribe', { query: "tm.event='NewBlock'" });
    await subscriber.next(({ id }) => id === 1);
    const key = Buffer.from(network.validators[1]?.key.publicKey ?? []);
    await network.submit(0, `val:${key.toString('hex')}!9`);
    await network.submit(0, 'params:90000');
    await network.engine.step();
    const { validator_updates, consensus_param_updates } = await call('block_results', { height: '1' });
    const sum = { type: 'tendermint.crypto.PublicKey_Ed25519', value: { ed25519: key.toString('base64') } };
    expect(validator_updates).to.deep.equal([{ pub_key: { Sum: sum }, power: '9' }]);
    expect(consensus_param_updates).to.deep.equal({ block: { max_bytes: '90000', max_gas: '-1' } });
    const { result } = await subscriber.next((message) => message.result?.data !== undefined);
    expect(result.data.value.result_finalize_block).to.deep.include({ validator_updates, consensus_param_updates });
    subscriber.close();
  });

  it('a proof of the application reaches the client', async () => {
    await start({
      application: () => ({
        overrides: {
          query: async () => ({
            code: 0,
            log: '',
            info: '',
            index: 0n,
            key: Uint8Array.of(1),
            value: new Uint8Array(),
            proofOps: { ops: [{ type: 'peg', key: Uint8Array.of(2), data: Uint8Array.of(3) }] },
            height: 4n,
            codespace: '',
          }),
        },
      }),
    });
    expect((await call('abci_query', { path: '/x', prove: true })).response.proofOps).to.deep.equal({
      ops: [{ type: 'peg', key: 'Ag==', data: 'Aw==' }],
    });
  });

  it('an application that throws in Query or CheckTx takes its node down, and the client sees it go', async () => {
    const boom = () => Promise.reject(new Error('boom'));
    await start({
      rpcPort: 0,
      application: (index) => ({ overrides: index === 0 ? { query: boom } : index === 1 ? { checkTx: boom } : {} }),
    });
    const url = network.node(0).rpcUrl as string;
    expect(await post(url, { jsonrpc: '2.0', id: 1, method: 'abci_query' }).catch(() => 'gone')).to.equal('gone');
    expect(network.node(0).failure?.code).to.equal('ENGINE_APPLICATION_FAILED');
    expect(await refusal(call('abci_query'))).to.equal('ENGINE_NODE_DOWN');
    expect(await network.node(2).rpc.call('broadcast_tx_sync', { tx: base64('a=1') })).to.include({ code: 0 });
    await network.engine.step();
    expect(network.node(1).failure?.code).to.equal('ENGINE_APPLICATION_FAILED');
    expect(await network.engine.step()).to.equal(undefined);
  });

  it('a subscriber that does not read is dropped, and others are not', async () => {
    await start({ rpcPort: 0, powers: [1] });
    const url = network.node(0).rpcUrl as string;
    const [slow, quick] = [await Subscriber.connect(url), await Subscriber.connect(url)];
    for (const subscriber of [slow, quick]) {
      subscriber.send(1, 'subscribe', { query: "tm.event='Tx'" });
      await subscriber.next(({ id }) => id === 1);
    }
    slow.socket.pause();
    const closed = new Promise((resolve) => slow.socket.once('close', resolve));
    // What the kernel buffers comes on top of what the engine lets wait.
    let sent = 0;
    for (let i = 0; sent < MAX_WAITING_BYTES + 16 * 1024 * 1024; i++) {
      const tx = `big${i}=${'x'.repeat(400_000)}`;
      await network.submit(0, tx);
      await network.engine.step();
      // In the message: the transaction and its result in base64, its value in two attributes.
      sent += 4 * tx.length;
      await quick.next(({ result }) => result?.data?.value?.TxResult?.height === String(network.height()));
    }
    slow.socket.resume();
    await closed;
    expect(quick.socket.readyState).to.equal(WebSocket.OPEN);
    quick.close();
  });

  it('a subscriber that answers no ping is dropped', async () => {
    await start({ rpcPort: 0 });
    const url = (network.node(0).rpcUrl as string).replace('http', 'ws');
    const mute = new WebSocket(`${url}/websocket`, { autoPong: false });
    await new Promise((resolve) => mute.once('open', resolve));
    const closed = new Promise((resolve) => mute.once('close', resolve));
    await clock.advance(27_000);
    await clock.advance(27_000);
    await closed;
  });

  it('only so many clients, and only at /websocket', async () => {
    await start({ rpcPort: 0 });
    const url = (network.node(0).rpcUrl as string).replace('http', 'ws');
    const refused = (path: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${url}${path}`);
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await refused('/elsewhere')).to.contain('404');
    const clients = await Promise.all(Array.from({ length: 100 }, () => Subscriber.connect(url.replace('ws', 'http'))));
    expect(await refused('/websocket')).to.contain('503');
    for (const client of clients) client.close();
  });

  it('a client that sends ahead of its answers is read no faster than it is answered', async () => {
    await start({ rpcPort: 0 });
    const subscriber = await Subscriber.connect(network.node(0).rpcUrl as string);
    const { socket } = subscriber;
    subscriber.send('waits', 'broadcast_tx_commit', { tx: base64('a=1') });
    const padding = 'x'.repeat(900_000);
    for (let id = 1; id <= 60; id++) subscriber.send(id, 'health', { padding });
    // What the kernel takes is taken soon; the rest stays with the client while nobody reads it.
    let before = -1;
    for (let same = 0; same < 20; before = socket.bufferedAmount) {
      same = socket.bufferedAmount === before ? same + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(socket.bufferedAmount).to.be.greaterThan(20 * padding.length);
    await clock.advance(10_000);
    await subscriber.next(({ id }) => id === 60);
    expect(subscriber.messages.map(({ id }) => id)).to.deep.equal(['waits', ...Array.from({ length: 60 }, (_, i) => i + 1)]);
    subscriber.close();
  });

  it('an upgrade to nowhere is refused, also when its client has gone by then', async () => {
    await start({ rpcPort: 0 });
    const url = network.node(0).rpcUrl as string;
    const upgrade = (path: string): Socket => {
      const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      return socket;
    };
    // The second is what a browser asks for whose page says "ws://127.0.0.1:26657//"; no URL has such a path.
    for (const path of ['/elsewhere', '//']) expect(await text(upgrade(path)), path).to.match(/^HTTP\/1\.1 404 /);
    for (let i = 0; i < 20; i++) {
      const socket = upgrade('/elsewhere');
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.resetAndDestroy();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await post(url, { jsonrpc: '2.0', id: 1, method: 'health' })).status).to.equal(200);
  });

  it('a WebSocket makes calls too, in order, and refuses what cannot be', async () => {
    await start({ rpcPort: 0 });
    const subscriber = await Subscriber.connect(network.node(0).rpcUrl as string);
    subscriber.send(1, 'nosuch');
    subscriber.send('two', 'status');
    subscriber.send(3, 'subscribe', { query: 'x'.repeat(600) });
    subscriber.send(4, 'unsubscribe_all');
    subscriber.send(5, 'block', { height: 7 });
    subscriber.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'health' }));
    subscriber.send(6, 'health');
    await subscriber.next(({ id }) => id === 6);
    expect(subscriber.messages.map(({ id, error }) => [id, error?.code])).to.deep.equal([
      [1, -32601],
      ['two', undefined],
      [3, -32603],
      [4, -32603],
      [5, -32602],
      [6, undefined],
    ]);
    const closed = new Promise((resolve) => subscriber.socket.once('close', resolve));
    subscriber.socket.send('x'.repeat(1_000_001));
    await closed;
  });
});

describe('engine: arguments', () => {
  const all = [
    ['t', 'text'],
    ['b', 'bytes'],
    ['h', 'hex'],
    ['i', 'integer'],
    ['o', 'integer?'],
    ['f', 'boolean'],
  ] as const;
  const none = ['', new Uint8Array(), new Uint8Array(), 0n, undefined, false];
  const given = ['x', Uint8Array.of(1), Uint8Array.of(0xab), 5n, -6n, true];

  it('are read by name and by position, with defaults for what is not there', () => {
    for (const params of [undefined, null, {}, { t: null, other: 1 }]) expect(jsonArguments(all, params)).to.deep.equal(none);
    expect(jsonArguments(all, { t: 'x', b: 'AQ==', h: 'AB', i: '5', o: '-6', f: true })).to.deep.equal(given);
    expect(jsonArguments(all, ['x', 'AQ==', 'ab', '5', '-6', true])).to.deep.equal(given);
  });

  it('are read from a URL', () => {
    expect(urlArguments(all, new URLSearchParams())).to.deep.equal(none);
    expect(urlArguments(all, new URLSearchParams('t="x"&b=0x01&h=0xAB&i=5&o="-6"&f=true'))).to.deep.equal(given);
    expect(urlArguments(all, new URLSearchParams('t=0x78&b="A"'))[0]).to.equal('x');
    expect(urlArguments(all, new URLSearchParams('b="A"'))[1]).to.deep.equal(Uint8Array.of(65));
  });

  it('that are something else are refused', () => {
    for (const params of [
      'text',
      5,
      [1],
      { t: 5 },
      { b: '*' },
      { h: '0xab' },
      { h: 'abc' },
      { i: '1.5' },
      { i: '' },
      { f: 'true' },
    ])
      expect(() => jsonArguments(all, params), JSON.stringify(params))
        .to.throw(JsonRpcError)
        .with.property('code', -32602);
    for (const query of ['t=x', 't="x', 't="\\q"', 'b=0x1', 'b=1', 'i=x', 'i=0x5', 'f=1'])
      expect(() => urlArguments(all, new URLSearchParams(query)), query)
        .to.throw(JsonRpcError)
        .with.property('code', -32602);
  });
});
