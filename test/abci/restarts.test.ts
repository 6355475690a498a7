// A node that stops anywhere comes back where its last commit left it, on disk as in memory, and replays to the same hashes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import type { StateStore } from '../../relayer/store/state-store.ts';
import { codeName, DrivenPeg, storyOf } from '../helpers/driven-peg.ts';
import { failure } from '../helpers/failure.ts';
import { add, StakingHistory, staker } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 100n), add('B', 300n));
const INFO = { version: '', blockVersion: 0n, p2pVersion: 0n, abciVersion: '' };

describe('peg application: restarts', () => {
  let folder: string;
  let store: StateStore;
  let peg: DrivenPeg;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-application-'));
    store = await openStore({ folder });
    peg = await new DrivenPeg().open(store);
  });

  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a process that dies and comes back does; the engine then tells the genesis only to an application at height 0. */
  async function restart(): Promise<void> {
    await store.close();
    store = await openStore({ folder });
    await peg.open(store);
  }

  async function position(): Promise<{ height: bigint; appHash: Uint8Array }> {
    const { lastBlockHeight, lastBlockAppHash } = await peg.application.info(INFO);
    return { height: lastBlockHeight, appHash: lastBlockAppHash };
  }

  it('is initialised again when it stopped before the first commit', async () => {
    const genesis = await peg.initChain();
    await peg.application.finalizeBlock(peg.request(peg.rebalance(1, 1, 100)));
    await restart();
    expect((await position()).height).to.equal(0n);
    expect(await peg.initChain()).to.deep.equal(genesis);
    expect((await peg.block(peg.rebalance(1, 1, 100))).codes).to.deep.equal(['ok']);
  });

  it('is initialised twice without a trace of the first time', async () => {
    const once = await new DrivenPeg().open(openMemoryStore());
    await peg.check(peg.rebalance(1, 1, 100));
    await peg.application.finalizeBlock(peg.request(peg.rebalance(1, 1, 100)));
    await peg.initChain();
    expect((await peg.block()).answer.appHash).to.deep.equal((await once.block()).answer.appHash);
  });

  it('keeps nothing of a block that was judged or finalized under another genesis', async () => {
    const request = peg.request(peg.rebalance(1, 1, 100));
    await peg.process(request);
    await peg.application.finalizeBlock(request);
    const [first, ...rest] = peg.genesis.validators as [ValidatorUpdate, ...ValidatorUpdate[]];
    const otherGenesis = { ...peg.genesis, validators: [{ ...first, power: 9n }, ...rest] };
    await peg.application.initChain(otherGenesis);
    expect(await failure(peg.application.commit())).to.have.property('code', 'ABCI_CALL_ORDER');

    const fresh = new PegApplication({ store: openMemoryStore(), log: silentLog });
    await fresh.initChain(otherGenesis);
    expect(await peg.application.finalizeBlock(request)).to.deep.equal(await fresh.finalizeBlock(request));
  });

  it('comes back after every block, stopped between FinalizeBlock and Commit or after it', async () => {
    const steady = await new DrivenPeg().open(openMemoryStore());
    for (const txs of storyOf(peg, history)) {
      const request = peg.request(...txs);
      const before = await position();
      await peg.process(request);
      await peg.application.finalizeBlock(request);
      await restart();
      expect(await position(), 'before Commit').to.deep.equal(before);
      const { answer } = await peg.decide(request);
      await restart();
      expect(await position(), 'after Commit').to.deep.equal({ height: request.height, appHash: answer.appHash });
      expect((await steady.block(...txs)).answer).to.deep.equal(answer);
    }
    expect(await peg.query('/state')).to.deep.equal(await steady.query('/state'));
  });

  it('knows after a restart which signatures are for its network', async () => {
    for (const txs of storyOf(peg, history)) await peg.block(...txs);
    await restart();
    expect(codeName(await peg.check(peg.post('A', 'hello', 2)))).to.equal('ok');
    expect((await peg.block(peg.post('B', 'hello', 2))).codes).to.deep.equal(['ok']);
    expect(await peg.query(`/limit/${staker('B')}`)).to.deep.include({ orderLimit: 750 });
    expect(checkCallLog(peg.calls, { startHeight: 5n })).to.equal(undefined);
  });

  it('answers and proves the heights before the restart', async () => {
    for (const txs of storyOf(peg, history)) await peg.block(...txs);
    const before = await peg.ask('/round', { height: 3n, prove: true });
    await restart();
    expect(await peg.ask('/round', { height: 3n, prove: true })).to.deep.equal(before);
  });

  it('replays all blocks on an empty store to the same hashes', async () => {
    const answers = [];
    for (const txs of [...storyOf(peg, history), [peg.post('A', 'early', 99)], []])
      answers.push((await peg.block(...txs)).answer);
    const replica = await new DrivenPeg().open(openMemoryStore());
    for (const [index, request] of peg.decided.entries())
      expect((await replica.decide(request)).answer, `block ${index + 1}`).to.deep.equal(answers[index]);
    expect(checkCallLog(replica.calls, { decidedHeight: 7n })).to.equal(undefined);
  });

  it('refuses a store whose chain record is missing or damaged', async () => {
    for (const meta of [
      undefined,
      textBytes('{}'),
      textBytes('{"chainId":"x","domain":{"chainId":"1","verifyingContract":"0x12","salt":"0x"}}'),
    ]) {
      const damaged = openMemoryStore();
      await damaged.commit(1n, meta && { chain: meta });
      expect(() => new PegApplication({ store: damaged, log: silentLog }))
        .to.throw()
        .with.property('code', 'ABCI_RECORD_INVALID');
    }
  });
});
