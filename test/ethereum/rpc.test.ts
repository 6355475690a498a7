import { expect } from 'chai';
import { isAnswer, isEthereumError, isRetryable } from '../../relayer/ethereum/errors.ts';
import type { Json } from '../../relayer/ethereum/fields.ts';
import { openRpc, type Rpc, unwrap } from '../../relayer/ethereum/rpc.ts';
import type { Clock } from '../../relayer/lib/clock.ts';
import { codeRejected, codeThrown } from '../helpers/error-code.ts';
import { FakeEthereum, RpcRefusal } from '../helpers/fake-ethereum.ts';
import { type ImpatientClock, impatientClock } from '../helpers/impatient-clock.ts';
import { type PostFault, type ScriptedEndpoint, scriptedEndpoint } from '../helpers/scripted-endpoint.ts';

/** Of a post: so long that only an endpoint that never answers misses it, however busy the machine is. */
const TIMEOUT_MS = 60_000;
/** Where a test waits for it. */
const SHORT_MS = 250;
const CHAIN_ID = { method: 'eth_chainId', params: [] };
const HEAD = { method: 'eth_getBlockByNumber', params: ['latest', false] };

describe('JSON-RPC over HTTP', () => {
  let endpoint: ScriptedEndpoint;
  let clock: ImpatientClock;
  let rpc: Rpc;

  beforeEach(async () => {
    endpoint = await scriptedEndpoint(await FakeEthereum.start());
    clock = impatientClock(TIMEOUT_MS);
    rpc = openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, maxBodyBytes: 10_000, clock });
  });
  afterEach(() => endpoint.close());

  const chainId = () => rpc.call('eth_chainId');
  const status =
    (code: number, body = '', headers: Record<string, string> = {}): PostFault =>
    (response) => {
      response.writeHead(code, headers).end(body);
      return true;
    };

  it('answers calls and keeps connections alive', async () => {
    for (let i = 0; i < 20; i++) expect(await chainId()).to.equal('0x539');
    expect(await rpc.call('eth_getBlockByHash', [`0x${'12'.repeat(32)}`, false])).to.equal(null);
    expect(endpoint.connections()).to.be.at.most(2);
  });

  it('sends a batch as one post', async () => {
    const [first, second] = (await rpc.batch([CHAIN_ID, HEAD])).map(unwrap);
    expect(first).to.equal('0x539');
    expect((second as { number: string }).number).to.equal('0x1');
    expect(endpoint.posts()).to.equal(1);
    expect(await rpc.batch([])).to.deep.equal([]);
    expect(codeThrown(() => unwrap(undefined))).to.be.instanceOf(RangeError);
  });

  it('needs an http URL, hides its path in messages and sends its credentials', async () => {
    for (const url of ['', 'localhost:8545', 'ftp://x', 'ws://127.0.0.1:1'])
      expect(
        codeThrown(() => openRpc({ url })),
        url,
      ).to.equal('ETH_BAD_URL');
    let authorization: string | undefined;
    endpoint.onPost((response) => {
      authorization = response.req.headers.authorization;
      return false;
    });
    const secret = openRpc({
      url: endpoint.url.replace('http://', 'http://user:p%40ss@').concat('/v3/key'),
      timeoutMs: TIMEOUT_MS,
      clock,
    });
    expect(await secret.call('eth_chainId')).to.equal('0x539');
    expect(authorization).to.equal(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(secret.name).to.equal(endpoint.url);
  });

  const failures: readonly (readonly [name: string, fault: PostFault, code: string, posts: number])[] = [
    ['HTTP 429', status(429, 'slow down'), 'ETH_RATE_LIMITED', 3],
    ['HTTP 500', status(500, 'oops'), 'ETH_HTTP_STATUS', 3],
    ['HTTP 503 without a body', status(503), 'ETH_HTTP_STATUS', 3],
    ['HTTP 204', status(204), 'ETH_HTTP_STATUS', 3],
    ['HTTP 404', status(404, '<html>'), 'ETH_HTTP_REFUSED', 1],
    ['HTTP 401', status(401, '{"message":"no key"}'), 'ETH_HTTP_REFUSED', 1],
    ['HTTP 413', status(413), 'ETH_TOO_LARGE', 1],
    ['a redirect', status(302, '', { location: 'http://127.0.0.1:1/' }), 'ETH_UNREACHABLE', 3],
    ['HTTP 200 with a page', status(200, '<html>Welcome</html>'), 'ETH_MALFORMED', 3],
    ['HTTP 200 with an error of the gateway', status(200, '{"message":"quota exceeded"}'), 'ETH_RATE_LIMITED', 3],
    ['HTTP 200 with nothing', status(200), 'ETH_MALFORMED', 3],
    ['truncated JSON', (response, text) => status(200, text.slice(0, -9))(response, text, undefined), 'ETH_MALFORMED', 3],
    ['another id', status(200, '{"jsonrpc":"2.0","id":999,"result":"0x1"}'), 'ETH_MALFORMED', 3],
    ['a body that is too large', status(200, `{"jsonrpc":"2.0","id":1,"result":"0x${'00'.repeat(6_000)}"}`), 'ETH_TOO_LARGE', 1],
    [
      'HTTP 400 around a JSON-RPC error',
      status(400, '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}'),
      'ETH_REFUSED',
      1,
    ],
    ['a reset connection', (response) => response.socket?.destroy() !== undefined, 'ETH_UNREACHABLE', 3],
    [
      'an answer that stops in the middle',
      (response, text) =>
        response.writeHead(200, { 'content-length': '500' }).write(text, () => response.socket?.destroy()) !== undefined,
      'ETH_UNREACHABLE',
      3,
    ],
  ];
  for (const [name, fault, code, posts] of failures)
    it(`${name}: ${code} after ${posts} ${posts === 1 ? 'try' : 'tries'}`, async () => {
      endpoint.onPost(fault);
      expect(await codeRejected(chainId())).to.equal(code);
      expect(endpoint.posts()).to.equal(posts);
      endpoint.heal();
      expect(await chainId()).to.equal('0x539');
    });

  it('more than 1 MiB is taken for logs and receipts only', async () => {
    endpoint.onPost((response) => {
      response.end(`{"jsonrpc":"2.0","id":1,"result":[${' '.repeat(1_500_000)}]}`);
      return true;
    });
    const ask = (method: string, ...params: Json[]) =>
      openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, clock }).call(method, params);
    expect(await codeRejected(ask('eth_getBlockByNumber', 'latest', false))).to.equal('ETH_TOO_LARGE');
    expect(await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x0' })).to.deep.equal([]);
    expect(await ask('eth_getBlockReceipts', '0x0')).to.deep.equal([]);
  });

  it('a failure that passes is not seen by the caller', async () => {
    for (const [, fault, , posts] of failures.filter(([, , , tries]) => tries > 1)) {
      endpoint.onPost(fault, posts - 1);
      expect(await chainId()).to.equal('0x539');
    }
  });

  it('waits longer from try to try, and as long as it is asked to', async () => {
    endpoint.onPost(status(503));
    await codeRejected(
      openRpc({ url: endpoint.url, attempts: 5, timeoutMs: TIMEOUT_MS, clock, random: () => 0 }).call('eth_chainId'),
    );
    expect(clock.pauses).to.deep.equal([100, 200, 400, 800]);
    clock.pauses.length = 0;
    endpoint.onPost(status(429, '', { 'retry-after': '3' }));
    await codeRejected(
      openRpc({ url: endpoint.url, attempts: 2, timeoutMs: TIMEOUT_MS, clock, random: () => 0 }).call('eth_chainId'),
    );
    expect(clock.pauses).to.deep.equal([3_000]);
    clock.pauses.length = 0;
    endpoint.onPost(status(429, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }));
    await codeRejected(
      openRpc({ url: endpoint.url, attempts: 2, timeoutMs: TIMEOUT_MS, clock, random: () => 0 }).call('eth_chainId'),
    );
    expect(clock.pauses, 'a date is not understood').to.deep.equal([100]);
  });

  it('an endpoint that hangs is given up after the deadline', async () => {
    endpoint.onPost(() => true);
    const hurried = openRpc({ url: endpoint.url, timeoutMs: SHORT_MS, clock: impatientClock(SHORT_MS) });
    expect(await codeRejected(hurried.call('eth_chainId'))).to.equal('ETH_TIMEOUT');
    expect(endpoint.posts()).to.equal(3);
  });

  it('an endpoint that trickles does not extend the deadline', async () => {
    let timer: NodeJS.Timeout | undefined;
    endpoint.onPost((response) => {
      response.writeHead(200);
      timer = setInterval(() => response.write(' '), 10);
      return true;
    });
    const hurried = openRpc({ url: endpoint.url, attempts: 1, timeoutMs: SHORT_MS, clock: impatientClock(SHORT_MS) });
    try {
      expect(await codeRejected(hurried.call('eth_chainId'))).to.equal('ETH_TIMEOUT');
    } finally {
      clearInterval(timer);
    }
  });

  it('nobody listening: ETH_UNREACHABLE', async () => {
    const { url } = endpoint;
    await endpoint.close();
    expect(await codeRejected(openRpc({ url, clock, timeoutMs: TIMEOUT_MS }).call('eth_chainId'))).to.equal('ETH_UNREACHABLE');
    expect(clock.pauses).to.have.length(2);
  });

  it('an answer is not asked for twice', async () => {
    endpoint.onCall('eth_chainId', () => {
      throw new RpcRefusal(3, 'execution reverted');
    });
    const error = await chainId().catch((thrown: unknown) => thrown);
    expect([isAnswer(error), isRetryable(error), isEthereumError(error, 'ETH_REVERTED'), isEthereumError(error)]).to.deep.equal([
      true,
      false,
      true,
      true,
    ]);
    expect(endpoint.posts()).to.equal(1);
    expect([isAnswer(new Error('x')), isRetryable(undefined), isEthereumError('x')]).to.deep.equal([false, false, false]);
  });

  it('of a batch only what failed is asked for again', async () => {
    endpoint.onCall('eth_chainId', () => Promise.reject(new RpcRefusal(-32603, 'internal error')), 2);
    const outcomes = await rpc.batch([HEAD, CHAIN_ID, HEAD]);
    expect(outcomes.map(({ ok }) => ok)).to.deep.equal([true, true, true]);
    expect(endpoint.calls).to.deep.equal([
      'eth_getBlockByNumber',
      'eth_chainId',
      'eth_getBlockByNumber',
      'eth_chainId',
      'eth_chainId',
    ]);
  });

  it('a batch that fails as a whole fails for each of its calls', async () => {
    endpoint.onPost(status(503));
    const outcomes = await rpc.batch([HEAD, CHAIN_ID]);
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).to.deep.equal([
      'ETH_HTTP_STATUS',
      'ETH_HTTP_STATUS',
    ]);
    expect(endpoint.posts()).to.equal(3);
  });

  const refusals: readonly (readonly [name: string, fault: PostFault])[] = [
    ['an error object', status(200, '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch not supported"}}')],
    ['an unknown error', status(200, '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}')],
    ['HTTP 405', status(405, 'no')],
  ];
  for (const [name, refuse] of refusals)
    it(`an endpoint that refuses batches with ${name} is asked one by one`, async () => {
      endpoint.onPost((response, text, body) => Array.isArray(body) && refuse(response, text, body));
      const calls = Array.from({ length: 20 }, () => CHAIN_ID);
      for (let i = 0; i < 2; i++) expect((await rpc.batch(calls)).map(unwrap)).to.deep.equal(calls.map(() => '0x539'));
      expect(endpoint.posts()).to.equal(1 + 20 + 20);
    });

  it('an endpoint whose refusal of batches was an accident is asked in batches again', async () => {
    let now = 0;
    const limited = openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, clock: { ...clock, now: () => now } });
    const internal = '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}';
    endpoint.onPost(status(200, internal), 1);
    const calls = Array.from({ length: 20 }, () => CHAIN_ID);
    expect((await limited.batch(calls)).map(unwrap)).to.have.length(20);
    expect(endpoint.posts()).to.equal(1 + 20);
    now += 60_000;
    expect((await limited.batch(calls)).map(unwrap)).to.have.length(20);
    expect(endpoint.posts()).to.equal(1 + 20 + 1);
  });

  it('a batch limited by rate is not taken for one refused', async () => {
    endpoint.onPost(status(200, '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"too many requests"}}'), 1);
    await rpc.batch([CHAIN_ID, HEAD]);
    expect(endpoint.posts()).to.equal(2);
  });

  it('calls that were given up before their turn leave the budget to others', async () => {
    const waits: number[] = [];
    const still: Clock = {
      now: () => 0,
      sleep: (ms, signal) => {
        if (ms !== TIMEOUT_MS) waits.push(ms);
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
      },
    };
    const limited = openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, requestsPerSecond: 10, clock: still });
    const ten = Array.from({ length: 10 }, () => CHAIN_ID);
    await limited.batch(ten);
    const reason = new Error('another endpoint was quicker');
    for (let i = 0; i < 5; i++) {
      const given = new AbortController();
      const waiting = limited.batch(ten, given.signal);
      given.abort(reason);
      expect(await codeRejected(waiting)).to.equal(reason);
    }
    expect(waits).to.deep.equal([1_000, 1_000, 1_000, 1_000, 1_000]);
    expect(endpoint.posts()).to.equal(1);
  });

  it('ends with the caller’s reason when it is aborted, before, during and between tries', async () => {
    const reason = new Error('enough');
    expect(await codeRejected(rpc.call('eth_chainId', [], AbortSignal.abort(reason)))).to.equal(reason);
    const during = new AbortController();
    endpoint.onPost(() => {
      during.abort(reason);
      return true;
    });
    expect(await codeRejected(rpc.call('eth_chainId', [], during.signal))).to.equal(reason);
    expect(endpoint.posts()).to.equal(1);
    endpoint.onPost(status(503));
    const between = new AbortController();
    const pausing = {
      ...clock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms !== TIMEOUT_MS) between.abort(reason);
        await clock.sleep(ms, signal);
      },
    };
    const slow = openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, clock: pausing });
    expect(await codeRejected(slow.batch([CHAIN_ID, HEAD], between.signal))).to.equal(reason);
    expect(endpoint.posts()).to.equal(2);
  });
});
