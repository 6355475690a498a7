// Subscriptions over WebSocket: which events come, to whom, in which order.

import { Comet38Client } from '@cosmjs/tendermint-rpc';
import { expect } from 'chai';
import { headerHashOf, type Json } from '../helpers/light-client.ts';
import { base64, call, Subscriber } from './rpc-client.ts';
import type { RunningNetwork } from './running-network.ts';

export function describeSubscriptions(network: () => RunningNetwork): void {
  describe('subscriptions', () => {
    const url = (): string => network().nodes.at(-1)?.rpcUrl ?? '';
    let subscriber: Subscriber;
    let counter = 0;
    const freshKey = () => `sub${process.pid}x${counter++}`;
    beforeEach(async () => {
      subscriber = await Subscriber.connect(url());
    });
    afterEach(() => subscriber.close());

    const subscribe = async (id: number, query: string): Promise<Json> => {
      subscriber.send(id, 'subscribe', { query });
      return subscriber.next((message) => message.id === id);
    };
    const eventFor = (id: number): Promise<Json> =>
      subscriber.next((message) => message.id === id && message.result?.data !== undefined);

    it('blocks, headers and transactions come under the id of the subscription, with their attributes', async () => {
      const key = freshKey();
      for (const [id, query] of [
        [1, "tm.event='NewBlock'"],
        [2, "tm.event='NewBlockHeader'"],
        [3, `tm.event='Tx' AND app.key='${key}'`],
        [4, "tm.event='NewBlockEvents'"],
      ] as const)
        expect(await subscribe(id, query)).to.deep.equal({ jsonrpc: '2.0', id, result: {} });
      const { height, hash } = await call(url(), 'broadcast_tx_commit', { tx: base64(`${key}=1`) });
      const tx = (await eventFor(3)).result;
      expect([tx.data.type, tx.data.value.TxResult.height, tx.data.value.TxResult.tx]).to.deep.equal([
        'tendermint/event/Tx',
        height,
        base64(`${key}=1`),
      ]);
      expect([tx.events['tx.hash'], tx.events['tx.height'], tx.events['tm.event']]).to.deep.equal([[hash], [height], ['Tx']]);
      const { block, block_id } = (await eventFor(1)).result.data.value;
      expect(headerHashOf(block.header)).to.equal(block_id.hash);
      expect((await eventFor(2)).result.data.value.header.chain_id).to.equal(network().chainId);
      expect((await eventFor(4)).result.data.value.num_txs).to.match(/^\d+$/);
    });

    it('transactions come in the order of the block, and only those asked for', async () => {
      const [wanted, other] = [freshKey(), freshKey()];
      await subscribe(1, `tm.event='Tx' AND app.key='${wanted}'`);
      const sent: Promise<Json>[] = [];
      for (let i = 0; i < 5; i++)
        for (const key of [wanted, other]) sent.push(call(url(), 'broadcast_tx_sync', { tx: base64(`${key}=${i}`) }));
      await Promise.all(sent);
      await subscriber.next(() => subscriber.messages.filter(({ result }) => result?.data !== undefined).length === 5);
      const results = subscriber.messages.flatMap(({ result }) =>
        result?.data === undefined ? [] : [result.data.value.TxResult],
      );
      expect(results.every(({ tx }) => Buffer.from(tx, 'base64').toString().startsWith(`${wanted}=`))).to.equal(true);
      const places = results.map(({ height, index = 0 }) => [Number(height), index]);
      expect(places).to.deep.equal([...places].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
    });

    it('a subscription ends when asked to; twice the same, too many and unreadable ones are refused', async () => {
      const query = "tm.event='NewBlock'";
      await subscribe(1, query);
      expect((await subscribe(2, query)).error.data).to.equal('already subscribed');
      expect((await subscribe(3, "tm.event='NewBlock")).error.code).to.equal(-32603);
      for (let id = 4; id < 8; id++) await subscribe(id, `app.key='${id}'`);
      expect((await subscribe(8, "app.key='8'")).error.data).to.equal('max_subscriptions_per_client 5 reached');
      subscriber.send(10, 'unsubscribe', { query });
      expect((await subscriber.next(({ id }) => id === 10)).result).to.deep.equal({});
      subscriber.send(11, 'unsubscribe', { query });
      expect((await subscriber.next(({ id }) => id === 11)).error.data).to.equal('subscription not found');
      subscriber.send(12, 'unsubscribe_all');
      expect((await subscriber.next(({ id }) => id === 12)).result).to.deep.equal({});
      await call(url(), 'broadcast_tx_commit', { tx: base64(`${freshKey()}=1`) });
      subscriber.send(13, 'health');
      await subscriber.next(({ id }) => id === 13);
      const afterwards = subscriber.messages.slice(subscriber.messages.findIndex(({ id }) => id === 12) + 1);
      expect(afterwards.map(({ id }) => id)).to.deep.equal([13]);
    });

    it('Comet38Client follows blocks and transactions', async () => {
      const client = await Comet38Client.connect(url().replace('http', 'ws'));
      try {
        const heights: number[] = [];
        const [blocks, txs] = [client.subscribeNewBlock(), client.subscribeTx()];
        const key = freshKey();
        const seen = new Promise<Json>((resolve, reject) => {
          blocks.subscribe({ next: (block) => heights.push(block.header.height), error: reject });
          txs.subscribe({ next: (event) => Buffer.from(event.tx).toString() === `${key}=1` && resolve(event), error: reject });
        });
        // The subscriptions are on their way over another connection than the transaction; one of these comes after them.
        await client.health();
        await client.broadcastTxSync({ tx: Uint8Array.from(Buffer.from(`${key}=1`)) });
        expect((await seen).height).to.be.at.least(heights[0] ?? 0);
      } finally {
        client.disconnect();
      }
    });
  });
}
