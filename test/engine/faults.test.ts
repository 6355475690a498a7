// What happens when validators are down, proposals are refused, applications disagree or break the rules.

import { expect } from 'chai';
import {
  type RequestFinalizeBlock,
  ResponseFinalizeBlock,
  ResponsePrepareProposal,
  ResponseProcessProposal,
  ResponseProcessProposal_ProposalStatus as Verdict,
} from 'cosmjs-types/tendermint/abci/types';
import { startEngine } from '../../relayer/engine/engine.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { testGenesis, testValidators } from '../helpers/engine-genesis.ts';
import { type KvDisk, KvStoreApplication, newDisk } from '../helpers/kvstore-application.ts';
import type { Json } from '../helpers/light-client.ts';
import { type NetworkOptions, TestNetwork } from '../helpers/test-network.ts';

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof CodedError ? error.code : error),
  );

/** Merkle root of no results. */
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('engine: faults', () => {
  let network: TestNetwork;
  const start = async (options: NetworkOptions = {}) => {
    network = await TestNetwork.start(options);
    return network;
  };
  const block = (height: number): Promise<Json> => network.node(0).rpc.call('block', { height: String(height) });
  afterEach(() => network.close());

  describe('validators down', () => {
    it('make later rounds when it would be their turn, and are absent from the commit', async () => {
      await start();
      await network.engine.step();
      await network.node(2).stop();
      const rounds: number[] = [];
      for (let height = 2; height <= 9; height++) await network.engine.step();
      for (let height = 3; height <= 9; height++) {
        const { last_commit } = (await block(height)).block;
        rounds.push(last_commit.round);
        const absent = last_commit.signatures.filter((vote: Json) => vote.block_id_flag === 1);
        expect(absent).to.deep.equal([
          { block_id_flag: 1, validator_address: '', timestamp: '0001-01-01T00:00:00Z', signature: null },
        ]);
      }
      expect(rounds.filter((round) => round === 1)).to.have.length.within(1, 2);
      expect(rounds.every((round) => round <= 1)).to.equal(true);
    });

    it('stop the chain at a third of the power, and it goes on when they are back', async () => {
      await start({ powers: [2, 1, 1, 1, 1] });
      await network.engine.step();
      await network.node(0).stop();
      expect(await network.engine.step()).to.equal(undefined);
      expect(network.height()).to.equal(1n);
      await network.restart(0);
      expect(await network.engine.step()).to.equal(2n);
    });

    it('leave a single strong one alone a quorum', async () => {
      await start({ powers: [10, 1, 1, 1] });
      for (const index of [1, 2, 3]) await network.node(index).stop();
      expect(await network.engine.step()).to.equal(1n);
      await network.node(0).stop();
      await network.restart(1);
      expect(await network.engine.step()).to.equal(undefined);
      expect(network.node(0).failure).to.equal(undefined);
    });

    it('answer no calls', async () => {
      await start();
      await network.node(1).stop();
      expect(await codeOf(network.node(1).rpc.call('status'))).to.equal('ENGINE_NODE_DOWN');
      expect(await codeOf(network.node(1).stop())).to.equal('none');
      await network.restart(1);
      expect(await codeOf(network.restart(1))).to.equal('ENGINE_NODE_RUNNING');
    });

    it('wait for a proposer, and longer each round, by the clock', async () => {
      const clock = new VirtualClock(1.8e12);
      const validators = testValidators([1, 1, 1, 1]);
      const down = [0, 1].map((index) => validators[index]?.name);
      const engine = await startEngine(
        {
          genesis: testGenesis(validators.map((validator, index) => ({ ...validator, power: index < 2 ? 1 : 10 }))),
          nodes: validators.map(({ name, seed }) => ({
            name,
            privateKey: seed,
            ...(down.includes(name) ? {} : { application: new KvStoreApplication() }),
          })),
          createEmptyBlocks: true,
          blockIntervalMs: 1_000,
        },
        { clock, log: silentLog },
      );
      try {
        await clock.advance(60_000);
        const heights = engine.nodes.map((node) => node.height());
        expect(heights.slice(0, 2)).to.deep.equal([0n, 0n]);
        expect(Number(heights[2])).to.be.within(40, 60);
      } finally {
        await engine.close();
      }
    });
  });

  describe('proposals', () => {
    it('are made again by the clock, without empty blocks, until one is accepted', async () => {
      const clock = new VirtualClock(1.8e12);
      let refused = 0;
      const processProposal = async () =>
        ResponseProcessProposal.fromPartial({ status: refused++ < 12 ? Verdict.REJECT : Verdict.ACCEPT });
      await start({ drive: 'clock', clock, application: () => ({ overrides: { processProposal } }) });
      await clock.advance(30_000);
      expect(network.height()).to.equal(1n);
      await network.submit(0, 'a=1');
      await clock.advance(30_000);
      expect((await block(2)).block.last_commit.round).to.equal(3);
    });

    it('that enough validators reject go to the next round, where another proposes', async () => {
      let refused = 0;
      const processProposal = async () =>
        ResponseProcessProposal.fromPartial({ status: refused++ < 2 ? Verdict.REJECT : Verdict.ACCEPT });
      await start({ application: (index) => (index < 2 ? { overrides: { processProposal } } : {}) });
      expect(await network.engine.step()).to.equal(1n);
      await network.engine.step();
      expect((await block(2)).block.last_commit.round).to.equal(1);
      expect(new Set(network.lives.map(([life]) => life?.calls.filter(({ letter }) => letter === 'R').length))).to.deep.equal(
        new Set([3]),
      );
    });

    it('that one of four rejects are decided, and that one signs too', async () => {
      const processProposal = async () => ResponseProcessProposal.fromPartial({ status: Verdict.REJECT });
      await start({ application: (index) => (index === 1 ? { overrides: { processProposal } } : {}) });
      await network.engine.step();
      await network.engine.step();
      const { last_commit } = (await block(2)).block;
      expect([last_commit.round, last_commit.signatures.map((vote: Json) => vote.block_id_flag)]).to.deep.equal([
        0,
        [2, 2, 2, 2],
      ]);
    });

    for (const [what, overrides] of [
      [
        'are too large',
        { prepareProposal: async () => ResponsePrepareProposal.fromPartial({ txs: [new Uint8Array(1_048_576)] }) },
      ],
      ['never come', { prepareProposal: () => Promise.reject(new Error('halt me')) }],
      ['are judged neither way', { processProposal: async () => ResponseProcessProposal.fromPartial({}) }],
    ] as const)
      it(`that ${what} halt their node only`, async () => {
        await start({ application: (index) => (index === 0 ? { overrides } : {}) });
        for (let i = 0; i < 4; i++) await network.engine.step();
        expect(network.node(0).isRunning).to.equal(false);
        expect(network.node(0).failure?.code).to.match(/^ENGINE_APPLICATION_(INVALID|FAILED)$/);
        expect(network.node(1).height()).to.equal(4n);
      });
  });

  describe('applications', () => {
    it('that disagree stop the engine before anything is committed, with all hashes named', async () => {
      const failures: CodedError[] = [];
      const finalizeBlock = async ({ txs }: RequestFinalizeBlock) =>
        ResponseFinalizeBlock.fromPartial({ appHash: Uint8Array.of(txs.length), txResults: txs.map(() => ({})) });
      const onFailure = (error: CodedError) => failures.push(error);
      await start({ onFailure, application: (index) => (index === 3 ? { overrides: { finalizeBlock } } : {}) });
      expect(await codeOf(network.engine.step())).to.equal('ENGINE_APPLICATIONS_DIVERGED');
      expect(await codeOf(network.engine.step())).to.equal('ENGINE_APPLICATIONS_DIVERGED');
      expect(await codeOf(network.restart(3))).to.equal('ENGINE_APPLICATIONS_DIVERGED');
      expect(failures).to.deep.equal([network.engine.failure]);
      expect(failures[0]?.data.height).to.equal(1);
      expect(failures[0]?.data.nodes).to.have.length(4);
      expect(failures[0]?.data.nodes).to.deep.include({ node: 'n3', appHash: '00', resultsHash: EMPTY_ROOT });
      expect(network.disks.map(({ height }) => height)).to.deep.equal([0n, 0n, 0n, 0n]);
    });

    it('that disagree about genesis are not started', async () => {
      expect(await codeOf(TestNetwork.start({ application: (index) => ({ salt: index === 3 ? 'other' : '' }) }))).to.equal(
        'ENGINE_APPLICATIONS_DIVERGED',
      );
      await start({ down: [1] });
      await network.engine.step();
      expect(await codeOf(network.restart(1, { salt: 'other' }))).to.equal('ENGINE_APPLICATIONS_DIVERGED');
      expect(network.node(1).isRunning).to.equal(false);
      expect(await network.engine.step()).to.equal(2n);
    });

    it('that come back with another state, or from the future, are refused', async () => {
      await start();
      await network.engine.step();
      await network.node(1).stop();
      const disk = network.disks[1] as KvDisk;
      disk.entries.set('forged', '1');
      expect(await codeOf(network.restart(1))).to.equal('ENGINE_APP_HASH_MISMATCH');
      disk.entries.delete('forged');
      disk.height = 5n;
      expect(await codeOf(network.restart(1))).to.equal('ENGINE_APPLICATION_AHEAD');
      disk.height = 1n;
      await network.restart(1);
      expect(await network.engine.step()).to.equal(2n);
    });

    it('that lost everything are brought back by replay', async () => {
      await start();
      await network.submit(0, 'a=1');
      for (let i = 0; i < 3; i++) await network.engine.step();
      await network.node(1).stop();
      Object.assign(network.disks[1] as KvDisk, newDisk());
      await network.restart(1);
      expect(network.disks[1]).to.deep.equal(network.disks[0]);
      expect(network.lives[1]?.[1]?.calls.map(({ letter }) => letter).join('')).to.equal('IFCFCFC');
    });

    it('that start late cannot when the blocks they need are gone', async () => {
      await start({ down: [3], application: () => ({ retainHeight: (height) => (height > 3n ? height - 1n : 0n) }) });
      for (let i = 0; i < 6; i++) await network.engine.step();
      expect(await codeOf(network.restart(3))).to.equal('ENGINE_APPLICATION_BEHIND');
      expect(network.node(3).isRunning).to.equal(false);
      expect(await network.engine.step()).to.equal(7n);
    });

    it('whose blocks have no room for transactions halt', async () => {
      const genesis = testGenesis(testValidators([1]));
      const params = genesis.consensus_params as NonNullable<typeof genesis.consensus_params>;
      const tight = { ...params, block: { max_bytes: '500', max_gas: '-1' }, evidence: { ...params.evidence, max_bytes: '0' } };
      await start({ powers: [1], genesis: { ...genesis, consensus_params: tight } });
      expect(await network.engine.step()).to.equal(undefined);
      expect(network.node(0).failure?.code).to.equal('ENGINE_APPLICATION_INVALID');
    });

    it('whose blocks are pruned away cannot be brought back', async () => {
      await start({ application: () => ({ retainHeight: (height) => (height > 3n ? height - 1n : 0n) }) });
      for (let i = 0; i < 6; i++) await network.engine.step();
      expect(await codeOf(network.node(0).rpc.call('block', { height: '2' }))).to.be.an('error');
      await network.node(1).stop();
      Object.assign(network.disks[1] as KvDisk, newDisk());
      expect(await codeOf(network.restart(1))).to.equal('ENGINE_APPLICATION_BEHIND');
      await network.node(2).stop();
      expect(await network.engine.step()).to.equal(undefined);
    });

    it('that answer with the wrong number of results or bad updates halt their node', async () => {
      const finalizeBlock = async () => ResponseFinalizeBlock.fromPartial({ txResults: [{ code: 1 }] });
      const removal = async () =>
        ResponseFinalizeBlock.fromPartial({ validatorUpdates: [{ pubKey: { ed25519: new Uint8Array(32) }, power: 0n }] });
      await start({
        powers: [1, 1, 5, 5],
        application: (index) => (index > 1 ? {} : { overrides: { finalizeBlock: index === 0 ? finalizeBlock : removal } }),
      });
      expect(await network.engine.step()).to.equal(1n);
      for (const index of [0, 1]) expect(network.node(index).failure?.code).to.equal('ENGINE_APPLICATION_INVALID');
      expect(network.height()).to.equal(1n);
    });
  });
});
