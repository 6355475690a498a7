// Several endpoints of one chain as one view: what they agree on is followed and served, whatever one of them does.

import { expect } from 'chai';
import { type OpenEthereum, openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { EndpointState } from '../../relayer/ethereum/pool-state.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { fold } from '../helpers/ethereum-bench.ts';
import { eventually } from '../helpers/eventually.ts';
import { CONTRACT, type FakeBlock, FakeEthereum, RpcRefusal } from '../helpers/fake-ethereum.ts';
import { type RecordingLog, recordingLog } from '../helpers/recording-log.ts';
import { type PostFault, type ScriptedEndpoint, scriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { add } from '../helpers/staking-history.ts';

const hangs: PostFault = () => true;
const slow: PostFault = async () => {
  await systemClock.sleep(40);
  return false;
};
const refuse = (code: number, message: string) => () => {
  throw new RpcRefusal(code, message);
};
const unavailable: PostFault = (response) => {
  response.writeHead(503).end();
  return true;
};

interface Pool {
  readonly chain: FakeEthereum;
  readonly endpoints: readonly ScriptedEndpoint[];
  readonly ethereum: OpenEthereum;
  readonly log: RecordingLog;
  states(): readonly EndpointState[];
  /** Waits until the view has this head. */
  follows(block: FakeBlock): Promise<unknown>;
}

describe('a pool of endpoints', () => {
  const opened: { close(): Promise<void> }[] = [];

  /** `chains`: what each endpoint serves; the first is the honest one that tests extend. */
  async function pool(
    chains: readonly FakeEthereum[],
    options: { readonly agreement?: number; readonly spoil?: (endpoints: readonly ScriptedEndpoint[]) => void } = {},
  ): Promise<Pool> {
    const { spoil, ...more } = options;
    const endpoints: ScriptedEndpoint[] = [];
    for (const chain of chains) {
      const endpoint = await scriptedEndpoint(chain);
      endpoints.push(endpoint);
      opened.push(endpoint);
    }
    spoil?.(endpoints);
    const log = recordingLog();
    const ethereum = await openEthereum(
      {
        url: endpoints.map(({ url }) => url),
        contract: CONTRACT,
        chainId: 1337n,
        fold,
        finalityThreshold: 6n,
        pollIntervalMs: 20,
        timeoutMs: 1_000,
        retryDelayMs: 10,
        ...more,
      },
      { log, clock: systemClock },
    );
    opened.push(ethereum);
    return {
      chain: chains[0] as FakeEthereum,
      endpoints,
      ethereum,
      log,
      states: () => ethereum.endpoints().map(({ state }) => state),
      follows: (block) => eventually(`head ${block.number}`, async () => ethereum.view.head()?.hash === block.hash),
    };
  }

  afterEach(async () => {
    for (const thing of opened.splice(0).reverse()) await thing.close();
  });

  const honest = async (count: number) => {
    const chain = await FakeEthereum.start(100);
    return Array.from({ length: count }, () => chain);
  };

  it('agrees on heads and blocks, and says how many agreed', async () => {
    const { chain, ethereum, follows, states } = await pool(await honest(3));
    const busy = await chain.add({ events: [add('A', 100n)] });
    const head = await chain.mine(8);
    await follows(head);
    const blocks = await ethereum.view.blocks(90n, 103n);
    expect(blocks.find(({ header }) => header.hash === busy.hash)?.after).to.deep.equal(busy.after);
    await eventually('three alive', async () => states().every((state) => state === 'alive'));
    expect((await ethereum.view.blocks(90n, 103n)).at(-1)?.agreement).to.deep.equal({ agreed: 3, asked: 3 });
    expect(await ethereum.view.commitment(head.hash)).to.deep.equal(head.after);
  });

  it('counts what an endpoint did wrong, by what it was', async () => {
    const { chain, ethereum, endpoints, follows } = await pool(await honest(3));
    await eventually('three alive', async () => ethereum.endpoints().every(({ state }) => state === 'alive'));
    const [liar, ...others] = endpoints as [ScriptedEndpoint, ScriptedEndpoint, ScriptedEndpoint];
    liar.onCall('eth_getLogs', () => []);
    liar.onCall('eth_getBlockReceipts', () => []);
    for (const { onPost } of others)
      onPost(async () => {
        await systemClock.sleep(40);
        return false;
      });
    await eventually('the liar to be asked', async () => {
      const { number } = await chain.add({ events: [add('A', 1n)] });
      await follows(await chain.mine(7));
      expect((await ethereum.view.blocks(number, number))[0]?.logs).to.have.length(1);
      return ethereum.endpoints()[0]?.faults.ETH_RECEIPTS_ROOT !== undefined;
    });
    liar.onPost(unavailable);
    await eventually('it to fail', async () => (ethereum.endpoints()[0]?.faults.ETH_HTTP_STATUS ?? 0) > 0);
    expect(ethereum.endpoints().map(({ faults }) => Object.keys(faults))).to.deep.equal([
      ['ETH_RECEIPTS_ROOT', 'ETH_HTTP_STATUS'],
      [],
      [],
    ]);
  });

  for (const [what, fault] of [
    ['hangs', hangs],
    ['is unavailable', unavailable],
  ] as const)
    it(`goes on when one of three ${what}, and takes it back when that ends`, async () => {
      const { chain, ethereum, endpoints, follows, states } = await pool(await honest(3));
      for (const endpoint of endpoints) {
        endpoint.onPost(fault);
        await chain.add({ events: [add('A', 1n)] });
        await follows(await chain.mine(7));
        const { number } = chain.head;
        expect((await ethereum.view.blocks(number - 10n, number - 6n)).some(({ logs }) => logs.length > 0)).to.equal(true);
        expect((await ethereum.view.blocks(1n, 20n)).length).to.equal(20);
        await eventually('one failing', async () => states().includes('failing'));
        endpoint.heal();
        await eventually('all alive', async () => states().every((state) => state === 'alive'));
      }
    });

  it('does not take blocks of long ago from one that has others there, although it is the quickest', async () => {
    const chain = await FakeEthereum.start(200);
    const other = await forked(chain, 20n, 100);
    const { ethereum, endpoints } = await pool([chain, chain, chain]);
    const [first, liar, third] = endpoints as [ScriptedEndpoint, ScriptedEndpoint, ScriptedEndpoint];
    liar.onCall('eth_getBlockByNumber', (honest, [tag]) => {
      const block = /^0x/.test(String(tag)) ? other.at(BigInt(tag as string)) : undefined;
      return block === undefined || block.number > 110n ? honest() : block.json;
    });
    first.onPost(slow);
    third.onPost(slow);
    await eventually('the liar to be asked', async () => {
      for (const { header } of await ethereum.view.blocks(60n, 100n)) expect(header.hash).to.equal(chain.at(header.number)?.hash);
      return (ethereum.endpoints()[1]?.disagreements ?? 0) > 0;
    });
  });

  for (const [how, unproved] of [
    ['one of the others proves them', [0, 1]],
    ['two others say the same', [0, 1, 2]],
  ] as const)
    it(`takes the contract’s values where ${how}, although the quickest says others`, async () => {
      const { chain, ethereum, endpoints, states, follows } = await pool(await honest(3));
      await eventually('three alive', async () => states().every((state) => state === 'alive'));
      const [liar, ...others] = endpoints as [ScriptedEndpoint, ScriptedEndpoint, ScriptedEndpoint];
      for (const { onPost } of others) onPost(slow);
      for (const i of unproved) endpoints[i]?.onCall('eth_getProof', refuse(-32601, 'no such method'));
      liar.onCall('eth_call', () => `0x${'7'.padStart(64, '0')}`);
      for (let asked = 0; asked < 5; asked = liar.calls.filter((method) => method === 'eth_call').length) {
        const head = await chain.add({ events: [add('A', 1n)] });
        await follows(head);
        expect(await ethereum.view.commitment(head.hash)).to.deep.equal(head.after);
      }
    });

  it('has no values of the contract that nobody proves and too few say', async () => {
    const { chain, ethereum, endpoints, states } = await pool(await honest(2));
    await eventually('two alive', async () => states().every((state) => state === 'alive'));
    for (const endpoint of endpoints) endpoint.onCall('eth_getProof', refuse(-32601, 'no such method'));
    const { hash } = chain.at(90n) as FakeBlock;
    endpoints[1]?.onCall('eth_call', refuse(-32000, 'internal error'));
    expect(await codeRejected(ethereum.view.commitment(hash))).to.be.oneOf(['ETH_TOO_FEW_ENDPOINTS', 'ETH_ENDPOINT_FAILED']);
    endpoints[1]?.onCall('eth_call', () => `0x${'7'.padStart(64, '0')}`);
    expect(await codeRejected(ethereum.view.commitment(hash))).to.equal('ETH_DISAGREEMENT');
  });

  it('does not take the word of two of six that there is no answer', async () => {
    const { chain, ethereum, endpoints, states, follows } = await pool(await honest(6));
    await eventually('six alive', async () => states().every((state) => state === 'alive'));
    const liars = endpoints.slice(0, 2);
    for (const liar of liars)
      for (const method of ['eth_getLogs', 'eth_getBlockReceipts', 'eth_getBlockByHash'])
        liar.onCall(method, refuse(-32601, 'no such method'));
    for (const { onPost } of endpoints.slice(2)) onPost(slow);
    for (
      let asked = 0;
      asked < 3;
      asked = Math.min(...liars.map(({ calls }) => calls.filter((m) => m === 'eth_getLogs').length))
    ) {
      const { number } = await chain.add({ events: [add('A', 1n)] });
      await follows(await chain.mine(7));
      expect((await ethereum.view.blocks(number, number))[0]?.logs).to.have.length(1);
    }
  });

  it('names endpoints of one host apart, without their paths', async () => {
    const chain = await FakeEthereum.start(20);
    const endpoint = await scriptedEndpoint(chain);
    opened.push(endpoint);
    const options = { contract: CONTRACT, fold, finalityThreshold: 6n };
    const url = ['/key-1', '/key-2', '/key-3'].map((path) => `${endpoint.url}${path}`);
    const ethereum = await openEthereum({ ...options, url }, { log: recordingLog(), clock: systemClock });
    opened.push(ethereum);
    const names = ethereum.endpoints().map((status) => status.endpoint);
    expect(names).to.deep.equal([endpoint.url, `${endpoint.url} #2`, `${endpoint.url} #3`]);
  });

  it('keeps to its budget', async () => {
    const chain = await FakeEthereum.start(200);
    const endpoint = await scriptedEndpoint(chain);
    opened.push(endpoint);
    const budget = { contract: CONTRACT, fold, finalityThreshold: 6n, pollIntervalMs: 60_000, requestsPerSecond: 100 };
    const begun = performance.now();
    const ethereum = await openEthereum({ url: endpoint.url, ...budget }, { log: recordingLog(), clock: systemClock });
    opened.push(ethereum);
    await ethereum.view.blocks(1n, 190n);
    const seconds = (performance.now() - begun) / 1000;
    expect(endpoint.calls.length).to.be.greaterThan(200);
    // A promise to the endpoint, however slow the machine is; timers end up to a millisecond early at each of the pauses.
    expect(endpoint.calls.length).to.be.at.most(100 + 100 * seconds + 5);
  });

  it('follows nothing while two of three fail, and says why', async () => {
    const { chain, ethereum, endpoints, states, follows } = await pool(await honest(3));
    const before = ethereum.view.head();
    for (const endpoint of endpoints.slice(1)) endpoint.onPost(unavailable);
    await eventually('two failing', async () => states().filter((state) => state === 'failing').length === 2);
    await chain.mine(5);
    await eventually('the first to follow', async () => ethereum.status().head?.number === chain.head.number);
    expect(ethereum.view.head()).to.deep.equal(before);
    expect(ethereum.view.trouble?.()?.code).to.equal('ETH_TOO_FEW_ENDPOINTS');
    expect(await codeRejected(ethereum.view.blocks(1n, 10n))).to.equal('ETH_TOO_FEW_ENDPOINTS');
    for (const endpoint of endpoints) endpoint.heal();
    await follows(chain.head);
    expect(ethereum.view.trouble?.()).to.equal(undefined);
  });

  it('outvotes one of three that is on another fork, however long that is', async () => {
    const chain = await FakeEthereum.start(100);
    const other = await forked(chain, 80n, 60);
    const { ethereum, states, follows } = await pool([chain, other, chain]);
    await follows(await chain.mine(3));
    await eventually('the fork to be followed', async () => states()[1] !== 'alive' || ethereum.endpoints()[1]?.lag === 0);
    expect(ethereum.view.head()?.hash).to.equal(chain.head.hash);
    for (const block of await ethereum.view.blocks(75n, 97n))
      expect(block.header.hash).to.equal(chain.at(block.header.number)?.hash);
    expect((await ethereum.view.header(90n)).hash).to.equal(chain.at(90n)?.hash);
  });

  it('notes who contradicts the others on a buried block', async () => {
    const chain = await FakeEthereum.start(100);
    const { ethereum, states, follows, log } = await pool([chain, await forked(chain, 80n, 22), chain]);
    await follows(await chain.mine(2));
    await eventually('the second to be outvoted', async () => states()[1] === 'dissenting');
    expect(ethereum.endpoints()[1]?.disagreements).to.equal(1);
    expect(ethereum.view.trouble?.()).to.equal(undefined);
    expect(log.saying('an endpoint contradicted the others')).to.have.length(1);
  });

  it('follows nothing when two endpoints contradict each other, or one of three when all have to agree', async () => {
    for (const [chains, agreement] of [
      [2, undefined],
      [3, 3],
    ] as const) {
      const chain = await FakeEthereum.start(100);
      const other = await forked(chain, 80n, 22);
      const { ethereum, log } = await pool(chains === 2 ? [chain, other] : [chain, chain, other], agreement ? { agreement } : {});
      await eventually('a disagreement', async () => ethereum.view.trouble?.()?.code === 'ETH_DISAGREEMENT');
      expect(ethereum.view.head()).to.equal(undefined);
      expect(log.saying('the endpoints contradicted each other').length).to.be.at.least(1);
    }
  });

  it('is not led on by one that invents blocks on top of the chain', async () => {
    const chain = await FakeEthereum.start(100);
    const { ethereum, follows } = await pool([chain, await forked(chain, 100n, 5), chain]);
    await eventually('the inventor to be heard', async () => ethereum.endpoints()[1]?.head?.number === 105n);
    expect(ethereum.view.head()?.number).to.equal(100n);
    await follows(await chain.mine(1));
    expect(await codeRejected(ethereum.view.blocks(100n, 104n))).to.equal('ETH_BLOCK_UNKNOWN');
  });

  it('is not held up by one that lags', async () => {
    const chain = await FakeEthereum.start(100);
    const late = await forked(chain, 90n, 0);
    const { ethereum, states, follows } = await pool([chain, late, chain]);
    await follows(await chain.mine(3));
    await eventually('one lagging', async () => states()[1] === 'lagging');
    expect(ethereum.endpoints()[1]?.lag).to.equal(13);
    expect((await ethereum.view.blocks(60n, 97n)).length).to.equal(38);
  });

  it('leaves out one of another chain, or with another genesis', async () => {
    const chain = await FakeEthereum.start(100);
    const { follows, states } = await pool([chain, await FakeEthereum.start(100, 5n), chain]);
    await follows(await chain.mine(1));
    await eventually('the wrong chain to be seen', async () => states()[1] === 'wrong-chain');
  });

  it('opens with one that is down or hangs, and is refused only by all', async () => {
    for (const fault of [hangs, unavailable]) {
      const { follows, chain } = await pool(await honest(3), { spoil: ([first]) => first?.onPost(fault) });
      await follows(chain.head);
    }
    const none = pool(await honest(3), { spoil: (all) => all.forEach((endpoint) => void endpoint.onPost(unavailable)) });
    expect(await codeRejected(none)).to.equal('ETH_HTTP_STATUS');
    const strangers = [await FakeEthereum.start(9, 5n), await FakeEthereum.start(9, 6n)];
    expect(await codeRejected(pool(strangers))).to.equal('ETH_WRONG_CHAIN');
  });
});

/** The same chain up to `at`, then `count` blocks of its own. */
async function forked(chain: FakeEthereum, at: bigint, count: number): Promise<FakeEthereum> {
  const other = chain.fork(chain.at(at) as FakeBlock);
  await other.mine(count, { salt: 'other' });
  return other;
}
