// When blocks are made, and when changes of validators and parameters act.

import { expect } from 'chai';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { testGenesis, testValidators } from '../helpers/engine-genesis.ts';
import { headerHashOf, type Json, validatorsHashOf, verifyCommit } from '../helpers/light-client.ts';
import { type NetworkOptions, TestNetwork } from '../helpers/test-network.ts';

describe('engine: chain rules', () => {
  let network: TestNetwork;
  const start = async (options: NetworkOptions = {}) => {
    network = await TestNetwork.start(options);
    return network;
  };
  const call = (method: string, params: Record<string, unknown> = {}): Promise<Json> => network.node(0).rpc.call(method, params);
  const at = (height: number) => ({ height: String(height) });
  afterEach(() => network.close());

  it('without transactions a block is due at the start and after a changed app hash, then no more', async () => {
    const clock = new VirtualClock(1.8e12);
    await start({ drive: 'clock', clock, blockIntervalMs: 100 });
    await clock.advance(2_000);
    // The first block leaves the app hash of genesis as it is, so nothing is left to be proved.
    expect(network.height()).to.equal(1n);
    await network.submit(2, 'a=1');
    await clock.advance(2_000);
    expect(network.height()).to.equal(3n);
    expect((await call('block', at(3))).block.data.txs).to.deep.equal([]);
    await network.submit(1, 'b=1');
    await clock.advance(50);
    expect(network.height()).to.equal(4n);
    expect(await network.engine.wantsBlock()).to.equal(true);
    await clock.advance(2_000);
    expect(network.height()).to.equal(5n);
    expect(await network.engine.wantsBlock()).to.equal(false);
  });

  it('blocks keep their distance by the clock, and block time follows it', async () => {
    const clock = new VirtualClock(1.8e12);
    await start({ drive: 'clock', clock, blockIntervalMs: 700, createEmptyBlocks: true });
    await clock.advance(7_000);
    expect(Number(network.height())).to.be.within(9, 11);
    const times = await Promise.all([4, 5].map(async (height) => Date.parse((await call('header', at(height))).header.time)));
    expect((times[1] as number) - (times[0] as number)).to.equal(700);
  });

  it('time moves on by a millisecond a block when the clock stands still', async () => {
    await start();
    for (let i = 0; i < 4; i++) await network.engine.step();
    const times = await Promise.all([2, 3, 4].map(async (height) => (await call('header', at(height))).header.time));
    expect(times).to.deep.equal(['2027-01-15T08:00:00Z', '2027-01-15T08:00:00.001Z', '2027-01-15T08:00:00.002Z']);
  });

  it('a chain may begin at any height', async () => {
    const genesis = testGenesis(testValidators([1, 1, 1, 1]), { initial_height: '1000' });
    await start({ genesis });
    expect(await network.engine.step()).to.equal(1000n);
    expect(await network.engine.step()).to.equal(1001n);
    await network.node(1).stop();
    await network.engine.step();
    await network.restart(1);
    expect(network.node(1).height()).to.equal(1002n);
    expect((await call('status')).sync_info.earliest_block_height).to.equal('1000');
    expect((await call('validators', { height: '1000' })).total).to.equal('4');
  });

  it('validators of block H act at H + 2: join, change, leave', async () => {
    await start({ powers: [5, 5, 5], observers: 1 });
    const joining = network.validators[3]?.key.publicKey as Uint8Array;
    const change = (power: number) => network.submit(0, `val:${Buffer.from(joining).toString('hex')}!${power}`);
    await network.engine.step();
    await change(7);
    for (let i = 0; i < 4; i++) await network.engine.step();
    const powers = async (height: number) => (await call('validators', at(height))).validators.map((v: Json) => v.voting_power);
    expect([await powers(3), await powers(4)]).to.deep.equal([
      ['5', '5', '5'],
      ['7', '5', '5', '5'],
    ]);
    expect((await call('block', at(4))).block.last_commit.signatures).to.have.length(3);
    expect((await call('block', at(5))).block.last_commit.signatures.map((s: Json) => s.block_id_flag)).to.deep.equal([
      2, 2, 2, 2,
    ]);
    await change(0);
    for (let i = 0; i < 4; i++) await network.engine.step();
    expect(await powers(8)).to.deep.equal(['5', '5', '5']);
    for (let height = 1; height <= 9; height++) {
      const { signed_header } = await call('commit', at(height));
      const { validators } = await call('validators', at(height));
      expect(validatorsHashOf(validators)).to.equal(signed_header.header.validators_hash);
      expect(headerHashOf(signed_header.header)).to.equal(signed_header.commit.block_id.hash);
      expect(verifyCommit('engine-test', signed_header.commit, validators)).to.equal(true);
    }
    await network.node(1).stop();
    await network.restart(1);
    expect(await network.engine.step()).to.equal(10n);
  });

  it('parameters of block H act at H + 1', async () => {
    await start();
    await network.engine.step();
    await network.submit(0, 'params:70000');
    await network.engine.step();
    const maxBytes = async (height: number) => (await call('consensus_params', at(height))).consensus_params.block.max_bytes;
    expect([await maxBytes(2), await maxBytes(3)]).to.deep.equal(['1048576', '70000']);
    const changed = async (height: number) => (await call('header', at(height))).header.consensus_hash;
    await network.engine.step();
    expect(await changed(3)).not.to.equal(await changed(2));
    const refused = await network.submit(0, `big=${'x'.repeat(80_000)}`).catch((error: Error) => error.message);
    expect(refused).to.match(/^tx size is too big: /);
  });

  it('a validator accused of signing twice is reported to every application, with evidence in the block', async () => {
    await start();
    expect(await network.engine.accuse('n1').catch((error) => error.code)).to.equal('ENGINE_OPTIONS_INVALID');
    await network.engine.step();
    await network.engine.accuse('n1');
    expect(await network.engine.accuse('nobody').catch((error) => error.code)).to.equal('ENGINE_OPTIONS_INVALID');
    await network.engine.step();
    const { address } = network.node(1);
    for (const disk of network.disks) expect(disk.entries.get(`accused/${address.slice(2)}`)).to.equal('1');
    const [{ type, value }] = (await call('block', at(2))).block.evidence.evidence;
    expect([type, value.vote_a.height, value.TotalVotingPower, value.ValidatorPower]).to.deep.equal([
      'tendermint/DuplicateVoteEvidence',
      '1',
      '4',
      '1',
    ]);
    await network.engine.step();
    expect((await call('block', at(3))).block.evidence.evidence).to.deep.equal([]);
  });

  it('applications hear who signed the last block, proposers included', async () => {
    const votes: number[][] = [];
    const note = ({ votes: of }: { votes: readonly { blockIdFlag: number }[] }) =>
      votes.push(of.map(({ blockIdFlag }) => blockIdFlag).sort());
    await start({
      application: () => ({
        overrides: {
          async prepareProposal({ localLastCommit, txs }) {
            note(localLastCommit);
            return { txs };
          },
        },
      }),
    });
    await network.node(3).stop();
    for (let i = 0; i < 2; i++) await network.engine.step();
    expect(votes[0]).to.deep.equal([]);
    expect(votes.at(-1)).to.deep.equal([1, 2, 2, 2]);
  });

  it('a node without votes follows and judges, and late ones catch up from it', async () => {
    await start({ powers: [1, 1, 1], observers: 1, down: [2] });
    for (let i = 0; i < 3; i++) expect(await network.engine.step()).to.equal(undefined);
    await network.restart(2);
    for (let i = 1; i <= 3; i++) expect(await network.engine.step()).to.equal(BigInt(i));
    expect(network.node(3).height()).to.equal(3n);
    expect(network.lives[3]?.[0]?.calls.filter(({ letter }) => letter === 'R')).to.have.length(3);
    expect(((await network.node(3).rpc.call('status')) as Json).validator_info.voting_power).to.equal('0');
  });
});
