// Scenarios of the protocol's section 11 about sheer amounts, and about nodes that execute blocks without any Ethereum.

import { expect } from 'chai';
import { beginBlock, endBlock, executeTransaction } from '../../../relayer/peg/machine.ts';
import { Overlay } from '../../../relayer/peg/overlay.ts';
import { settle } from '../../helpers/honest-validators.ts';
import { type BlockResult, ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, foldHistory, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

describe('scenarios: volume', () => {
  it('one Ethereum block with 60,000 stake events (built in the test, not mined)', () => {
    const count = 60_000;
    const names = Array.from({ length: 50 }, (_, i) => staker(`many ${i}`));
    const events = Array.from({ length: count }, (_, i) => {
      const who = names[i % names.length] as string;
      return i % 150 >= 100 ? remove(who, 1n) : add(who, BigInt(i) + 2n);
    });
    const history = new StakingHistory(100n).mine(105, ...events);
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const { before } = history.block(105);
    const size = 4000;
    const starts = Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size);
    const foldsTo = [before];
    for (const start of starts) foldsTo.push(foldHistory(foldsTo.at(-1) ?? before, 105n, events.slice(start, start + size)));
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, history.contents(105, 105)));
    let applied: string[] = [];
    for (const start of starts.reverse()) {
      expect(peg.mature()).to.equal(104);
      const piece = events.slice(start, start + size);
      const result = peg.block(peg.deliver(1, 105, foldsTo[start / size] ?? before, piece));
      expect(result.codes, `piece from ${start}`).to.deep.equal(['ok']);
      applied = result.events.filter(({ type }) => type === 'stake_event').map(({ attributes }) => attributes.nonce as string);
    }
    expect(peg.mature()).to.equal(105);
    expect(applied).to.deep.equal(Array.from({ length: count }, (_, i) => String(i + 1)));
    expect(peg.view().ethereum).to.deep.include({ nonce: count, accumulator: history.commitmentAt(105).accumulator });
    const balances = Object.fromEntries([...history.balancesAt(105)].map(([who, amount]) => [who, String(amount)]));
    expect(peg.view().balances).to.deep.equal(balances);
    expect(peg.state.size().entries, 'nothing of the block is kept').to.be.at.most(200);
  });

  it('more events than one peg block may apply: they become final in several, in order, each height as a whole', () => {
    const many = (seed: number) => Array.from({ length: 40_000 }, (_, i) => add(`many ${i % 50}`, BigInt(i + seed)));
    const history = new StakingHistory(100n);
    for (const at of [105, 106, 107]) history.mine(at, ...many(at));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    for (const number of [1, 2]) peg.block(peg.vote(number, 105, history.contents(105, 108)));
    for (const at of [105, 106, 107]) {
      const { before, events } = history.block(at);
      const starts = Array.from({ length: 10 }, (_, i) => 4_000 * (9 - i));
      const points = new Map([[0, before]]);
      for (let i = 0; i < 9; i++)
        points.set(
          4_000 * (i + 1),
          foldHistory(points.get(4_000 * i) ?? before, BigInt(at), events.slice(4_000 * i, 4_000 * (i + 1))),
        );
      for (const start of starts) peg.block(peg.deliver(1, at, points.get(start) ?? before, events.slice(start, start + 4_000)));
    }
    expect(peg.mature()).to.equal(104);
    const applied = (result: BlockResult) => result.events.filter(({ type }) => type === 'stake_event').length;
    const first = peg.block(peg.vote(3, 105, history.contents(105, 108)));
    expect([first.codes, peg.mature(), applied(first)]).to.deep.equal([['ok'], 106, 80_000]);
    expect(applied(peg.block()), 'nothing without a transaction').to.equal(0);
    const second = peg.block(peg.vote(4, 107, history.contents(107, 109)));
    expect([second.codes, peg.mature(), applied(second)]).to.deep.equal([['ok'], 108, 40_000]);
    expect(peg.view().ethereum).to.deep.include({ nonce: 120_000, accumulator: history.commitmentAt(107).accumulator });
  });

  it('a node without any Ethereum endpoint syncs from genesis', () => {
    const history = new StakingHistory(100n)
      .mine(103, add('A', 5n), add('B', 9n))
      .mine(117, remove('A', 5n))
      .mine(128, add('C', 1n));
    const peg = new ScriptedPeg();
    const other = new ScriptedPeg();
    expect(other.state.hash()).to.equal(peg.state.hash());
    for (const to of [103, 111, 125, 139]) {
      settle(peg, history, to);
      peg.block(peg.post('B', `order at ${to}`), peg.post('A', `order at ${to}`), new Uint8Array(3));
      peg.block();
    }
    for (const transactions of peg.executed) {
      other.block(...transactions);
      other.restart();
    }
    expect(other.state.dump()).to.deep.equal(peg.state.dump());
    expect(other.events).to.deep.equal(peg.events);
  });

  it('a block without transactions changes nothing, whoever proposes it', () => {
    const peg = new ScriptedPeg();
    settle(peg, new StakingHistory(100n).mine(103, add('A', 5n)), 104);
    const before = peg.state.hash();
    for (let i = 0; i < 5; i++) expect(peg.block().changes).to.equal(0);
    expect(peg.state.hash()).to.equal(before);
    const refused = peg.block(new Uint8Array(1));
    expect(refused.codes).to.deep.equal(['TX_MALFORMED']);
    expect(refused.changes, 'lastProposed moves even when all is refused').to.equal(1);
  });

  it('a refused transaction in a block leaves what the others did', () => {
    const history = new StakingHistory(100n).mine(103, add('A', 5n));
    const run = (withRefused: boolean) => {
      const peg = new ScriptedPeg();
      const bad = [
        new Uint8Array(2),
        peg.vote(1, 300, []),
        peg.post('A', 'too early'),
        peg.rebalance(2, 9, 1, 2, `0x${'00'.repeat(32)}`),
      ];
      const overlay = new Overlay(peg.state);
      const block = { height: 1n, proposer: peg.v(1).address, transactions: 1 };
      beginBlock(overlay, block);
      for (const number of [1, 2, 3]) {
        if (withRefused)
          for (const bytes of bad) expect(executeTransaction(overlay, block, peg.domain, bytes).code).to.not.equal(0);
        expect(executeTransaction(overlay, block, peg.domain, peg.vote(number, 101, history.contents(101, 104))).code).to.equal(
          0,
        );
      }
      endBlock(overlay, block);
      const state = peg.state.copy();
      state.apply(overlay.changes());
      return state.hash();
    };
    expect(run(true)).to.equal(run(false));
  });
});
