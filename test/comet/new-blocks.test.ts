// The subscription to blocks: in order, ended by its reader or with a code, never growing without bound.

import { expect } from 'chai';
import type { WebSocket } from 'ws';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { failure } from '../helpers/failure.ts';
import { type StubNode, startStubNode } from '../helpers/stub-node.ts';

function newBlock(height: number): string {
  const header = { height: `${height}`, time: 't', app_hash: 'AA', proposer_address: 'BB' };
  const tx = { code: 0, events: [{ type: 'order', attributes: [{ key: 'id', value: '1', index: true }] }] };
  const value = {
    block: { header, data: { txs: [Buffer.from(`tx ${height}`).toString('base64')] } },
    block_id: { hash: 'CC' },
    result_finalize_block: { events: [], tx_results: [tx], app_hash: Buffer.from([0xdd]).toString('base64') },
  };
  const query = "tm.event='NewBlock'";
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    result: { query, data: { type: 'tendermint/event/NewBlock', value }, events: {} },
  });
}

const CONFIRMED = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });

describe('comet client: new blocks', () => {
  let node: StubNode;
  let client: CometClient;
  const stop = new AbortController();

  beforeEach(async () => {
    node = await startStubNode();
    client = await openCometClient(node.url, { timeoutMs: 1_000 });
  });

  afterEach(async () => {
    client.close();
    await node.close();
  });

  /** What the node sends to a subscriber. */
  const sends = (send: (socket: WebSocket) => void) => {
    node.onMessage = (socket) => send(socket);
  };
  const next = async (blocks: AsyncIterator<{ block: { height: number } }>) => (await blocks.next()).value?.block.height;
  const subscribe = (signal: AbortSignal = stop.signal) => client.newBlocks(signal)[Symbol.asyncIterator]();

  it('yields blocks with what they did', async () => {
    const requests: unknown[] = [];
    node.onMessage = (socket, message) => {
      requests.push(message);
      for (const text of [CONFIRMED, newBlock(4), newBlock(5)]) socket.send(text);
    };
    const blocks = subscribe();
    const { value } = await blocks.next();
    expect(requests).to.deep.equal([{ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { query: "tm.event='NewBlock'" } }]);
    expect(value).to.deep.include({ appHash: '0xdd', events: [] });
    expect(value?.block).to.deep.include({ height: 4, hash: '0xcc', appHash: '0xaa', proposer: '0xbb' });
    expect(value?.txResults).to.deep.equal([
      { code: 0, codespace: '', log: '', events: [{ type: 'order', attributes: { id: '1' } }] },
    ]);
    expect(await next(blocks)).to.equal(5);
    await blocks.return?.(undefined);
  });

  it('hands over what had come before it ends with the connection', async () => {
    sends((socket) => {
      for (const text of [CONFIRMED, newBlock(4)]) socket.send(text);
      socket.close();
    });
    const blocks = subscribe();
    expect(await next(blocks)).to.equal(4);
    expect(await failure(blocks.next())).to.have.property('code', 'PEG_UNREACHABLE');
  });

  it('ends quietly by the signal of its reader', async () => {
    const reader = new AbortController();
    sends((socket) => socket.send(CONFIRMED, () => reader.abort()));
    expect(await subscribe(reader.signal).next()).to.deep.equal({ done: true, value: undefined });
    expect(await subscribe(AbortSignal.abort()).next()).to.deep.equal({ done: true, value: undefined });
  });

  it('ends quietly when the client is closed', async () => {
    sends((socket) => socket.send(CONFIRMED, () => client.close()));
    expect(await subscribe().next()).to.deep.equal({ done: true, value: undefined });
  });

  it('drops a reader that is too slow', async () => {
    // The answer to a ping tells that all before it has arrived.
    const arrived = new Promise((resolve) =>
      sends((socket) => {
        for (let height = 1; height <= 300; height++) socket.send(newBlock(height));
        socket.on('pong', resolve).ping();
      }),
    );
    const blocks = subscribe();
    expect(await next(blocks)).to.equal(1);
    await arrived;
    let last = 1;
    const error = await failure(
      (async () => {
        for (;;) last = (await next(blocks)) ?? 0;
      })(),
    );
    expect(error).to.have.property('code', 'PEG_SUBSCRIBER_SLOW');
    expect(last).to.be.within(256, 257);
  });

  it('ends with a code when the node refuses, talks nonsense or is not there', async () => {
    for (const [text, code] of [
      [JSON.stringify({ id: 1, error: { code: -32603, message: 'too many subscriptions' } }), 'PEG_RPC_REFUSED'],
      ['nonsense', 'PEG_UNREACHABLE'],
      [JSON.stringify({ id: 1, result: { data: { value: {} } } }), 'PEG_ANSWER_MALFORMED'],
    ] as const) {
      sends((socket) => socket.send(text));
      expect(await failure(subscribe().next()), text).to.have.property('code', code);
    }
    await node.close();
    expect(await failure(subscribe().next())).to.have.property('code', 'PEG_UNREACHABLE');
    node = await startStubNode();
  });
});
