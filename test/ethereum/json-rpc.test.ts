import { expect } from 'chai';
import { decodeAnswer, decodeBatch, encodeRequest, type RpcOutcome } from '../../relayer/ethereum/json-rpc.ts';

const call = { method: 'eth_call', params: [] };
const codeOf = (outcome: RpcOutcome | undefined) =>
  outcome === undefined ? 'none' : outcome.ok ? outcome.value : outcome.error.code;
const answer = (body: unknown) => codeOf(decodeAnswer(typeof body === 'string' ? body : JSON.stringify(body), call, 7));
const refusal = (code: number | undefined, message: string) => answer({ jsonrpc: '2.0', id: 7, error: { code, message } });

describe('JSON-RPC', () => {
  it('writes single calls and batches', () => {
    expect(JSON.parse(encodeRequest([call], 7, false))).to.deep.equal({ jsonrpc: '2.0', id: 7, method: 'eth_call', params: [] });
    const batch = JSON.parse(encodeRequest([call, call], 7, true)) as { id: number }[];
    expect(batch.map(({ id }) => id)).to.deep.equal([7, 8]);
  });

  it('takes results, null included', () => {
    expect(answer({ jsonrpc: '2.0', id: 7, result: '0x1' })).to.equal('0x1');
    expect(answer({ jsonrpc: '2.0', id: 7, result: null })).to.equal(null);
    expect(answer({ jsonrpc: '2.0', id: 7, result: false, error: null })).to.equal(false);
  });

  it('refuses what is no JSON-RPC answer to this call', () => {
    const bad = [
      '',
      '{"jsonrpc":"2.0","id":7,"result":"0x',
      '<html>',
      'null',
      '7',
      '[]',
      '"x"',
      { id: 7, result: 1 },
      { jsonrpc: '1.0', id: 7, result: 1 },
    ];
    const ids = [
      { jsonrpc: '2.0', id: 8, result: 1 },
      { jsonrpc: '2.0', id: '7', result: 1 },
      { jsonrpc: '2.0', result: 1 },
      { jsonrpc: '2.0', id: 7 },
    ];
    for (const body of [...bad, ...ids]) expect(answer(body), JSON.stringify(body)).to.equal('ETH_MALFORMED');
  });

  const errors: readonly (readonly [code: number | undefined, message: string, expected: string])[] = [
    [3, 'execution reverted: no', 'ETH_REVERTED'],
    [-32000, 'execution reverted', 'ETH_REVERTED'],
    [-32000, 'VM Exception while processing transaction: revert', 'ETH_REVERTED'],
    [-32601, 'the method eth_getProof does not exist/is not available', 'ETH_REFUSED'],
    [-32004, 'Method eth_getBlockReceipts is not supported', 'ETH_REFUSED'],
    [-32602, 'invalid argument 0: hex string of odd length', 'ETH_REFUSED'],
    [-32000, 'The action `Proof of locally modified state in fork mode` is unsupported.', 'ETH_REFUSED'],
    [-32005, 'daily request count exceeded, request rate limited', 'ETH_RATE_LIMITED'],
    [429, 'slow down', 'ETH_RATE_LIMITED'],
    [-32000, 'Your app has exceeded its compute units per second capacity', 'ETH_RATE_LIMITED'],
    [undefined, 'Too Many Requests', 'ETH_RATE_LIMITED'],
    [-32005, 'query returned more than 10000 results', 'ETH_TOO_LARGE'],
    [-32000, 'response size exceeded', 'ETH_TOO_LARGE'],
    [-32000, 'missing trie node 12ab (path )', 'ETH_STATE_UNAVAILABLE'],
    [-32000, 'historical state 12ab is not available', 'ETH_STATE_UNAVAILABLE'],
    [-32000, 'distance to target block exceeds maximum proof window', 'ETH_STATE_UNAVAILABLE'],
    [-32000, 'header not found', 'ETH_BLOCK_UNKNOWN'],
    [-32000, 'unknown block', 'ETH_BLOCK_UNKNOWN'],
    [-32602, 'blockHash cannot be found', 'ETH_BLOCK_UNKNOWN'],
    [-39001, 'Unknown', 'ETH_BLOCK_UNKNOWN'],
    [-32001, 'Resource not found', 'ETH_BLOCK_UNKNOWN'],
    [-32603, 'Internal error', 'ETH_ENDPOINT_FAILED'],
    [-32000, 'something else', 'ETH_ENDPOINT_FAILED'],
  ];
  for (const [code, message, expected] of errors)
    it(`understands "${message.slice(0, 50)}" (${code})`, () => {
      expect(refusal(code, message)).to.equal(expected);
    });

  it('understands gateways that have their own form of error, or none', () => {
    expect(answer({ message: 'API rate limit exceeded' })).to.equal('ETH_RATE_LIMITED');
    expect(answer({ error: 'project ID does not have access' })).to.equal('ETH_ENDPOINT_FAILED');
    expect(answer('Too Many Requests')).to.equal('ETH_RATE_LIMITED');
    expect(answer({ jsonrpc: '2.0', id: 7, error: { code: 'x' } })).to.equal('ETH_ENDPOINT_FAILED');
  });

  it('sorts the answers of a batch by id, and gives each missing one its error', () => {
    const text = JSON.stringify([
      { jsonrpc: '2.0', id: 9, result: 'c' },
      { jsonrpc: '2.0', id: 7, result: 'a' },
    ]);
    const decoded = decodeBatch(text, [call, call, call], 7);
    expect('outcomes' in decoded && decoded.outcomes.map(codeOf)).to.deep.equal(['a', 'ETH_MALFORMED', 'c']);
  });

  it('says when a batch was refused as a whole', () => {
    const refused = (text: string) => {
      const decoded = decodeBatch(text, [call, call], 7);
      return 'refused' in decoded ? decoded.refused.code : 'not refused';
    };
    const object = (error: unknown) => JSON.stringify({ jsonrpc: '2.0', id: null, error });
    expect(refused(object({ code: -32600, message: 'batch requests are not supported' }))).to.equal('ETH_REFUSED');
    expect(refused(object({ code: 429, message: 'too many requests' }))).to.equal('ETH_RATE_LIMITED');
    expect(refused(JSON.stringify({ jsonrpc: '2.0', id: null, result: [] }))).to.equal('ETH_MALFORMED');
    expect(refused('[{"jsonrpc":"2.0","id":7,"res')).to.equal('ETH_MALFORMED');
    const twice = { jsonrpc: '2.0', id: 7, result: 'a' };
    expect(refused(JSON.stringify([twice, twice]))).to.equal('ETH_MALFORMED');
  });
});
