// Requests that no honest client sends: refused with the envelope's codes, and the node goes on.

import { expect } from 'chai';
import { call, post, request, Subscriber } from './rpc-client.ts';
import type { RunningNetwork } from './running-network.ts';

export function describeHostileRequests(network: () => RunningNetwork): void {
  describe('hostile requests', () => {
    const url = (): string => network().nodes[0]?.rpcUrl ?? '';
    afterEach(async () => {
      expect(await call(url(), 'health')).to.deep.equal({});
    });

    for (const body of ['{', '"text"', '{"jsonrpc":"2.0","id":{},"method":"health"}', '\u0000', '[1', '{"id":1,"method":5}'])
      it(`${JSON.stringify(body)} is no JSON-RPC`, async () => {
        const { status, json } = await post(url(), body);
        expect([status, json.error.code, json.error.message]).to.deep.equal([500, -32700, 'Parse error. Invalid JSON']);
      });

    for (const [method, params] of [
      ['block', { height: 5 }],
      ['block', { height: '12345678901234567890123' }],
      ['block', { height: 'abc' }],
      ['broadcast_tx_sync', { tx: 'not base64!' }],
      ['abci_query', { data: 'xyz' }],
      ['abci_query', { prove: 'maybe' }],
      ['header', [1, 2, 3]],
      ['header', 'text'],
    ] as const)
      it(`${method} with ${JSON.stringify(params)} has invalid params`, async () => {
        const { status, json } = await post(url(), { jsonrpc: '2.0', id: 3, method, params });
        expect([status, json.id, json.error.code, json.error.message]).to.deep.equal([200, 3, -32602, 'Invalid params']);
      });

    it('unknown methods, and those of the WebSocket, are not found', async () => {
      for (const method of ['nosuch', 'subscribe', '__proto__', 'constructor', ''])
        expect((await post(url(), { jsonrpc: '2.0', id: 1, method })).json.error).to.deep.equal({
          code: -32601,
          message: 'Method not found',
        });
    });

    it('notifications are not answered; batches are, in order; long ones are not', async () => {
      expect((await post(url(), { jsonrpc: '2.0', method: 'health' })).text).to.equal('');
      const health = (id: number) => ({ jsonrpc: '2.0', id, method: 'health' });
      const { json } = await post(url(), [health(5), { jsonrpc: '2.0', method: 'health' }, { ...health(6), method: 'nosuch' }]);
      expect(json.map(({ id, error }: { id: number; error?: { code: number } }) => [id, error?.code])).to.deep.equal([
        [5, undefined],
        [6, -32601],
      ]);
      const many = await post(
        url(),
        Array.from({ length: 11 }, (_, id) => health(id)),
      );
      expect([many.status, many.json.error.code]).to.deep.equal([200, -32600]);
    });

    it('a body above 1 MB is refused', async () => {
      const outcome = await post(url(), `{"padding":"${'x'.repeat(1_100_000)}"}`).catch(() => undefined);
      if (outcome !== undefined) expect([outcome.status, outcome.json.error.code]).to.deep.equal([400, -32600]);
    });

    it('a path below a method is not found', async () => {
      expect((await request(`${url()}/block/1`)).status).to.equal(404);
    });

    it('a WebSocket answers rubbish with an error and goes on', async () => {
      const subscriber = await Subscriber.connect(url());
      try {
        subscriber.socket.send('rubbish');
        expect((await subscriber.next(({ error }) => error !== undefined)).error.code).to.equal(-32700);
        subscriber.send(9, 'health');
        expect((await subscriber.next(({ id }) => id === 9)).result).to.deep.equal({});
      } finally {
        subscriber.close();
      }
    });
  });
}
