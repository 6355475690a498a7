// Nodes that crash at every moment of a block, alone and all together, and come back.

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import type { Moment } from '../../relayer/engine/replica/replica.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { TestNetwork } from '../helpers/test-network.ts';

const BLOCK_MOMENTS: readonly Moment[] = [
  'prepare-proposal',
  'process-proposal',
  'precommit',
  'save-block',
  'finalize-block',
  'save-answer',
  'commit',
  'recheck',
  'save-state',
  'publish',
];

describe('engine: crashes', () => {
  let network: TestNetwork;
  afterEach(() => network.close());

  function expectConsistent(): void {
    const { engine, disks, lives } = network;
    const height = network.height();
    for (const [index, node] of engine.nodes.entries()) {
      expect(node.isRunning, node.name).to.equal(true);
      expect(node.height(), node.name).to.equal(height);
      expect(disks[index]?.height, node.name).to.equal(height);
      expect(disks[index]?.entries, node.name).to.deep.equal(disks[0]?.entries);
      for (const life of lives[index] ?? []) expect(checkCallLog(life.calls, life.options), node.name).to.equal(undefined);
    }
  }

  for (const moment of BLOCK_MOMENTS)
    it(`of one node before ${moment} delay nobody else, and the node comes back`, async () => {
      network = await TestNetwork.start();
      await network.engine.step();
      await network.submit(0, 'a=1');
      const proposer = await nextProposer(network);
      network.crash(proposer, moment, 2n);
      expect(await network.engine.step()).to.equal(2n);
      expect(network.node(proposer).isRunning).to.equal(false);
      await network.submit((proposer + 1) % 4, 'b=2');
      expect(await network.engine.step()).to.equal(3n);
      await network.restart(proposer);
      expectConsistent();
      await network.submit(proposer, 'c=3');
      expect(await network.engine.step()).to.equal(4n);
      expectConsistent();
      expect([...(network.disks[proposer]?.entries ?? [])]).to.deep.equal([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]);
    });

  for (const moment of BLOCK_MOMENTS)
    it(`of all nodes before ${moment} lose nothing that was decided`, async () => {
      network = await TestNetwork.start({ powers: [3, 2, 2, 1] });
      await network.engine.step();
      await network.submit(0, 'a=1');
      for (const index of [0, 1, 2, 3]) network.crash(index, moment, 2n);
      do {
        await network.engine.step();
        for (const index of [3, 1, 0, 2]) if (!network.node(index).isRunning) await network.restart(index, {}, 2n);
        // Mempools do not survive; the client sends again.
        await network.submit(1, 'a=1').catch(() => undefined);
      } while (network.height() < 3n);
      expectConsistent();
      expect(network.disks[0]?.entries.get('a')).to.equal('1');
    });

  for (const moment of ['info', 'init-chain', 'save-genesis'] as const)
    it(`of a node before ${moment}, at its first start`, async () => {
      network = await TestNetwork.start({ down: [2] });
      await network.engine.step();
      network.crash(2, moment, moment === 'info' ? 0n : 1n);
      const error = await network.restart(2).catch((reason: unknown) => reason);
      expect(hasCode(error, 'ENGINE_NODE_CRASHED')).to.equal(true);
      await network.restart(2);
      expectConsistent();
    });

  it('while a late node catches up are repaired by the next start', async () => {
    network = await TestNetwork.start({ down: [1] });
    for (let i = 0; i < 5; i++) await network.engine.step();
    network.crash(1, 'commit', 3n);
    expect(hasCode(await network.restart(1).catch((reason: unknown) => reason), 'ENGINE_NODE_CRASHED')).to.equal(true);
    await network.restart(1);
    expectConsistent();
    expect(await network.engine.step()).to.equal(6n);
    expectConsistent();
  });

  it('between saving the block on some nodes and not on others end in the same block', async () => {
    network = await TestNetwork.start();
    await network.engine.step();
    await network.submit(0, 'a=1');
    network.crash(0, 'finalize-block', 2n);
    for (const index of [1, 2, 3]) network.crash(index, 'save-block', 2n);
    await network.engine.step();
    for (const index of [1, 2, 3]) await network.restart(index, {}, 1n);
    expect(await network.engine.step()).to.equal(2n);
    await network.restart(0);
    expectConsistent();
    const hashes = await Promise.all(network.engine.nodes.map((node) => node.rpc.call('block', { height: '2' })));
    expect(new Set(hashes.map((block) => JSON.stringify(block))).size).to.equal(1);
    expect(network.disks[2]?.entries.get('a')).to.equal('1');
  });
});

/** The node that will propose the next height if it is up. */
async function nextProposer(network: TestNetwork): Promise<number> {
  const { validators } = (await network.node(0).rpc.call('validators')) as {
    validators: { address: string; proposer_priority: string }[];
  };
  // Whoever proposes has just paid the whole power for it: the lowest priority.
  const proposer = validators.reduce((a, b) => (Number(b.proposer_priority) <= Number(a.proposer_priority) ? b : a));
  return network.engine.nodes.findIndex((node) => node.address === `0x${proposer.address.toLowerCase()}`);
}
