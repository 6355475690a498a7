// The state over HTTP: every route, pages, older heights, conditional requests.

import { expect } from 'chai';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { ask } from '../helpers/http-answer.ts';

const STAKERS = 25;

describe('the state over HTTP', () => {
  let node: ApiNode;
  before(async () => {
    node = await startApiNode({ stakes: Array.from({ length: STAKERS }, (_, i) => BigInt(i + 1)), keepVersions: 24 });
  });
  after(() => node?.close());

  it('answers what the peg answers, at the height it says', async () => {
    await node.quiet();
    for (const path of ['/state', '/round', '/events', '/votes', '/validators', '/params', '/posts', '/ethereum', '/domain']) {
      const { status, body, headers } = await ask(node.url + path);
      expect(status, path).to.equal(200);
      const height = Number(headers.get('peg-height'));
      const { value } = await node.client.queryAt(path, { height });
      expect(body, path).to.deep.equal(JSON.parse(new TextDecoder().decode(value)));
    }
    const address = node.wallet(4).address;
    expect((await ask(`${node.url}/balances/${address}`)).body).to.deep.equal({ address: address.toLowerCase(), balance: '5' });
    expect((await ask(`${node.url}/limits/${address.toLowerCase()}`)).body).to.deep.include({ orderLimit: 15, streamLimit: 1 });
    const stranger = `0x${'99'.repeat(20)}`;
    expect((await ask(`${node.url}/balances/${stranger}`)).body).to.deep.equal({ address: stranger, balance: '0' });
  });

  for (const part of ['balances', 'limits'] as const) {
    it(`gives /${part} in pages: each entry once, in order, none missing`, async () => {
      const whole = (await ask(`${node.url}/state`)).body[part] as Record<string, unknown>;
      for (const limit of [1, 7, STAKERS, 1_000]) {
        const seen: string[] = [];
        let pages = 0;
        for (let after = ''; ; ) {
          const { body } = await ask(`${node.url}/${part}?limit=${limit}${after}`);
          seen.push(...Object.keys(body[part]));
          pages++;
          if (body.next === null) break;
          expect(body.next).to.equal(seen.at(-1));
          after = `&after=${body.next}`;
        }
        expect(seen, `pages of ${limit}`).to.deep.equal(Object.keys(whole));
        expect(pages).to.equal(Math.ceil(STAKERS / limit));
      }
    });
  }

  it('answers 304 while the app hash stays, and anew when it changed', async () => {
    const paths = ['/state', '/round', '/balances', '/limits?limit=3', `/balances/${node.wallet(0).address}`, '/validators'];
    const tags = new Map<string, string>();
    await node.quiet();
    for (const path of paths) {
      const first = await ask(node.url + path);
      const tag = first.headers.get('etag') ?? '';
      tags.set(path, tag);
      expect(tag, path).to.match(/^"[0-9a-f-]+"$/);
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await ask(node.url + path, { headers: { 'if-none-match': known } });
        expect([again.status, again.text, again.headers.get('etag')], `${path} ${known}`).to.deep.equal([304, '', tag]);
      }
      expect((await ask(node.url + path, { headers: { 'if-none-match': '"other"' } })).status).to.equal(200);
    }
    await node.nextRound();
    for (const path of paths) {
      const anew = await ask(node.url + path, { headers: { 'if-none-match': tags.get(path) ?? '' } });
      expect(anew.status, path).to.equal(200);
      expect(anew.headers.get('etag')).not.to.equal(tags.get(path));
    }
  });

  it('answers for an older height while the state is kept, and says when it is not', async () => {
    const before = (await ask(`${node.url}/round`)).body.number as number;
    const height = await node.tip();
    await node.nextRound();
    const older = await ask(`${node.url}/round?height=${height}`);
    expect([older.status, older.body.number, older.headers.get('peg-height')]).to.deep.equal([200, before, `${height}`]);
    const tagged = await ask(`${node.url}/round?height=${height}`, {
      headers: { 'if-none-match': older.headers.get('etag') ?? '' },
    });
    expect(tagged.status).to.equal(304);
    while ((await ask(`${node.url}/round?height=1`)).status === 200) await node.nextRound();
    for (const gone of [1, 1_000_000]) {
      const { status, body, type } = await ask(`${node.url}/state?height=${gone}`);
      expect([status, body.codespace, body.code]).to.deep.equal([404, 'query', 4]);
      expect(type).to.include('application/problem+json');
    }
  });

  it('tells final blocks', async () => {
    const { body } = await ask(`${node.url}/ethereum`);
    expect((await ask(`${node.url}/final/${body.matureEthBlock}`)).body).to.deep.equal({
      height: body.matureEthBlock,
      hash: body.matureBlockHash,
    });
    expect((await ask(`${node.url}/final/99999`)).body).to.include({ status: 404, codespace: 'query', code: 3 });
  });

  it('refuses parameters that are not what they must be, each with a problem that names it', async () => {
    const wrong = [
      ['/balances?limit=0', 'limit'],
      ['/balances?limit=1001', 'limit'],
      ['/balances?limit=1e2', 'limit'],
      ['/balances?after=me', 'after'],
      ['/balances?before=1', 'Unrecognized key'],
      ['/balances/me', 'address'],
      ['/limits/0x00', 'address'],
      ['/round?height=0', 'height'],
      ['/round?height=-1', 'height'],
      ['/round?height=9007199254740993', 'height'],
      ['/round?height=1&height=2', 'height'],
      ['/final/latest', 'height'],
    ] as const;
    for (const [path, name] of wrong) {
      const { status, body, type } = await ask(node.url + path);
      expect([status, body.type, body.status], path).to.deep.equal([400, 'urn:peg:request', 400]);
      expect(body.detail, path).to.include(name);
      expect(type).to.include('application/problem+json');
    }
  });

  it('says which methods and paths there are not', async () => {
    const put = await ask(`${node.url}/round`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET']);
    expect((await ask(`${node.url}/orders`, { method: 'DELETE' })).headers.get('allow')).to.equal('GET, POST');
    for (const path of ['/nothing', '/%ff', '/balances/a/b', `/${'x'.repeat(5_000)}`]) {
      const { status, type, body } = await ask(node.url + path);
      expect(status, path).to.be.oneOf([400, 404, 414]);
      expect(type).to.include('application/problem+json');
      expect(body.status).to.equal(status);
    }
    const head = await fetch(`${node.url}/round`, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
  });

  it('says whether it is fit to serve, and to whom it belongs', async () => {
    expect((await ask(`${node.url}/healthz`)).body).to.deep.equal({ status: 'alive' });
    expect((await ask(`${node.url}/readyz`)).body).to.deep.equal({ ready: true, reasons: [] });
    const { headers } = await ask(`${node.url}/status`, { headers: { origin: 'http://elsewhere.example' } });
    expect(headers.get('access-control-allow-origin')).to.equal(null);
    expect(headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('is not ready, and says why, when the node behind it is gone', async () => {
    const lonely = await startApiNode();
    try {
      lonely.client.close();
      const { status, body } = await eventually('the node is gone', () => ask(`${lonely.url}/readyz`));
      expect([status, body.ready]).to.deep.equal([503, false]);
      expect(body.reasons).to.have.length(1);
      const round = await ask(`${lonely.url}/round`);
      expect([round.status, round.body.type]).to.deep.equal([503, 'urn:peg:peg_client_closed']);
    } finally {
      await lonely.close();
    }
  });
});
