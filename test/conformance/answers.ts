// Every RPC method through the client that the project uses, `Comet38Client`, and raw where the client hides the encoding.

import { Comet38Client } from '@cosmjs/tendermint-rpc';
import { expect } from 'chai';
import { dataHashOf, headerHashOf, type Json } from '../helpers/light-client.ts';
import { base64, call, eventually, post, request } from './rpc-client.ts';
import type { RunningNetwork } from './running-network.ts';

const HASH = /^[0-9A-F]{64}$/;
const INT64 = /^-?\d+$/;
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

export function describeAnswers(network: () => RunningNetwork): void {
  describe('answers', () => {
    let client: Comet38Client;
    let url: string;
    let counter = 0;
    /** A key that no test used before. */
    const freshKey = () => `key${process.pid}x${counter++}`;

    before(async () => {
      url = network().nodes[0]?.rpcUrl ?? '';
      await eventually(async () => ((await call(url, 'status')).sync_info.latest_block_hash === '' ? undefined : true));
      client = await Comet38Client.connect(url);
    });
    after(() => client.disconnect());

    it('status, health, abci_info', async () => {
      const { nodeInfo, syncInfo, validatorInfo } = await client.status();
      expect([nodeInfo.network, syncInfo.catchingUp, syncInfo.earliestBlockHeight]).to.deep.equal([network().chainId, false, 1]);
      expect(syncInfo.latestBlockHeight).to.be.greaterThan(0);
      expect(validatorInfo.pubkey?.algorithm).to.equal('ed25519');
      expect(await client.health()).to.equal(null);
      const info = await client.abciInfo();
      expect(info.lastBlockHeight).to.be.at.least(1);
      expect(info.lastBlockAppHash?.length).to.be.greaterThan(0);
    });

    it('status tells of one block, also while blocks are made', async () => {
      let working = true;
      const work = (async () => {
        while (working) await client.broadcastTxSync({ tx: bytes(`${freshKey()}=value`) });
      })();
      try {
        const [first, seen] = [Number((await call(url, 'status')).sync_info.latest_block_height), new Map<string, Json>()];
        while (seen.size < 10) {
          const { sync_info } = await call(url, 'status');
          if (Number(sync_info.latest_block_height) > first) seen.set(sync_info.latest_block_height, sync_info);
        }
        for (const [height, sync_info] of seen) {
          const { block, block_id } = await call(url, 'block', { height });
          expect(sync_info.latest_block_hash).to.equal(block_id.hash);
          expect(sync_info.latest_app_hash).to.equal(block.header.app_hash);
          expect(sync_info.latest_block_time).to.equal(block.header.time);
        }
      } finally {
        working = false;
        await work;
      }
    });

    it('broadcast_tx_commit, tx, tx_search, abci_query, block, block_results, block_search find one transaction', async () => {
      const key = freshKey();
      const { checkTx, txResult, hash, height } = await client.broadcastTxCommit({ tx: bytes(`${key}=value`) });
      expect([checkTx.code, txResult?.code]).to.deep.equal([0, 0]);
      const found = await eventually(() => client.tx({ hash, prove: true }).catch(() => undefined));
      expect([found.height, Buffer.from(found.tx).toString()]).to.deep.equal([height, `${key}=value`]);
      const search = await eventually(async () => {
        const result = await client.txSearch({ query: `app.key='${key}'` });
        return result.totalCount === 0 ? undefined : result;
      });
      expect(search.txs.map((tx) => [tx.height, tx.index])).to.deep.equal([[height, found.index]]);
      expect((await client.txSearch({ query: `tx.height=${height} AND app.key='${key}'` })).totalCount).to.equal(1);
      expect((await client.txSearch({ query: `tx.height>${height} AND app.key='${key}'` })).totalCount).to.equal(0);
      const { block, blockId } = await client.block(height);
      expect(block.txs.map((tx) => Buffer.from(tx).toString())).to.include(`${key}=value`);
      const { proof } = found;
      expect(Buffer.from(proof?.rootHash ?? []).toString('hex')).to.equal(Buffer.from(block.header.dataHash).toString('hex'));
      expect((await client.blockResults(height)).results[found.index]?.code).to.equal(0);
      const blocks = await eventually(async () => {
        const result = await client.blockSearch({ query: `block.height=${height}` });
        return result.totalCount === 0 ? undefined : result;
      });
      expect(blocks.blocks[0]?.blockId).to.deep.equal(blockId);
      const answer = await client.abciQuery({ path: '/key', data: bytes(key) });
      expect(Buffer.from(answer.value).toString()).to.equal('value');
    });

    it('broadcast_tx_sync and _async bring a transaction to every node', async () => {
      const keys = [freshKey(), freshKey()];
      expect((await client.broadcastTxSync({ tx: bytes(`${keys[0]}=1`) })).code).to.equal(0);
      expect((await client.broadcastTxAsync({ tx: bytes(`${keys[1]}=1`) })).hash).to.have.length(32);
      for (const node of network().nodes)
        for (const key of keys) {
          const held = async () =>
            (await call(node.rpcUrl, 'abci_query', { path: '', data: Buffer.from(key).toString('hex') })).response;
          await eventually(async () => ((await held()).value === base64('1') ? true : undefined));
        }
    });

    it('a transaction that the application refuses has its code; one that is known already is an error', async () => {
      expect((await client.broadcastTxSync({ tx: bytes('no equals sign') })).code).to.be.greaterThan(0);
      const refused = await call(url, 'broadcast_tx_commit', { tx: base64('no equals sign') });
      expect([refused.check_tx.code > 0, refused.height, refused.tx_result.code]).to.deep.equal([true, '0', 0]);
      const tx = base64(`${freshKey()}=1`);
      await call(url, 'broadcast_tx_sync', { tx });
      const { status, json } = await post(url, { jsonrpc: '2.0', id: 'again', method: 'broadcast_tx_sync', params: { tx } });
      expect(status).to.equal(200);
      expect(json).to.deep.equal({
        jsonrpc: '2.0',
        id: 'again',
        error: { code: -32603, message: 'Internal error', data: 'tx already exists in cache' },
      });
    });

    it('header, header_by_hash, block_by_hash, blockchain, commit tell of the same block', async () => {
      await client.broadcastTxCommit({ tx: bytes(`${freshKey()}=1`) });
      const { block_id, block } = await call(url, 'block', { height: '2' });
      expect(block_id.hash).to.match(HASH);
      expect(headerHashOf(block.header)).to.equal(block_id.hash);
      expect(dataHashOf(block.data.txs)).to.equal(block.header.data_hash);
      const hash = Buffer.from(block_id.hash, 'hex').toString('base64');
      expect(await call(url, 'block_by_hash', { hash })).to.deep.equal({ block_id, block });
      expect(await call(url, 'header_by_hash', { hash: block_id.hash })).to.deep.equal({ header: block.header });
      expect(await call(url, 'header', { height: '2' })).to.deep.equal({ header: block.header });
      const { block_metas, last_height } = await call(url, 'blockchain', { minHeight: '2', maxHeight: '2' });
      expect(last_height).to.match(INT64);
      expect(block_metas).to.have.length(1);
      expect([block_metas[0].header, block_metas[0].block_id]).to.deep.equal([block.header, block_id]);
      expect(block_metas[0].num_txs).to.equal(String(block.data.txs.length));
      const { signed_header, canonical } = await call(url, 'commit', { height: '1' });
      expect([canonical, signed_header.commit.block_id]).to.deep.equal([true, block.header.last_block_id]);
      expect((await client.commit(1)).header.height).to.equal(1);
      const [newest] = (await client.blockchain()).blockMetas;
      expect(newest?.header.height).to.be.at.least(2);
    });

    it('the first block has genesis time and follows no block', async () => {
      const { block } = await call(url, 'block', { height: '1' });
      const { genesis } = await call(url, 'genesis');
      expect(Date.parse(block.header.time)).to.equal(Date.parse(genesis.genesis_time));
      const none = { hash: '', parts: { total: 0, hash: '' } };
      expect(block.header.last_block_id).to.deep.equal(none);
      expect(block.last_commit).to.deep.equal({ height: '0', round: 0, block_id: none, signatures: [] });
    });

    it('validators, consensus_params, genesis, net_info, mempool', async () => {
      const { validators, total, blockHeight } = await client.validators({});
      expect([validators.length, total]).to.deep.equal([total, network().nodes.length]);
      expect((await client.genesis()).chainId).to.equal(network().chainId);
      const { consensus_params, block_height } = await call(url, 'consensus_params');
      expect(Number(block_height)).to.be.at.least(blockHeight);
      expect(consensus_params.block.max_bytes).to.match(INT64);
      expect((await call(url, 'net_info')).n_peers).to.equal(String(network().nodes.length - 1));
      expect(await call(url, 'num_unconfirmed_txs')).to.have.keys('n_txs', 'total', 'total_bytes', 'txs');
      expect((await call(url, 'unconfirmed_txs', { limit: '5' })).txs).to.be.an('array');
      const paged = await call(url, 'validators', { page: '2', per_page: '1' });
      expect([paged.count, paged.total]).to.deep.equal(['1', String(total)]);
    });

    it('heights and pages that are not there are refused by name', async () => {
      const failed = async (method: string, params: Record<string, unknown>): Promise<Json> =>
        (await post(url, { jsonrpc: '2.0', id: 1, method, params })).json.error;
      for (const method of ['block', 'header', 'commit', 'block_results', 'validators', 'consensus_params']) {
        const { code, data } = await failed(method, { height: '99999999' });
        expect([code, data]).to.deep.equal([-32603, data]);
        expect(data).to.match(/^height 99999999 must be less than or equal to the current blockchain height \d+$/);
        expect((await failed(method, { height: '0' })).data).to.equal('height must be greater than 0, but got 0');
      }
      expect((await failed('validators', { page: '9' })).data).to.equal('page should be within [1, 1] range, given 9');
      expect((await failed('tx', { hash: base64('nothing') })).data).to.match(/^tx \([0-9A-F]+\) not found$/);
      expect((await failed('tx_search', { query: 'bogus bogus' })).code).to.equal(-32603);
      expect(await call(url, 'block_by_hash', { hash: base64('x') })).to.deep.equal({
        block_id: { hash: '', parts: { total: 0, hash: '' } },
        block: null,
      });
    });

    it('calls by URL take quoted text, hex and bare numbers, and fail with status 500', async () => {
      const key = freshKey();
      const sent = await request(`${url}/broadcast_tx_commit?tx="${key}=7"`);
      expect([sent.status, sent.json.id, sent.json.result.check_tx.code]).to.deep.equal([200, -1, 0]);
      const hex = `0x${Buffer.from(key).toString('hex')}`;
      for (const data of [`"${key}"`, hex])
        expect((await request(`${url}/abci_query?data=${data}`)).json.result.response.value).to.equal(base64('7'));
      expect((await request(`${url}/block?height=1`)).json.result.block.header.height).to.equal('1');
      const missing = await request(`${url}/block?height=99999999`);
      expect([missing.status, missing.json.error.code]).to.deep.equal([500, -32603]);
      expect((await request(`${url}/block?height=abc`)).json.error.code).to.equal(-32602);
      const unknown = await request(`${url}/nosuch`);
      expect([unknown.status, unknown.text]).to.deep.equal([404, '404 page not found\n']);
      expect((await request(`${url}/subscribe?query="x"`)).status).to.equal(404);
      expect((await request(url)).type).to.match(/^text\/html/);
    });
  });
}
