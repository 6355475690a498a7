// Whole nodes: embedded consensus, state on disk, witnesses over a real local Ethereum.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type EmbeddedConsensus, embeddedConsensus } from '../../relayer/node/consensus.ts';
import { loadConfig } from '../../relayer/node/load-config.ts';
import { type NodeDeps, type RunningNode, startNode } from '../../relayer/node/start-node.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { failure } from '../helpers/failure.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';

const PARAMS = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1000n, maxOrderBytes: 8192n };

describe('node', function () {
  this.timeout(120_000);
  let chain: StakingChain;
  let home: string;
  let lifecycle: Lifecycle;

  before(async () => {
    chain = await startStakingChain();
  });

  after(() => chain.close());

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-node-'));
    lifecycle = new Lifecycle();
    lifecycle.onClose('the home', () => rm(home, { recursive: true, force: true }));
    chain.reachable = true;
  });

  afterEach(() => lifecycle.close());

  function network(
    powers: readonly number[],
    chainId = 31337n,
  ): { set: readonly DevnetValidator[]; consensus: EmbeddedConsensus } {
    const set = devnetValidators(powers);
    const { contract: stakingContract, startBlock, startBlockHash } = chain;
    const genesis = devnetGenesis(
      set,
      { chainId, stakingContract, startBlock, startBlockHash },
      PARAMS,
      new Date(1_785_542_400_000),
    );
    const nodes = set.map(({ name, consensusSeed }) => ({
      name,
      privateKey: consensusSeed,
      home: join(home, name, 'blocks'),
      rpcPort: 0,
    }));
    const consensus = embeddedConsensus({ genesis, nodes, blockIntervalMs: 20 }, { clock: systemClock, log: silentLog });
    lifecycle.onClose('consensus', () => consensus.close());
    return { set, consensus };
  }

  async function start(
    validator: DevnetValidator,
    consensus: EmbeddedConsensus,
    changes: Partial<NodeDeps> = {},
    flags = {},
  ): Promise<RunningNode> {
    const config = await loadConfig({
      env: {},
      flags: {
        home: join(home, validator.name),
        name: validator.name,
        'ethereum.urls': chain.url,
        'ethereum.pollIntervalMs': 20,
        'witness.pollIntervalMs': 20,
        ...flags,
      },
    });
    const seat = consensus.seats.get(validator.name);
    if (seat === undefined) throw new Error(`${validator.name} has no seat`);
    const { witnessKey } = validator;
    const node = await startNode(config, { consensus: seat, log: silentLog, clock: systemClock, witnessKey, ...changes });
    lifecycle.onClose(validator.name, () => node.close());
    return node;
  }

  async function until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await systemClock.sleep(20);
    }
  }

  it('turns stakes into limits with three others, and goes on after a restart', async () => {
    const { set, consensus } = network([1, 1, 1, 1]);
    const nodes = await Promise.all(set.map((validator) => start(validator, consensus)));
    const [a, b] = [await chain.stake(1, 100n), await chain.stake(2, 300n)];
    const limitOf = async (node: RunningNode, staker: string) =>
      ((await node.client.query(`/limit/${staker}`)) as { orderLimit: number }).orderLimit;
    for (const node of nodes) {
      await until('the limits are adopted', async () => {
        await chain.mine(1);
        return (await limitOf(node, b)) === 750;
      });
      expect(await limitOf(node, a)).to.equal(250);
      expect(node.witness?.status()?.state).to.equal('working');
    }

    const [first] = set as [DevnetValidator];
    await nodes[0]?.close();
    await nodes[0]?.close();
    const again = await start(first, consensus);
    await until('the node has caught up', async () => (await limitOf(again, b)) === 750);
    const round = (await again.client.query('/round')) as { number: number };
    await until('another round is adopted', async () => {
      await chain.mine(1);
      return ((await again.client.query('/round')) as { number: number }).number > round.number;
    });
  });

  it('runs without Ethereum and votes as soon as it is there', async () => {
    const { set, consensus } = network([1]);
    chain.reachable = false;
    const node = await start(set[0] as DevnetValidator, consensus);
    const status = node.witness?.status();
    expect(status).to.deep.include({ state: 'silent', sent: 0, consensusAddress: set[0]?.consensusAddress });
    expect(status?.silence.map(({ code }) => code)).to.deep.equal(['ETHEREUM_UNREACHABLE']);
    expect(node.witness?.ethereum()).to.equal(undefined);
    await until('a block is made', async () => (await node.client.status()).height > 0);
    chain.reachable = true;
    await until('the first round is adopted', async () => {
      await chain.mine(1);
      return ((await node.client.query('/round')) as { number: number }).number > 0;
    });
    expect(node.witness?.status()?.state).to.equal('working');
    expect(node.witness?.ethereum()?.chainId).to.equal(31337n);
  });

  it('closes while it still tries to reach Ethereum', async () => {
    const { set, consensus } = network([1]);
    chain.reachable = false;
    const node = await start(set[0] as DevnetValidator, consensus);
    await node.close();
    expect(await failure(node.client.status())).to.have.property('code', 'PEG_CLIENT_CLOSED');
  });

  it('needs neither key nor Ethereum as a full node', async () => {
    const { set, consensus } = network([1]);
    const config = await loadConfig({ env: {}, flags: { home: join(home, 'full') } });
    const seat = consensus.seats.get(set[0]?.name ?? '');
    const node = await startNode(config, { consensus: seat as NodeDeps['consensus'], log: silentLog, clock: systemClock });
    lifecycle.onClose('node', () => node.close());
    expect([node.witness, node.httpUrl]).to.deep.equal([undefined, undefined]);
    expect(await node.client.query('/round')).to.deep.include({ number: 0 });
  });

  it('serves its HTTP interface where the config says, and closes it', async () => {
    const { set, consensus } = network([1]);
    const node = await start(set[0] as DevnetValidator, consensus, {}, { 'api.port': 0 });
    const status = await fetch(`${node.httpUrl}/status`);
    expect(await status.json()).to.deep.include({ network: 'peg-devnet', node: set[0]?.name });
    await node.close();
    expect(await failure(fetch(`${node.httpUrl}/status`))).to.be.instanceOf(TypeError);
  });

  it('holds clients of its HTTP interface to the limits of its config', async () => {
    const { set, consensus } = network([1]);
    const flags = { 'api.port': 0, 'api.requestsPerSecond': 1, 'api.trustedProxies': '127.0.0.1', 'api.bodyBytes': 1_024 };
    const { httpUrl } = await start(set[0] as DevnetValidator, consensus, {}, flags);
    const ask = (path: string, address: string, init: RequestInit = {}) =>
      fetch(`${httpUrl}${path}`, { ...init, headers: { 'content-type': 'application/json', 'x-forwarded-for': address } });
    await until('a second request of one client', async () => {
      const statuses = await Promise.all([1, 2].map(async () => (await ask('/healthz', '192.0.2.1')).status));
      return statuses.includes(429);
    });
    const large = { method: 'POST', body: JSON.stringify({ tx: `0x${'00'.repeat(1_024)}` }) };
    expect((await ask('/orders', '192.0.2.2', large)).status, 'another client').to.equal(413);
  });

  it('stops starting by the signal of its caller', async () => {
    const { set, consensus } = network([1]);
    const stop = new AbortController();
    const reason = new Error('enough');
    chain.reachable = false;
    const starting = failure(
      start(set[0] as DevnetValidator, consensus, { signal: stop.signal }, { 'ethereum.timeoutMs': 60_000 }),
    );
    await until('the node has its seat', async () => consensus.engine?.nodes[0]?.isRunning);
    stop.abort(reason);
    expect(await starting).to.equal(reason);
    const store = await openStore({ folder: join(home, set[0]?.name ?? '', 'state') });
    await store.close();
  });

  it('refuses to start against the wrong chain, and leaves nothing open', async () => {
    const { set, consensus } = network([1], 1n);
    const [validator] = set as [DevnetValidator];
    expect(await failure(start(validator, consensus))).to.have.property('code', 'ETH_WRONG_CHAIN');
    const store = await openStore({ folder: join(home, validator.name, 'state') });
    await store.close();
  });

  it('refuses a key without an endpoint, or with fewer than must agree, before it opens anything', async () => {
    const { set, consensus } = network([1]);
    for (const settings of [{ 'ethereum.urls': undefined }, { 'ethereum.agreement': 2 }]) {
      const error = await failure(start(set[0] as DevnetValidator, consensus, {}, settings));
      expect(error).to.have.property('code', 'CONFIG_INVALID');
    }
  });

  it('gives up with the engine when others do not join', async () => {
    const { set, consensus } = network([1, 1]);
    const [alice, bob] = set as [DevnetValidator, DevnetValidator];
    const waiting = failure(start(alice, consensus));
    await consensus.close();
    expect(await waiting).to.have.property('code', 'CONSENSUS_CLOSED');
    expect(await failure(start(bob, consensus))).to.have.property('code', 'CONSENSUS_CLOSED');
  });
});
