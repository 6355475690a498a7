// The client of a node's JSON-RPC: what it sends, what it makes of answers, and a code for everything that can go wrong.

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { failure } from '../helpers/failure.ts';
import { type StubAnswer, type StubNode, startStubNode } from '../helpers/stub-node.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const HASH = 'AB'.repeat(32);
const ADDRESS = 'CD'.repeat(20);
const TX_HASH = 'ef'.repeat(32).toUpperCase();

describe('comet client', () => {
  let node: StubNode;
  let client: CometClient;

  beforeEach(async () => {
    node = await startStubNode();
    client = await openCometClient(node.url);
  });

  afterEach(async () => {
    client.close();
    await node.close();
  });

  const answers = (answer: StubAnswer) => {
    node.answer = () => answer;
  };

  describe('queries', () => {
    const response = (fields: object) => answers({ result: { response: fields } });

    it('gives the JSON value of an answer', async () => {
      response({ value: base64('{"number":3}'), height: '7' });
      expect(await client.query('/round')).to.deep.equal({ number: 3 });
      expect(node.calls).to.have.length(1);
      expect(node.calls[0]).to.deep.include({
        method: 'abci_query',
        params: { path: '/round', data: '', height: '0', prove: false },
      });
    });

    it('asks for a height, a proof and with data', async () => {
      response({
        code: 0,
        key: base64('R'),
        value: base64('x'),
        height: '7',
        proofOps: { ops: [{ type: 't', key: base64('R'), data: base64('d') }] },
      });
      const answer = await client.queryAt('/round', { height: 7n, prove: true, data: Uint8Array.of(1, 255) });
      expect(node.calls[0]?.params).to.deep.equal({ path: '/round', data: '01ff', height: '7', prove: true });
      expect(answer).to.deep.include({ code: 0, codespace: '', log: '', height: 7, key: textBytes('R'), value: textBytes('x') });
      expect(answer.proof).to.deep.equal([{ type: 't', key: textBytes('R'), data: textBytes('d') }]);
      response({ code: 4, codespace: 'query', log: 'gone', value: null, key: null, proofOps: null, height: '0' });
      expect(await client.queryAt('/round')).to.deep.include({ code: 4, codespace: 'query', proof: [] });
    });

    it('is refused with the code of the application', async () => {
      response({ code: 1, codespace: 'query', log: 'unknown path' });
      const error = await failure(client.query('/nothing'));
      expect(error).to.have.property('code', 'PEG_QUERY_REFUSED');
      expect(error).to.have.property('data').that.deep.equals({ path: '/nothing', code: 1, codespace: 'query' });
    });

    it('does not take anything for an answer', async () => {
      for (const result of [
        undefined,
        null,
        {},
        { response: [] },
        { response: { value: base64('{') } },
        { response: { value: '!' } },
        { response: { value: base64('1'), code: 'one' } },
        { response: { value: base64('1'), log: 5 } },
        { response: { value: base64('1'), height: '99999999999999999999' } },
        { response: { value: base64('1'), proofOps: { ops: {} } } },
      ]) {
        answers({ result });
        expect(await failure(client.query('/round')), JSON.stringify(result)).to.have.property(
          'code',
          result === undefined ? 'PEG_UNREACHABLE' : 'PEG_ANSWER_MALFORMED',
        );
      }
    });
  });

  describe('transactions', () => {
    it('gives the result of CheckTx', async () => {
      answers({ result: { code: 4, data: '', log: 'no', codespace: 'witness', hash: TX_HASH } });
      expect(await client.broadcast(textBytes('tx'))).to.deep.equal({ code: 4, codespace: 'witness', log: 'no', hash: TX_HASH });
      expect(node.calls[0]).to.deep.include({ method: 'broadcast_tx_sync', params: { tx: base64('tx') } });
    });

    it('takes a transaction that the node knows already for accepted', async () => {
      for (const error of [
        { code: -32603, message: 'Internal error', data: 'tx already exists in cache' },
        { code: -32603, message: 'tx already exists in cache' },
      ]) {
        answers({ error });
        const result = await client.broadcast(textBytes('tx'));
        expect(result).to.deep.include({ code: 0, codespace: '', log: '' });
        expect(result.hash).to.equal(createHash('sha256').update('tx').digest('hex').toUpperCase());
      }
    });

    it('hands on other refusals of the node', async () => {
      answers({ error: { code: -32603, message: 'Internal error', data: 'mempool is full' } });
      const error = await failure(client.broadcast(textBytes('tx')));
      expect(error).to.have.property('code', 'PEG_RPC_REFUSED');
      expect(error).to.have.property('message').that.includes('Internal error: mempool is full');
      expect(error).to.have.nested.property('data.rpcCode', -32603);
      answers({ error: { code: -32602, message: 'tx already exists in cache' } });
      expect(await failure(client.broadcast(textBytes('tx')))).to.have.property('code', 'PEG_RPC_REFUSED');
    });

    it('hands in several in one request, each with its own outcome', async () => {
      const outcomes: Record<string, StubAnswer> = {
        good: { result: { code: 0, hash: TX_HASH } },
        bad: { result: { code: 4, codespace: 'order', log: 'no', hash: TX_HASH } },
        known: { error: { code: -32603, message: 'Internal error', data: 'tx already exists in cache' } },
        full: { error: { code: -32603, message: 'Internal error', data: 'mempool is full' } },
        odd: { result: 5 },
      };
      const requests: number[] = [];
      node.answer = ({ id, params }) => {
        requests.push(id);
        return outcomes[Buffer.from(`${params.tx}`, 'base64').toString()] as StubAnswer;
      };
      const settled = await client.broadcastAll(Object.keys(outcomes).map(textBytes));
      expect(requests, 'each has an id').to.deep.equal([0, 1, 2, 3, 4]);
      const seen = settled.map((one) => (one.status === 'fulfilled' ? one.value.code : one.reason.code));
      expect(seen).to.deep.equal([0, 4, 0, 'PEG_RPC_REFUSED', 'PEG_ANSWER_MALFORMED']);
      const [only] = await client.broadcastAll([textBytes('bad')]);
      expect(only, 'a node answers a batch of one bare').to.have.nested.property('value.log', 'no');
    });

    it('finds the answers of a batch by their ids, and takes none for missing ones', async () => {
      const three = ['a', 'b', 'c'].map(textBytes);
      const byHand = (value: unknown) => answers((response) => response.end(JSON.stringify(value)));
      const result = (id: number) => ({ jsonrpc: '2.0', id, result: { code: id, hash: TX_HASH } });
      byHand([result(2), result(0), result(1)]);
      const codes = (await client.broadcastAll(three)).map((one) => one.status === 'fulfilled' && one.value.code);
      expect(codes).to.deep.equal([0, 1, 2]);
      for (const value of [[result(0), result(2)], result(0), [1, 2, 3], []]) {
        byHand(value);
        const error = await failure(client.broadcastAll(three));
        expect(error, JSON.stringify(value)).to.have.property('code', 'PEG_UNREACHABLE');
      }
      byHand({ jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request', data: 'batch request exceeds maximum' } });
      const refused = await client.broadcastAll(three);
      expect(refused.map((one) => one.status === 'rejected' && one.reason.code)).to.deep.equal(
        new Array(3).fill('PEG_RPC_REFUSED'),
      );
    });

    it('is found in its block, by the index of the node', async () => {
      const event = { type: 'order', attributes: [{ key: 'id', value: '0x1', index: true }, { key: 'note' }] };
      answers({ result: { tx_result: { code: 0, events: [event] }, hash: TX_HASH, height: '12', index: 3 } });
      const events = [{ type: 'order', attributes: { id: '0x1', note: '' } }];
      expect(await client.transaction(TX_HASH)).to.deep.include({ height: 12, index: 3, code: 0, events });
      answers({ error: { code: -32603, message: 'Internal error', data: `tx (${TX_HASH}) not found` } });
      expect(await client.transaction(TX_HASH)).to.equal(undefined);
      answers({ error: { code: -32603, message: 'Internal error', data: 'transaction indexing is disabled' } });
      expect(await failure(client.transaction(TX_HASH))).to.have.property('code', 'PEG_RPC_REFUSED');
    });
  });

  describe('the chain', () => {
    it('reads the status, before the first block as well', async () => {
      const result = {
        node_info: { network: 'peg-test', moniker: 'alice', version: '0.39.4' },
        sync_info: {
          latest_block_height: '9',
          latest_block_hash: HASH,
          latest_app_hash: HASH,
          latest_block_time: '2026-08-01T00:00:00Z',
          catching_up: true,
        },
        validator_info: { address: ADDRESS, voting_power: '5' },
      };
      answers({ result });
      expect(await client.status()).to.deep.equal({
        network: 'peg-test',
        moniker: 'alice',
        version: '0.39.4',
        height: 9,
        blockHash: `0x${HASH.toLowerCase()}`,
        blockTime: '2026-08-01T00:00:00Z',
        appHash: `0x${HASH.toLowerCase()}`,
        catchingUp: true,
        address: `0x${ADDRESS.toLowerCase()}`,
        power: 5,
      });
      answers({ result: { ...result, sync_info: { latest_block_height: '0', latest_block_hash: '', latest_app_hash: '' } } });
      expect(await client.status()).to.deep.include({ height: 0, blockHash: '0x', appHash: '0x', catchingUp: false });
      answers({ result: { ...result, sync_info: { latest_block_hash: 'xyz' } } });
      expect(await failure(client.status())).to.have.property('code', 'PEG_ANSWER_MALFORMED');
    });

    it('reads blocks, results and signed headers', async () => {
      const header = { height: '3', time: 't', app_hash: HASH, proposer_address: ADDRESS };
      answers({ result: { block_id: { hash: HASH }, block: { header, data: { txs: [base64('one')] } } } });
      expect(await client.block(3)).to.deep.include({
        height: 3,
        proposer: `0x${ADDRESS.toLowerCase()}`,
        txs: [textBytes('one')],
      });
      expect(node.calls[0]?.params).to.deep.equal({ height: '3' });
      answers({ result: { block_id: { hash: HASH }, block: { header, data: { txs: null } } } });
      expect((await client.block()).txs).to.deep.equal([]);
      expect(node.calls[1]?.params).to.deep.equal({});

      answers({
        result: {
          height: '3',
          txs_results: [{ code: 0 }, { code: 2, codespace: 'tx' }],
          finalize_block_events: null,
          app_hash: base64('hash'),
        },
      });
      const results = await client.blockResults(3n);
      expect(results.txResults.map(({ code }) => code)).to.deep.equal([0, 2]);
      expect([results.events, results.appHash]).to.deep.equal([[], `0x${Buffer.from('hash').toString('hex')}`]);

      answers({ result: { signed_header: { header, commit: { height: '3' } }, canonical: true } });
      expect(await client.commit(3)).to.deep.include({ height: 3, appHash: `0x${HASH.toLowerCase()}`, commit: { height: '3' } });
    });

    it('reads a validator set of several pages', async () => {
      const entry = (index: number) => ({
        address: ADDRESS,
        pub_key: { type: 'tendermint/PubKeyEd25519', value: base64(`key ${index}`) },
        voting_power: `${index}`,
      });
      node.answer = ({ params }) => {
        const from = (Number(params.page) - 1) * 100;
        return {
          result: {
            block_height: '3',
            total: '150',
            validators: Array.from({ length: Math.min(100, 150 - from) }, (_, i) => entry(from + i)),
          },
        };
      };
      const validators = await client.validators(3);
      expect(validators).to.have.length(150);
      expect(validators[149]).to.deep.equal({
        address: `0x${ADDRESS.toLowerCase()}`,
        publicKey: textBytes('key 149'),
        power: 149n,
      });
      expect(node.calls.map(({ params }) => params.page)).to.deep.equal(['1', '2']);
      answers({ result: { total: '5', validators: [] } });
      expect(await client.validators(), 'a node that promises more than it has').to.deep.equal([]);
    });

    it('reads the genesis', async () => {
      answers({ result: { genesis: { chain_id: 'peg-test' } } });
      expect(await client.genesis()).to.deep.equal({ chain_id: 'peg-test' });
    });
  });

  describe('a node that cannot be reached', () => {
    const code = async (url: string, options = {}) => failure((await openCometClient(url, options)).status());

    it('refuses connections', async () => {
      const gone = await startStubNode();
      await gone.close();
      expect(await code(gone.url)).to.have.property('code', 'PEG_UNREACHABLE');
    });

    it('is silent', async () => {
      answers(() => {});
      expect(await code(node.url, { timeoutMs: 30 }))
        .to.have.property('message')
        .that.includes('no answer within 30 ms');
    });

    it('hangs up, or speaks something else', async () => {
      for (const answer of [
        (response) => response.destroy(),
        (response) => response.writeHead(502).end('<html>bad gateway</html>'),
        (response) => response.end('[]'),
        (response) => response.end('"text"'),
      ] satisfies StubAnswer[]) {
        answers(answer);
        expect(await code(node.url)).to.have.property('code', 'PEG_UNREACHABLE');
      }
    });

    it('is asked over connections that stay open', async () => {
      const ports = new Set<number | undefined>();
      node.answer = () => (response) => {
        ports.add(response.socket?.remotePort);
        response.end(JSON.stringify({ id: 1, result: { response: { value: base64('1') } } }));
      };
      for (let i = 0; i < 5; i++) expect(await client.query('/round')).to.equal(1);
      expect(ports).to.have.property('size', 1);
    });

    it('closes an idle connection as a call comes: it is asked once more over another', async () => {
      const ports: (number | undefined)[] = [];
      node.answer = () => (response) => {
        ports.push(response.socket?.remotePort);
        if (ports.length === 2) response.socket?.resetAndDestroy();
        else response.end(JSON.stringify({ id: 1, result: { response: { value: base64('1') } } }));
      };
      for (let i = 0; i < 2; i++) expect(await client.query('/round')).to.equal(1);
      expect(ports, 'asked on the connection of the first call, then on a new one').to.have.length(3);
      expect(ports[1]).to.equal(ports[0]);
      expect(ports[2]).not.to.equal(ports[0]);
    });

    it('closes a new connection without an answer: that is the answer', async () => {
      let calls = 0;
      node.answer = () => (response) => {
        calls++;
        response.socket?.resetAndDestroy();
      };
      expect(await failure(client.query('/round'))).to.have.property('code', 'PEG_UNREACHABLE');
      expect(calls).to.equal(1);
    });

    it('hangs up in the middle of an answer', async () => {
      node.answer = () => (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"result":');
        setImmediate(() => response.destroy());
      };
      expect(await failure(client.query('/round'))).to.have.property('code', 'PEG_UNREACHABLE');
    });

    it('may send its errors with status 500', async () => {
      answers((response) =>
        response
          .writeHead(500)
          .end(JSON.stringify({ error: { code: -32603, message: 'Internal error', data: 'no such height' } })),
      );
      expect(await failure(client.block(7))).to.have.property('code', 'PEG_RPC_REFUSED');
    });
  });

  describe('an end', () => {
    it("comes with the caller's signal, and its reason", async () => {
      answers(() => {});
      const stop = new AbortController();
      const pending = failure(client.query('/state', stop.signal));
      const reason = new Error('enough');
      stop.abort(reason);
      expect(await pending).to.equal(reason);
      expect(await failure(client.query('/state', AbortSignal.abort(reason)))).to.equal(reason);
    });

    it('comes with the signal of the client, or its closing', async () => {
      answers(() => {});
      const stop = new AbortController();
      const bound = await openCometClient(node.url, { signal: stop.signal });
      const pending = failure(bound.status());
      const reason = new Error('enough');
      stop.abort(reason);
      expect(await pending).to.equal(reason);

      const closed = failure(client.status());
      client.close();
      client.close();
      expect(await closed).to.have.property('code', 'PEG_CLIENT_CLOSED');
      expect(await failure(client.status())).to.have.property('code', 'PEG_CLIENT_CLOSED');
    });
  });

  it('takes addresses in several forms and no others', async () => {
    const { port } = new URL(node.url);
    for (const url of [`127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`, `http://127.0.0.1:${port}/`])
      expect((await openCometClient(url)).url).to.equal(node.url);
    expect((await openCometClient('https://peg.example/rpc/')).url).to.equal('https://peg.example/rpc');
    for (const url of ['', 'ftp://host', 'http://', '::'])
      expect(await failure(openCometClient(url)), url).to.have.property('code', 'PEG_URL_INVALID');
  });
});
