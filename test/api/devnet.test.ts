// The endpoints that act for the stakers of a devnet: absent elsewhere, for programs and pages of this machine only.

import { request } from 'node:http';
import { expect } from 'chai';
import { type DevnetPort, DevnetRefusal } from '../../relayer/api/devnet-port.ts';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { type Hex, hex } from '../../relayer/lib/bytes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { ask, postJson } from '../helpers/http-answer.ts';

const PATHS = ['/devnet', '/devnet/stake', '/devnet/order'];
const transaction: Hex = `0x${'12'.repeat(32)}`;

const devnet: DevnetPort = {
  stakers: [0, 1].map((index) => stakerWallet(index).address.toLowerCase() as Hex),
  async stake({ staker, action }) {
    if (action === 'remove') throw new DevnetRefusal('DEVNET_REFUSED', `staker ${staker} has nothing staked`);
    return { transaction, block: 7n };
  },
  sign: (staker, domain, order) => signTransaction(domain, order, hex(stakerWallet(staker).privateKey)),
};

describe('the interface of a devnet', () => {
  let node: ApiNode;
  before(async () => {
    node = await startApiNode({ periodLimit: 5n, stakes: [4n, 1n], api: { devnet } });
  });
  after(() => node?.close());

  /** Status of a request with headers that `fetch` sets itself. */
  const statusWith = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${node.url}/devnet`, { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });

  it('names the stakers, stakes, and says why it does not', async () => {
    expect((await ask(`${node.url}/devnet`)).body).to.deep.equal({ stakers: devnet.stakers });
    const stake = await postJson(`${node.url}/devnet/stake`, { staker: 0, action: 'stake', amount: '12' });
    expect([stake.status, stake.body]).to.deep.equal([200, { transaction, block: 7 }]);
    const removal = await postJson(`${node.url}/devnet/stake`, { staker: 0, action: 'remove', amount: '12' });
    expect([removal.status, removal.body.type]).to.deep.equal([409, 'urn:peg:devnet']);
    for (const amount of ['0', '-1', '1.5', '', 12])
      expect((await postJson(`${node.url}/devnet/stake`, { staker: 0, action: 'stake', amount })).status, `${amount}`).to.equal(
        400,
      );
  });

  it('signs orders that blocks accept, until the limit is used up', async () => {
    const order = (payload: string) => postJson(`${node.url}/devnet/order`, { staker: 1, payload });
    const first = await order('first');
    expect([first.status, first.body.poster]).to.deep.equal([202, devnet.stakers[1]]);
    await eventually('the order', async () => (await ask(`${node.url}/orders`)).body.orders.length === 1);
    const second = await order('second');
    expect([second.status, second.body.type]).to.deep.equal([429, 'urn:peg:refused:order_limit_used_up']);
  });

  it('does nothing for pages from elsewhere, nor under another name', async () => {
    const { host } = new URL(node.url);
    expect(await statusWith({ origin: node.url })).to.equal(200);
    expect(await statusWith({ origin: 'http://elsewhere.example' })).to.equal(403);
    expect(await statusWith({ origin: 'null' })).to.equal(403);
    expect(await statusWith({ origin: `https://elsewhere.example:${host.split(':')[1]}` })).to.equal(403);
    expect(await statusWith({ host: 'elsewhere.example' })).to.equal(403);
    expect(await statusWith({ host: '127.0.0.1.elsewhere.example' })).to.equal(403);
  });

  it('is not there on other nodes, nor in their documents', async () => {
    await node.restartApi({ devnet: undefined } as object);
    for (const path of PATHS) expect((await ask(`${node.url}${path}`)).status, path).to.equal(404);
    expect((await postJson(`${node.url}/devnet/stake`, {})).status).to.equal(404);
    const { body } = await ask(`${node.url}/openapi.json`);
    expect(Object.keys(body.paths as object).filter((path) => path.startsWith('/devnet'))).to.deep.equal([]);
  });
});
