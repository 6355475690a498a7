// CheckTx against the last committed state and what waits already, and what happens around a commit.

import { expect } from 'chai';
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import fc from 'fast-check';
import type { PegApplication } from '../../relayer/abci/peg-application.ts';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import type { StateStore } from '../../relayer/store/state-store.ts';
import { codeName, DrivenPeg, storyOf } from '../helpers/driven-peg.ts';
import { keepLines } from '../helpers/log-lines.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 3n), add('B', 997n));
const { RECHECK } = CheckTxType;

/** A store whose commits wait until they are let through. */
function gatedStore(): { store: StateStore; open(): void; waiting: Promise<void> } {
  const store = openMemoryStore();
  let open = () => {};
  let announce = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waiting = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const commit = store.commit.bind(store);
  store.commit = async (...args) => {
    announce();
    await gate;
    return commit(...args);
  };
  return { store, open, waiting };
}

describe('peg application: mempool', () => {
  let peg: DrivenPeg;
  const check = async (tx: Bytes, type?: CheckTxType) => codeName(await peg.check(tx, type));

  beforeEach(async () => {
    peg = await new DrivenPeg().open(openMemoryStore());
  });

  it('answers with a code and nothing else that consensus could see', async () => {
    const good = await peg.check(peg.rebalance(1, 1, 100));
    expect(good).to.deep.include({ code: 0, gasWanted: 0n, gasUsed: 0n, events: [] });
    const bad = await peg.check(new Uint8Array(3));
    expect(codeName(bad)).to.equal('TX_MALFORMED');
    for (const { data } of [good, bad]) expect(data).to.have.length(0);
  });

  it('counts the orders that wait against the limit of their poster', async () => {
    for (const txs of storyOf(peg, history)) await peg.block(...txs);
    const orders = ['one', 'two', 'three', 'four'].map((payload) => peg.post('A', payload, 2));
    expect(await Promise.all(orders.map((tx) => check(tx)))).to.deep.equal(['ok', 'ok', 'ok', 'ORDER_LIMIT_USED_UP']);

    await peg.block(orders[0] as Bytes);
    const waiting = orders.slice(1, 3);
    expect(await Promise.all(waiting.map((tx) => check(tx, RECHECK)))).to.deep.equal(['ok', 'ok']);
    expect(await check(orders[3] as Bytes), 'new ones come after the rechecks').to.equal('ORDER_LIMIT_USED_UP');
  });

  it('drops on recheck what a block has made useless', async () => {
    const proposals = [1, 2].map((number) => peg.rebalance(number, 1, 100));
    expect(await Promise.all(proposals.map((tx) => check(tx)))).to.deep.equal(['ok', 'ok']);
    await peg.block(proposals[0] as Bytes);
    expect(await check(proposals[1] as Bytes, RECHECK)).to.equal('REBALANCE_ALREADY_ADOPTED');
  });

  it('forgets what waited when the chain is initialised again', async () => {
    const vote = peg.vote(1, 1, 101, history.contents(101, 101));
    expect(await check(vote)).to.equal('ok');
    expect(await check(peg.vote(1, 1, 101, history.contents(101, 102)))).to.equal('MEMPOOL_VOTE_WAITS');
    await peg.initChain();
    expect(await check(vote)).to.equal('ok');
  });

  it('sees the old state until a commit is on disk, and all of the new one then', async () => {
    const { store, open, waiting } = gatedStore();
    await peg.open(store);
    const first = peg.rebalance(1, 1, 100);
    await peg.application.finalizeBlock(peg.request(first));
    const committed = peg.application.commit();
    await waiting;
    expect(await check(first)).to.equal('ok');
    expect(await peg.query('/round')).to.deep.include({ number: 0 });
    open();
    await committed;
    expect(await check(first)).to.equal('REBALANCE_ALREADY_ADOPTED');
    expect(await peg.query('/round')).to.deep.include({ number: 1 });
  });

  it('counts votes against final blocks, and tells of them once a height', async () => {
    const { log, lines } = keepLines();
    await peg.open(openMemoryStore(), log);
    for (const txs of [...storyOf(peg, history)].slice(0, 3)) await peg.block(...txs);
    const contradicting = peg.vote(4, 1, 101, history.fork(101, 'b').contents(101, 103));
    const application = peg.application as PegApplication;
    const told = () => lines.filter(({ message }) => message === 'vote contradicted a final block').length;
    for (const count of [1, 2]) {
      expect(await check(contradicting)).to.equal('VOTE_CONTRADICTS_FINAL');
      expect([application.contradictions, told()]).to.deep.equal([count, 1]);
    }
    await peg.block();
    await check(contradicting);
    expect([application.contradictions, told()]).to.deep.equal([3, 2]);
  });

  it('has an answer with a code to any bytes, and never changes the state by them', async () => {
    for (const txs of [...storyOf(peg, history)].slice(0, 2)) await peg.block(...txs);
    const before = await peg.query('/state');
    const valid = [peg.vote(4, 1, 101, history.contents(101, 104)), peg.rebalance(1, 2, 110), peg.post('A', 'x', 1)];
    const mutated = fc
      .tuple(fc.constantFrom(...valid), fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([tx, at, flip]) => tx.map((byte, index) => (index === at % tx.length ? byte ^ flip : byte)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), async (tx) => {
        const { code, codespace } = await peg.check(tx);
        expect(codeName({ code, codespace })).to.match(/^[A-Z_]+$|^ok$/);
        const { answer } = { answer: await peg.application.finalizeBlock(peg.request(tx)) };
        expect(answer.txResults).to.have.length(1);
      }),
      { numRuns: 300 },
    );
    expect(await peg.query('/state')).to.deep.equal(before);
  });
});
