// Engines that are stopped and started again over the same folders.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { newValidatorSet } from '../../relayer/engine/chain/validator-set.ts';
import { startEngine } from '../../relayer/engine/engine.ts';
import type { EngineNode } from '../../relayer/engine/engine-options.ts';
import { openLevelKeyValue } from '../../relayer/engine/replica/level-key-value.ts';
import { BLOCKS_FOLDER } from '../../relayer/engine/replicas.ts';
import { type Clock, systemClock, VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { testGenesis, testValidators } from '../helpers/engine-genesis.ts';
import { type KvDisk, KvStoreApplication, newDisk } from '../helpers/kvstore-application.ts';
import type { Json } from '../helpers/light-client.ts';
import { TestNetwork } from '../helpers/test-network.ts';

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof CodedError ? error.code : error),
  );

describe('engine: homes', () => {
  let folder: string;
  let homes: string[];
  let disks: KvDisk[];
  let network: TestNetwork | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-'));
    homes = [0, 1, 2, 3].map((index) => join(folder, `n${index}`));
    disks = homes.map(newDisk);
  });
  afterEach(async () => {
    await network?.close();
    network = undefined;
    await rm(folder, { recursive: true });
  });

  it('go on where they were, with everything still to be found', async () => {
    network = await TestNetwork.start({ homes, disks });
    await network.submit(0, 'a=1');
    for (let i = 0; i < 3; i++) await network.engine.step();
    const ask = async (): Promise<Json> => ({
      block: await network?.node(2).rpc.call('block', { height: '2' }),
      results: await network?.node(2).rpc.call('block_results', { height: '1' }),
      search: await network?.node(2).rpc.call('tx_search', { query: "app.key='a'", prove: true }),
      validators: await network?.node(2).rpc.call('validators', { height: '4' }),
    });
    const before = await ask();
    await network.close();
    network = await TestNetwork.start({ homes, disks });
    expect(network.height()).to.equal(3n);
    expect(await ask()).to.deep.equal(before);
    expect(before.search.total_count).to.equal('1');
    expect(await network.engine.step()).to.equal(4n);
    expect(((await network.node(0).rpc.call('block', { height: '4' })) as Json).block.last_commit.signatures).to.have.length(4);
  });

  for (const moment of ['precommit', 'save-block', 'finalize-block', 'commit', 'save-state'] as const)
    it(`go on after a crash of everything before ${moment}, without signing anything twice`, async () => {
      network = await TestNetwork.start({ homes, disks });
      await network.engine.step();
      await network.submit(0, 'a=1');
      // One of four signs and goes on to save; the others do not get that far.
      for (const index of [0, 1, 2, 3]) network.crash(index, moment, 2n);
      await network.engine.step();
      await network.close();
      network = await TestNetwork.start({ homes, disks });
      expect(network.height()).to.be.within(1n as never, 2n as never);
      while (network.height() < 3n) await network.engine.step();
      for (const disk of disks) expect(disk.height).to.equal(3n);
      const blocks = await Promise.all(network.engine.nodes.map((node) => node.rpc.call('block', { height: '2' })));
      expect(new Set(blocks.map((block) => JSON.stringify(block))).size).to.equal(1);
    });

  it('let the rounds catch up with a validator that signed in a later one before', async () => {
    const powers = [1, 1, 1, 2];
    network = await TestNetwork.start({ homes, disks, powers, down: [3] });
    for (let i = 0; i < 5; i++) expect(await network.engine.step()).to.equal(undefined);
    for (const index of [0, 1, 2]) network.crash(index, 'precommit', 1n);
    await network.restart(3);
    expect(await network.engine.step()).to.equal(undefined);
    await network.close();
    network = await TestNetwork.start({ homes, disks, powers, down: [3] });
    expect(await network.engine.step()).to.equal(undefined);
    await network.restart(3);
    expect(await network.engine.step()).to.equal(1n);
    expect(await network.engine.step()).to.equal(2n);
    const { block } = (await network.node(0).rpc.call('block', { height: '2' })) as Json;
    expect(block.last_commit.round).to.be.at.least(5);
  });

  it('agree on one block after two crashes in one round, of which one validator saw only the first', async () => {
    const { proposer } = newValidatorSet(
      testValidators([1, 1, 1, 1]).map(({ key }) => ({ publicKey: key.publicKey, power: 1n })),
    );
    const names = testValidators([1, 1, 1, 1]).map(({ key }) => key.addressHex);
    const [first, second, third] = [0, 1, 2, 3].filter((index) => names[index] !== proposer.addressHex) as [
      number,
      number,
      number,
    ];
    network = await TestNetwork.start({ homes, disks });
    await network.submit(0, 'a=1');
    // It alone signs this block before everything crashes…
    for (const index of [0, 1, 2, 3]) if (index !== first) network.crash(index, 'precommit', 1n);
    expect(await network.engine.step()).to.equal(undefined);
    await network.close();
    // … and the others another one, because nobody who is up knows of the first.
    network = await TestNetwork.start({ homes, disks, down: [first] });
    await network.submit(second, 'b=2');
    network.crash(third, 'precommit', 1n);
    expect(await network.engine.step()).to.equal(undefined);
    await network.close();
    network = await TestNetwork.start({ homes, disks });
    expect(await network.engine.step()).to.equal(1n);
    expect(await network.engine.step()).to.equal(2n);
  });

  it('belong to one chain, and are refused when they are damaged or in use', async () => {
    network = await TestNetwork.start({ homes, disks });
    await network.engine.step();
    expect(await codeOf(TestNetwork.start({ homes, disks }))).to.equal('ENGINE_STORE_INVALID');
    await network.close();
    const other = testGenesis(testValidators([1, 1, 1, 1]), { chain_id: 'another' });
    expect(await codeOf(TestNetwork.start({ homes, disks, genesis: other }))).to.equal('ENGINE_STORE_INVALID');
    await writeFile(join(homes[0] as string, BLOCKS_FOLDER, 'CURRENT'), 'rubbish');
    expect(await codeOf(TestNetwork.start({ homes, disks }))).to.equal('ENGINE_STORE_INVALID');
  });

  for (const [what, kind, height] of [
    ['the chain state', 1, undefined],
    ['a block that is needed', 16, 2n],
  ] as const)
    it(`without ${what} are refused`, async () => {
      network = await TestNetwork.start({ homes, disks });
      for (let i = 0; i < 3; i++) await network.engine.step();
      await network.close();
      const db = await openLevelKeyValue(join(homes[1] as string, BLOCKS_FOLDER));
      const key = height === undefined ? Uint8Array.of(kind) : Uint8Array.from([kind, 0, 0, 0, 0, 0, 0, 0, Number(height)]);
      await db.write([[key, height === undefined ? Uint8Array.of(1, 2, 3) : undefined]]);
      await db.close();
      Object.assign(disks[1] as KvDisk, newDisk());
      expect(await codeOf(TestNetwork.start({ homes, disks }))).to.equal('ENGINE_STORE_INVALID');
    });

  it('without the saved answer that would have told what was committed are refused', async () => {
    network = await TestNetwork.start({ homes, disks });
    await network.engine.step();
    network.crash(1, 'save-state', 2n);
    await network.engine.step();
    await network.close();
    const db = await openLevelKeyValue(join(homes[1] as string, BLOCKS_FOLDER));
    await db.write([[Uint8Array.from([18, 0, 0, 0, 0, 0, 0, 0, 2]), undefined]]);
    await db.close();
    expect(await codeOf(TestNetwork.start({ homes, disks }))).to.equal('ENGINE_STORE_INVALID');
  });

  it('are pruned as the application allows, and still serve what is kept', async () => {
    network = await TestNetwork.start({
      homes,
      disks,
      application: () => ({ retainHeight: (height) => (height > 5n ? height - 2n : 0n) }),
    });
    for (let i = 0; i < 8; i++) await network.engine.step();
    const { sync_info } = (await network.node(0).rpc.call('status')) as Json;
    expect([sync_info.earliest_block_height, sync_info.latest_block_height]).to.deep.equal(['6', '8']);
    const error = await network
      .node(0)
      .rpc.call('block', { height: '5' })
      .catch((reason: Error) => reason.message);
    expect(error).to.equal('height 5 is not available, lowest height is 6');
    await network.node(1).stop();
    await network.restart(1);
    expect(await network.engine.step()).to.equal(9n);
  });
});

describe('engine: options', () => {
  const validators = testValidators([1, 1]);
  const genesis = testGenesis(validators);
  const context = { clock: new VirtualClock(1.8e12), log: silentLog };
  const node = (index: number, changes: object = {}) => ({
    name: `n${index}`,
    privateKey: validators[index]?.seed as Uint8Array,
    application: new KvStoreApplication(),
    ...changes,
  });

  for (const [what, nodes] of [
    ['no node', []],
    ['two of one name', [node(0), node(1, { name: 'n0' })]],
    ['two with one key', [node(0), node(1, { privateKey: validators[0]?.seed })]],
    ['two in one home', [node(0, { home: '/nowhere' }), node(1, { home: '/nowhere' })]],
    ['a key that is none', [node(0, { privateKey: new Uint8Array(3) })]],
  ] as const)
    it(`with ${what} are refused`, async () => {
      expect(await codeOf(startEngine({ genesis, nodes }, context))).to.equal('ENGINE_OPTIONS_INVALID');
    });

  describe('with a port in use', () => {
    let squatter: Server;
    let port: number;
    beforeEach(async () => {
      squatter = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => squatter.once('listening', resolve));
      ({ port } = squatter.address() as AddressInfo);
    });
    afterEach(() => squatter.close());

    it('are refused by its number, and everything is closed again', async () => {
      let waiting = 0;
      const clock: Clock = {
        now: () => 1.8e12,
        sleep: (ms, signal) => {
          waiting += 1;
          return systemClock.sleep(ms, signal).finally(() => {
            waiting -= 1;
          });
        },
      };
      const nodes = [node(0, { rpcPort: 0 }), node(1, { rpcPort: port })];
      const error = await startEngine({ genesis, nodes }, { clock, log: silentLog }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(CodedError).and.include({ code: 'ENGINE_PORT_IN_USE' });
      expect((error as CodedError).message).to.contain(String(port));
      await new Promise(setImmediate);
      expect(waiting).to.equal(0);
    });

    it('come back once it is free', async () => {
      const engine = await startEngine({ genesis, drive: 'step', nodes: [node(0, { rpcPort: 0 }), node(1)] }, context);
      try {
        const first = engine.nodes[0] as EngineNode;
        await first.stop();
        squatter.close();
        squatter = createServer().listen(Number(new URL(first.rpcUrl as string).port), '127.0.0.1');
        await new Promise((resolve) => squatter.once('listening', resolve));
        expect(await codeOf(first.restart(new KvStoreApplication()))).to.equal('ENGINE_PORT_IN_USE');
        await new Promise((resolve) => squatter.close(resolve));
        await first.restart(new KvStoreApplication());
        expect((await fetch(`${first.rpcUrl}/health`)).status).to.equal(200);
      } finally {
        await engine.close();
      }
    });
  });

  it('say that blocks follow the clock when a step is asked for', async () => {
    const engine = await startEngine({ genesis, nodes: [node(0), node(1)] }, { clock: systemClock, log: silentLog });
    expect(await codeOf(engine.step())).to.equal('ENGINE_NOT_STEPPED');
    await engine.close();
    await engine.close();
    expect(await codeOf(engine.nodes[0]?.restart(new KvStoreApplication()) as Promise<void>)).to.equal('ENGINE_CLOSED');
  });

  it('keep the port of a node over restarts', async () => {
    const engine = await startEngine({ genesis, drive: 'step', nodes: [node(0, { rpcPort: 0 }), node(1)] }, context);
    try {
      const [first, second] = engine.nodes;
      const url = first?.rpcUrl;
      expect([url?.startsWith('http://127.0.0.1:'), second?.rpcUrl]).to.deep.equal([true, undefined]);
      await first?.stop();
      expect(await fetch(`${url}/health`).catch(() => 'refused')).to.equal('refused');
      await first?.restart(new KvStoreApplication());
      expect([first?.rpcUrl, (await fetch(`${url}/health`)).status]).to.deep.equal([url, 200]);
    } finally {
      await engine.close();
    }
  });
});
