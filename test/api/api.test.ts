// The interface of a node on a running devnet: every route, every kind of refusal, and what hostile clients get.

import { request } from 'node:http';
import { expect } from 'chai';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { type Bytes, hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { decodeLimit } from '../../relayer/peg/tables.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { eventually } from '../helpers/eventually.ts';
import { peg } from '../helpers/peg-process.ts';
import { type RunningDevnet, startRunningDevnet } from '../helpers/running-devnet.ts';

const poster = stakerWallet(0);
const address = poster.address.toLowerCase();

describe('the interface of a node', () => {
  let devnet: RunningDevnet;
  let domain: Domain;
  before(async function () {
    this.timeout(120_000);
    // A round that lasts as long as the test, and orders that are used up quickly.
    devnet = await startRunningDevnet('--period-length', '20', '--period-limit', '10');
    const answer = (await get('/domain')).body as { chainId: number; verifyingContract: `0x${string}`; salt: `0x${string}` };
    domain = { ...answer, chainId: BigInt(answer.chainId) };
  });
  after(() => devnet?.close());

  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${devnet.httpUrl}${path}`, init);
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : text, headers: response.headers };
  };

  const post = (body: unknown, type = 'application/json') =>
    get('/orders', {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const order = (payload: Bytes, round: number, key = poster.privateKey) =>
    to0x(signTransaction(domain, { type: 'order', round: BigInt(round), payload }, hex(key)));

  const currentRound = async () => ((await get('/round')).body as { number: number }).number;

  it('answers what the peg answers', async () => {
    for (const path of ['/state', '/round', '/events', '/votes', '/validators', '/params', '/posts', '/ethereum', '/domain']) {
      const { status, body } = await get(path);
      expect([status, typeof body], path).to.deep.equal([200, 'object']);
    }
    const { body } = await get('/status');
    expect(body).to.include({ network: 'peg-devnet', node: 'alice' });
    expect(body.alarms).to.deep.equal([]);
    expect((await get(`/balances/${address}`)).body).to.deep.equal({ address, balance: '451736' });
    expect((await get(`/limits/${address}`)).body).to.deep.include({ orderLimit: 4, streamLimit: 1 });
    const { ethereum } = body as { ethereum: { matureEthBlock: number } };
    expect((await get(`/final/${ethereum.matureEthBlock}`)).body).to.have.property('hash');
  });

  it('pages by key', async () => {
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await get(`/balances?limit=1${after}`);
      seen.push(...Object.keys(body.balances));
      if (body.next === null) break;
      after = `&after=${body.next}`;
    }
    expect(seen).to.deep.equal(Object.keys((await get('/state')).body.balances));
    expect(seen).to.have.length(3);
  });

  it('takes an order with 202, shows it, and refuses each wrong one with a problem of its own', async function () {
    this.timeout(120_000);
    const round = await currentRound();
    const first = await post({ tx: order(textBytes('first'), round) });
    expect([first.status, first.body.hash]).to.deep.equal([202, first.body.hash]);
    let listed: { poster: string }[] = [];
    while (listed.length === 0) listed = (await get('/orders')).body.orders;
    expect(listed[0]).to.include({ poster: address, type: 'order' });

    const stranger = `0x${'07'.repeat(32)}`;
    const wrong: readonly (readonly [unknown, number, string])[] = [
      [{ tx: order(textBytes('who'), round, stranger) }, 403, 'urn:peg:refused:order_unknown_poster'],
      [{ tx: order(textBytes('early'), round + 7) }, 409, 'urn:peg:refused:order_round'],
      [{ tx: order(new Uint8Array(8_193), round) }, 413, 'urn:peg:refused:order_too_large'],
      [{ tx: '0xc0' }, 400, 'urn:peg:refused:tx_malformed'],
      [{ tx: `0x${'00'.repeat(262_000)}` }, 400, 'urn:peg:refused:tx_malformed'],
      [{ tx: 'order' }, 400, 'urn:peg:request'],
      [{ tx: 5 }, 400, 'urn:peg:request'],
      [{}, 400, 'urn:peg:request'],
      [{ tx: '0xc0', more: 1 }, 400, 'urn:peg:request'],
    ];
    for (const [body, status, type] of wrong) {
      const answer = await post(body);
      expect([answer.status, answer.body.type], JSON.stringify(body).slice(0, 80)).to.deep.equal([status, type]);
      expect(answer.type).to.include('application/problem+json');
    }
    const statuses = new Set<number>();
    for (let i = 0; i < 6; i++) statuses.add((await post({ tx: order(textBytes(`more ${i}`), await currentRound()) })).status);
    expect([...statuses].every((status) => [202, 409, 429].includes(status))).to.equal(true);
  });

  it('refuses bodies that are too large, not JSON, of another type, and paths that are not there', async () => {
    expect((await post('{"tx":')).status).to.equal(400);
    expect((await post('tx=0x00', 'application/x-www-form-urlencoded')).status).to.equal(415);
    expect((await post(`{"tx":"0x${'0'.repeat(700_000)}"}`)).status).to.equal(413);
    expect((await get('/nothing')).status).to.equal(404);
    expect((await get('/balances/me')).body).to.include({ status: 400, type: 'urn:peg:request' });
    expect((await get('/round', { method: 'DELETE' })).status).to.equal(405);
    expect((await get('/final/999999')).body).to.include({ status: 404, codespace: 'query', code: 3 });
    expect((await get('/balances?limit=0')).status).to.equal(400);
    expect((await get('/balances?before=1')).status).to.equal(400);
    expect((await get('/../../package.json')).status).to.equal(404);
  });

  it('proves a limit against the header of the next block', async function () {
    this.timeout(60_000);
    const { body } = await get(`/proof/limit/${address}`);
    const rpc = async (path: string) =>
      (await (await fetch(`${devnet.rpcUrl}${path}`)).json()) as { result?: { header: { app_hash: string } } };
    let header: { app_hash: string } | undefined;
    while (header === undefined) header = (await rpc(`/header?height=${body.height + 1}`)).result?.header;
    const operators = body.proof.map((one: { type: string; key: string; data: string }) => ({
      type: one.type,
      key: hex(one.key),
      data: hex(one.data),
    }));
    const proved = verifyProof(operators, hex(header.app_hash), hex(body.key), hex(body.value));
    expect(proved).to.equal(true);
    expect(decodeLimit(hex(body.value))).to.deep.equal({ orderLimit: 4n, streamLimit: 1n });
    const more = Uint8Array.from(hex(body.value));
    more[more.length - 1] = 9;
    expect(verifyProof(operators, hex(header.app_hash), hex(body.key), more)).to.equal(false);
  });

  it('tells machines how it is', async () => {
    expect((await get('/healthz')).body).to.deep.equal({ status: 'alive' });
    expect((await get('/readyz')).body).to.deep.equal({ ready: true, reasons: [] });
    const { body, type } = await get('/metrics');
    expect(type).to.include('text/plain');
    for (const name of [
      'peg_height',
      'peg_ethereum_mature',
      'peg_round',
      'peg_breach 0',
      'peg_finality_latch 0',
      'peg_orders_accepted',
    ]) {
      expect(body).to.include(name);
    }
  });

  it('counts in its metrics what /posts adds up', async () => {
    await eventually('metrics and sums of one moment', async () => {
      const { posters, orderLimit, usage, orderCounter } = (await get('/posts')).body;
      const { body } = await get('/metrics');
      const counts = { orders_accepted: orderCounter, round_orders_used: usage.orders, round_orders_limit: orderLimit };
      const shown = Object.entries({ ...counts, round_posters: posters }).map(([name, value]) => `\npeg_${name} ${value}\n`);
      return orderCounter > 0 && shown.every((line) => (body as string).includes(line));
    });
  });

  it('survives a client that sends garbage instead of HTTP', async () => {
    await new Promise<void>((resolve) => {
      const socket = request(devnet.httpUrl, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
      socket.on('error', () => resolve());
      socket.on('response', (response) => response.resume().on('end', () => resolve()));
      socket.write('x'.repeat(1_000));
      setImmediate(() => socket.socket?.write('\0garbage\r\n\r\n'));
      setTimeout(() => socket.destroy(), 500);
    });
    expect((await get('/healthz')).status).to.equal(200);
  });

  it('serves the commands of the command line, and ends cleanly', async function () {
    this.timeout(120_000);
    const node = ['--node', devnet.rpcUrl];
    const api = ['--api', devnet.httpUrl];
    for (const command of ['status', 'state', 'events', 'validators', `limit ${address}`]) {
      const { code, stdout, stderr } = await peg([...command.split(' '), ...node, '--json']);
      expect(code, `${command}: ${stderr}`).to.equal(0);
      expect(JSON.parse(stdout), command).to.be.an('object');
    }
    const ethereum = ['--ethereum', devnet.ethereumUrl];
    const stake = await peg(['stake', '1000', '--staker', '1', ...node, ...ethereum, '--json']);
    expect(stake.code, stake.stderr).to.equal(0);
    expect(JSON.parse(stake.stdout)).to.include({ action: 'stake', amount: '1000' });
    const tooMuch = await peg(['unstake', '999999999', '--staker', '1', ...node, ...ethereum]);
    expect([tooMuch.code, tooMuch.stdout]).to.deep.equal([1, '']);
    const audit = await peg(['audit', ...node, ...ethereum]);
    expect(audit.code, audit.stderr).to.equal(0);
    expect(audit.stdout).to.match(/audited the ledger of peg height \d+ .* \d+ events/);
    const posted = await peg(['order', 'post', '-', '--staker', '2', ...api, '--json'], '{"side":"sell"}');
    expect(posted.code, posted.stderr).to.equal(0);
    const { id, height } = JSON.parse(posted.stdout);
    const followed = await peg(['orders', 'follow', '--from', `${height}`, '--count', '1', ...api, '--json']);
    expect(followed.code, followed.stderr).to.equal(0);
    expect(JSON.parse(followed.stdout)).to.deep.include({
      id,
      height,
      type: 'order',
      payload: to0x(textBytes('{"side":"sell"}')),
    });
    const refused = await peg(['order', 'post', '-', '--staker', '9', ...api], 'x');
    expect([refused.code, refused.stdout]).to.deep.equal([1, '']);
    expect(refused.stderr).to.include('has no limit in round');
    expect(await devnet.stop()).to.equal(0);
  });
});
