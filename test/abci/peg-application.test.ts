// The application over the real state machine and the real store in memory, called as an engine calls it.

import { expect } from 'chai';
import {
  MisbehaviorType,
  ResponseCheckTx,
  ResponseFinalizeBlock,
  ResponseInfo,
  ResponseQuery,
} from 'cosmjs-types/tendermint/abci/types';
import { checkCallGrammar, checkCallLog } from '../../relayer/abci/call-grammar.ts';
import { APP_VERSION, PegApplication } from '../../relayer/abci/peg-application.ts';
import { hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { codeName, DrivenPeg, storyOf } from '../helpers/driven-peg.ts';
import { failure } from '../helpers/failure.ts';
import { add, StakingHistory, staker } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 100n), add('B', 300n));
const INFO = { version: '0.39.4', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' };

/** What `cosmjs-types` knows of a message. */
interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  toJSON(message: T): unknown;
}

describe('peg application', () => {
  let peg: DrivenPeg;

  beforeEach(async () => {
    peg = await new DrivenPeg().open(openMemoryStore());
  });

  async function play(): Promise<void> {
    for (const txs of storyOf(peg, history)) {
      const { codes } = await peg.block(...txs);
      expect(codes).to.deep.equal(txs.map(() => 'ok'));
    }
  }

  it('brings stakes to limits', async () => {
    await play();
    const state = await peg.query<{ round: object; limits: Record<string, { orderLimit: number }> }>('/state');
    expect(state.round).to.deep.equal({ number: 2, startsAt: 110, endsAt: 120, limit: 1000 });
    expect(state.limits[staker('A')]?.orderLimit).to.equal(250);
    expect(state.limits[staker('B')]?.orderLimit).to.equal(750);
  });

  it('tells the height and app hash of the last commit', async () => {
    expect(await peg.application.info(INFO)).to.deep.include({ lastBlockHeight: 0n, appVersion: APP_VERSION });
    const { answer } = await peg.block(peg.rebalance(1, 1, 100));
    const info = await peg.application.info(INFO);
    expect(info.lastBlockHeight).to.equal(1n);
    expect(info.lastBlockAppHash).to.deep.equal(answer.appHash);
    expect(await peg.query('/state')).to.deep.include({ lastBlockHeight: 1, lastBlockAppHash: to0x(answer.appHash) });
  });

  it('leaves the app hash alone in a block without transactions, the first one included', async () => {
    const genesis = await peg.initChain();
    expect((await peg.block()).answer.appHash).to.deep.equal(genesis);
    const { answer } = await peg.block(peg.rebalance(1, 1, 100));
    expect(answer.appHash).not.to.deep.equal(genesis);
    expect((await peg.block()).answer.appHash).to.deep.equal(answer.appHash);
  });

  it('answers each transaction in its place, with events that can be looked up', async () => {
    const good = peg.rebalance(1, 1, 100);
    const { codes, answer } = await peg.block(peg.post('A', 'early', 1), good, good);
    expect(codes).to.deep.equal(['ORDER_ROUND', 'ok', 'REBALANCE_ALREADY_ADOPTED']);
    const [refused, accepted] = answer.txResults;
    expect(refused?.events).to.deep.equal([]);
    expect(accepted?.events.map(({ type }) => type)).to.include('rebalance');
    for (const { data, events } of answer.txResults) {
      expect(data).to.have.length(0);
      for (const { attributes } of events) {
        for (const { key, index } of attributes) expect([key === '', index]).to.deep.equal([false, true]);
      }
    }
    expect(answer.validatorUpdates).to.deep.equal([]);
  });

  it('reports misbehaviour as an event and changes nothing', async () => {
    const [guilty] = peg.validators;
    const validator = { address: hex(guilty?.address ?? ''), power: 1n };
    const report = {
      type: MisbehaviorType.DUPLICATE_VOTE,
      validator,
      height: 7n,
      time: { seconds: 0n, nanos: 0 },
      totalVotingPower: 4n,
    };
    const before = await peg.initChain();
    const { answer } = await peg.decide({
      ...peg.request(),
      misbehavior: [report, { ...report, type: MisbehaviorType.UNKNOWN }],
    });
    expect(answer.appHash).to.deep.equal(before);
    expect(answer.events.map(({ type }) => type)).to.deep.equal(['misbehavior', 'misbehavior']);
    const attributes = answer.events.map((event) => Object.fromEntries(event.attributes.map(({ key, value }) => [key, value])));
    expect(attributes[0]).to.deep.equal({ kind: 'duplicate_vote', validator: guilty?.address, height: '7', power: '1' });
    expect(attributes[1]?.kind).to.equal('unknown');
  });

  it('finalizes the same whether it judged the block before or not', async () => {
    const other = await new DrivenPeg().open(openMemoryStore());
    await play();
    for (const request of peg.decided) await other.decide(request);
    expect((await other.application.info(INFO)).lastBlockAppHash).to.deep.equal(
      (await peg.application.info(INFO)).lastBlockAppHash,
    );
    expect(await other.query('/state')).to.deep.equal(await peg.query('/state'));
  });

  it('finalizes the block that was decided, not the one that was judged last', async () => {
    const decided = peg.request(peg.rebalance(1, 1, 100));
    expect(await peg.process(decided)).to.equal(true);
    expect(await peg.process(peg.request())).to.equal(true);
    await peg.decide(decided);
    expect(await peg.query('/round')).to.deep.include({ number: 1 });
  });

  it('may finalize a block again, or another one, before it is told to commit', async () => {
    await peg.application.finalizeBlock(peg.request(peg.rebalance(1, 1, 100)));
    const empty = peg.request();
    await peg.application.finalizeBlock(empty);
    await peg.decide(empty);
    expect(await peg.query('/round')).to.deep.include({ number: 0 });
  });

  it('persists nothing before Commit', async () => {
    const store = openMemoryStore();
    peg = await new DrivenPeg().open(store);
    await peg.application.finalizeBlock(peg.request(peg.rebalance(1, 1, 100)));
    expect(store.version).to.equal(0n);
    expect(await peg.query('/round')).to.deep.include({ number: 0 });
    expect(await peg.application.commit()).to.deep.equal({ retainHeight: 0n });
    expect(store.version).to.equal(1n);
  });

  it('starts a chain at any height', async () => {
    peg = await new DrivenPeg({ initialHeight: 1000n }).open(openMemoryStore());
    expect(codeName(await peg.check(peg.rebalance(1, 1, 100)))).to.equal('ok');
    await peg.block(peg.rebalance(1, 1, 100));
    const { lastBlockHeight } = await peg.application.info(INFO);
    expect(lastBlockHeight).to.equal(1000n);
    const [first] = storyOf(peg, history);
    expect((await peg.block(...(first ?? []))).height).to.equal(1001n);
  });

  it('has no vote extensions, and no snapshots unless told', async () => {
    const { application } = peg;
    const block = peg.request();
    const vote = { hash: block.hash, height: 1n, validatorAddress: new Uint8Array(20) };
    expect(
      (await application.extendVote({ ...block, proposedLastCommit: block.decidedLastCommit })).voteExtension,
    ).to.have.length(0);
    for (const voteExtension of [new Uint8Array(0), textBytes('late')])
      expect(await application.verifyVoteExtension({ ...vote, voteExtension })).to.deep.equal({ status: 1 });
    expect((await application.listSnapshots()).snapshots).to.deep.equal([]);
    expect(await application.offerSnapshot({ appHash: new Uint8Array(32) })).to.deep.equal({ result: 2 });
    expect((await application.loadSnapshotChunk({ height: 1n, format: 1, chunk: 0 })).chunk).to.have.length(0);
    expect((await application.applySnapshotChunk({ index: 0, chunk: new Uint8Array(1), sender: '' })).result).to.equal(2);
  });

  describe('proposals', () => {
    it('puts votes first, leaves out what would be refused, and is accepted by others', async () => {
      const proposal = peg.rebalance(1, 1, 100);
      const vote = peg.vote(1, 1, 101, history.contents(101, 101));
      const early = peg.vote(2, 5, 101, history.contents(101, 101));
      expect(await peg.prepare([textBytes('nonsense'), proposal, early, vote])).to.deep.equal([vote, proposal]);
      const block = peg.request(vote, proposal);
      const other = await new DrivenPeg().open(openMemoryStore());
      expect(await other.process(block)).to.equal(true);
    });

    it('keeps to the bytes that the engine allows', async () => {
      const votes = [1, 2, 3, 4].map((number) => peg.vote(number, 1, 101, history.contents(101, 200)));
      const size = BigInt((votes[0]?.length ?? 0) + 4);
      expect(await peg.prepare(votes, size * 2n)).to.have.length(2);
      expect(await peg.prepare(votes, 0n)).to.deep.equal([]);
      expect(await peg.prepare(votes, -1n), 'no limit').to.have.length(4);
    });

    it('accepts useless transactions, rejects what is none, another height and a block too large for any engine', async () => {
      expect(await peg.process(peg.request(peg.post('A', 'early', 1)))).to.equal(true);
      expect(await peg.process(peg.request(textBytes('nonsense')))).to.equal(false);
      expect(await peg.process({ ...peg.request(), height: 2n })).to.equal(false);
      const huge = new Uint8Array(60_000_000);
      expect(await peg.process({ ...peg.request(), txs: [huge, huge] })).to.equal(false);
    });
  });

  describe('calls out of order', () => {
    it('is refused with a code', async () => {
      const fresh = new DrivenPeg();
      const store = openMemoryStore();
      await fresh.open(store);
      await fresh.block();
      for (const [name, call] of Object.entries({
        'InitChain after a commit': () => fresh.application.initChain(fresh.genesis),
        'FinalizeBlock of a later height': () => fresh.application.finalizeBlock({ ...fresh.request(), height: 3n }),
        'FinalizeBlock of a committed height': () => fresh.application.finalizeBlock({ ...fresh.request(), height: 1n }),
        'Commit without FinalizeBlock': () => fresh.application.commit(),
      }))
        expect(await failure(call()), name).to.have.property('code', 'ABCI_CALL_ORDER');
    });

    it('is refused before InitChain, except for queries and transactions, which anybody may send', async () => {
      const application = new PegApplication({ store: openMemoryStore(), log: silentLog });
      const block = peg.request();
      for (const call of [
        () => application.processProposal({ ...block, proposedLastCommit: block.decidedLastCommit }),
        () => application.finalizeBlock(block),
        () => application.commit(),
      ])
        expect(await failure(call())).to.have.property('code', 'ABCI_CALL_ORDER');
      const answer = await application.query({ path: '/state', data: new Uint8Array(0), height: 0n, prove: false });
      expect(codeName(answer)).to.equal('QUERY_HEIGHT');
      expect(codeName(await application.checkTx({ tx: new Uint8Array(1), type: 0 }))).to.equal('MEMPOOL_NO_STATE');
    });
  });

  it('answers in messages that survive the wire', async () => {
    const survives = <T>(type: MessageType<T>, message: T) =>
      expect(type.toJSON(type.decode(type.encode(message).finish()))).to.deep.equal(type.toJSON(message));
    const { answer } = await peg.block(peg.rebalance(1, 1, 100), peg.post('A', 'early', 2));
    survives(ResponseFinalizeBlock, answer);
    survives(ResponseInfo, await peg.application.info(INFO));
    survives(ResponseQuery, await peg.ask('/round', { prove: true }));
    survives(ResponseCheckTx, await peg.check(textBytes('nonsense')));
  });

  it('sees a call sequence that the grammar allows', async () => {
    await play();
    expect(checkCallLog(peg.calls)).to.equal(undefined);
    expect(checkCallGrammar(peg.calls.map(({ letter }) => letter))).to.equal(undefined);
  });
});
