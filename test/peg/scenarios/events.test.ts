// Scenarios of the protocol's section 11 about stake events: how they are voted for, delivered and applied.

import { expect } from 'chai';
import type { StakeEvent } from '../../../relayer/peg/types.ts';
import { advance, honestVote, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, foldHistory, NO_EVENTS, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

const e = 10n ** 18n;

describe('scenarios: stake events', () => {
  it('V2, V3 vote', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const block = history.block(105);
    peg.block(peg.vote(1, 105, history.contents(105, 105)));
    peg.block(peg.vote(2, 105, history.contents(105, 105)), peg.deliver(1, 105, block.before, block.events));
    expect(peg.view().events).to.deep.equal({
      105: { 1: { staker: staker('A'), type: 'add', amount: String(100n * e), conf: 2, power: 2 } },
    });
    expect(peg.balance('A')).to.equal(undefined);
    const third = peg.block(peg.vote(3, 105, history.contents(105, 105)));
    expect(third.codes).to.deep.equal(['ok']);
    expect(third.events.map(({ type }) => type)).to.include.members(['witness', 'stake_event', 'eth_final']);
    expect(peg.balance('A')).to.equal(100n * e);
    expect(peg.view()).to.deep.include({ events: {}, votes: {}, matureEthBlock: 105, lastEvent: { add: 105, remove: 0 } });
    const before = peg.view();
    expect(peg.block(peg.vote(4, 105, history.contents(105, 105))).codes).to.deep.equal(['NOTHING_NEW']);
    expect(peg.view().balances).to.deep.equal(before.balances);
    expect(peg.view().ethereum).to.deep.equal(before.ethereum);
  });

  it('block 120: A+100e, A−40e, A+7e, B+50e in two transactions', () => {
    const history = new StakingHistory(100n).mine(
      120,
      add('A', 100n * e),
      remove('A', 40n * e),
      add('A', 7n * e),
      add('B', 50n * e),
    );
    const peg = new ScriptedPeg();
    settle(peg, history, 119);
    const { before, events } = history.block(120);
    const result = peg.block(
      ...[1, 2, 3].map((number) => peg.vote(number, 120, history.contents(120, 120))),
      peg.deliver(2, 120, before, events),
    );
    expect(result.codes).to.deep.equal(['ok', 'ok', 'ok', 'ok']);
    const applied = result.events.filter(({ type }) => type === 'stake_event');
    expect(applied.map(({ attributes }) => attributes.nonce)).to.deep.equal(['1', '2', '3', '4']);
    expect(peg.balance('A')).to.equal(67n * e);
    expect(peg.balance('B')).to.equal(50n * e);
    expect(peg.view().lastEvent).to.deep.equal({ add: 120, remove: 120 });
  });

  it('votes for 121 reach quorum before those for 120', () => {
    const history = new StakingHistory(100n).mine(120, add('A', 5n), add('B', 5n)).mine(121, remove('A', 5n), add('C', 1n));
    const run = (late: boolean) => {
      const peg = new ScriptedPeg({ periodLength: 30 });
      settle(peg, history, 119);
      // Votes have no gaps, so what comes early is the delivery: block 121's events are on record before those of 120.
      for (const number of [1, 2, 3]) peg.block(peg.vote(number, 120, history.contents(120, 121)));
      const delivery = (height: number) => peg.deliver(1, height, history.block(height).before, history.block(height).events);
      const order = late ? [121, 120] : [120, 121];
      expect(peg.block(delivery(order[0] as number)).codes).to.deep.equal(['ok']);
      expect(peg.mature()).to.equal(late ? 119 : 120);
      expect(peg.block(delivery(order[1] as number)).codes).to.deep.equal(['ok']);
      return peg;
    };
    const outOfOrder = run(true);
    expect(outOfOrder.mature()).to.equal(121);
    expect(outOfOrder.state.hash()).to.equal(run(false).state.hash());
  });

  it('votes for 121 reach quorum before those for 120: by content', () => {
    const history = new StakingHistory(100n).mine(120, add('A', 5n)).mine(121, add('B', 5n));
    const liar = history.fork(120, 'liar').mine(120, add('A', 6n));
    const peg = new ScriptedPeg({ periodLength: 30 });
    settle(peg, history, 119);
    const early = [{ hash: liar.block(120).hash, after: liar.block(120).after }, ...history.contents(121, 121)];
    // V1, V2 and V4 agree on 121 while 120 is still split.
    peg.block(
      peg.vote(1, 120, early),
      peg.vote(2, 120, history.contents(120, 121)),
      peg.vote(4, 120, history.contents(120, 121)),
    );
    peg.block(
      peg.deliver(2, 121, history.block(121).before, history.block(121).events),
      peg.deliver(2, 120, history.block(120).before, history.block(120).events),
    );
    expect(peg.votes(121)[0]).to.deep.include({ conf: 3, power: 3 });
    expect(peg.mature()).to.equal(119);
    peg.block(peg.vote(3, 120, history.contents(120, 120)));
    expect(peg.mature()).to.equal(121);
    expect([peg.balance('A'), peg.balance('B')]).to.deep.equal([5n, 5n]);
  });

  it('A removes all', () => {
    const history = new StakingHistory(100n).mine(103, add('A', 100n * e), add('B', 1n)).mine(107, remove('A', 100n * e));
    const peg = new ScriptedPeg();
    settle(peg, history, 109);
    expect(peg.view().balances).to.deep.equal({ [staker('B')]: '1' });
    expect(peg.ask(`/balance/${staker('A')}`).key).to.not.equal(undefined);
    expect(peg.state.get(peg.ask(`/balance/${staker('A')}`).key as Uint8Array)).to.equal(undefined);
  });

  it('a quorum attests the removal of 40e from C who has nothing', () => {
    const history = new StakingHistory(100n)
      .mine(103, add('A', 100n * e))
      .mine(105, add('A', 1n), remove('C', 40n * e), add('B', 2n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    advance(peg, history, 109);
    expect(peg.view().breach).to.deep.include({ height: 105 });
    expect(peg.view().breach?.reason).to.be.a('string').and.not.equal('');
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: String(100n * e) });
    expect(peg.view().ethereum).to.deep.include({ nonce: 1 });
    expect(peg.mature()).to.equal(104);
  });

  it('a quorum attests what cannot follow', () => {
    const genesis = { nonce: 7n, accumulator: staker('seven').padEnd(66, '0') as `0x${string}` };
    const unfit = {
      'the suffix begins earlier': () => new StakingHistory(100n, { ...genesis, nonce: 6n }),
      'the suffix folds from another accumulator': () =>
        new StakingHistory(100n, { ...genesis, accumulator: NO_EVENTS.accumulator }),
      'an addition beyond 2^256 - 1': () => new StakingHistory(100n, genesis).mine(102, add('A', 2n ** 256n - 1n)),
    };
    for (const [name, start] of Object.entries(unfit)) {
      const snapshot = { nonce: '7', accumulator: genesis.accumulator, balances: {} };
      const peg = new ScriptedPeg({ snapshot });
      const history = start().mine(105, add('A', 1n));
      advance(peg, history, 109);
      expect(peg.view().breach, name).to.deep.include({ height: 105 });
      expect(peg.mature(), name).to.equal(104);
      const balances = name.startsWith('an addition') ? { [staker('A')]: String(2n ** 256n - 1n) } : {};
      expect(peg.view().balances, name).to.deep.equal(balances);
      const refused = peg.block(
        peg.vote(1, 110, [{ hash: genesis.accumulator }]),
        peg.rebalance(1, 2, 110, 120, genesis.accumulator),
      );
      expect(refused.codes, name).to.deep.equal(['BREACH', 'BREACH']);
    }
  });

  it('a quorum attests a nonce that does not grow', () => {
    const history = new StakingHistory(100n).mine(103, add('A', 5n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const stale = { hash: history.block(105).hash, after: { nonce: 1n, accumulator: history.block(103).after.accumulator } };
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, [stale]));
    expect(peg.view().breach).to.deep.include({ height: 105 });
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: '5' });
  });

  it('orders are served in a breach until the limits in force are used up', () => {
    const history = new StakingHistory(100n).mine(102, add('A', 5n)).mine(113, remove('B', 1n));
    const peg = new ScriptedPeg({ periodLimit: 2 });
    settle(peg, history, 112);
    advance(peg, history, 113);
    expect(peg.view().breach).to.not.equal(null);
    expect(peg.view().limits).to.deep.equal({ [staker('A')]: { orderLimit: 2, streamLimit: 1 } });
  });

  it('all four vote, nobody delivers until V3 does', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    for (const number of [1, 2, 3, 4]) peg.block(peg.vote(number, 105, history.contents(105, 106)));
    expect(peg.votes(105)).to.have.length(1);
    expect(peg.votes(105)[0]).to.deep.include({ conf: 4, power: 4, missing: true });
    expect(peg.mature()).to.equal(104);
    expect(peg.block().changes).to.equal(0);
    expect(peg.block(peg.deliver(3, 105, history.block(105).before, history.block(105).events)).codes).to.deep.equal(['ok']);
    expect(peg.mature()).to.equal(106);
    expect(peg.balance('A')).to.equal(100n * e);
  });

  it('events delivered short, reordered, altered, with another `before`, by a stranger, before more than 1/3 voted, twice', () => {
    const history = new StakingHistory(100n).mine(102, add('Z', 9n)).mine(105, add('A', 5n), add('B', 6n), remove('A', 1n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const { before, events } = history.block(105);
    const [first, second, third] = events as [StakeEvent, StakeEvent, StakeEvent];
    const full = () => peg.deliver(1, 105, before, events);
    expect(peg.block(full()).codes, 'before any vote').to.deep.equal(['EVENTS_NOT_ATTESTED']);
    peg.block(peg.vote(4, 105, history.contents(105, 105)));
    expect(peg.block(full()).codes, 'one of four is not more than a third').to.deep.equal(['EVENTS_NOT_ATTESTED']);
    peg.block(peg.vote(3, 105, history.contents(105, 105)));
    const votes = peg.view().votes;
    const wrong = {
      short: peg.deliver(1, 105, before, [first, second]),
      reordered: peg.deliver(1, 105, before, [second, first, third]),
      'altered amount': peg.deliver(1, 105, before, [{ ...first, amount: 500n }, second, third]),
      'altered staker': peg.deliver(1, 105, before, [{ ...first, staker: staker('C') }, second, third]),
      'altered kind': peg.deliver(1, 105, before, [{ ...first, kind: 'remove' }, second, third]),
      'one too many': peg.deliver(1, 105, before, [...events, add('V', 1n)]),
      'another nonce before': peg.deliver(1, 105, { ...before, nonce: before.nonce - 1n }, events),
      'another accumulator before': peg.deliver(1, 105, NO_EVENTS, events),
      'another height': peg.deliver(1, 106, before, events),
    };
    for (const [name, delivery] of Object.entries(wrong)) {
      expect(peg.block(delivery).codes, name).to.deep.equal(['EVENTS_NOT_ATTESTED']);
      expect(peg.view().votes, name).to.deep.equal(votes);
    }
    expect(peg.block(peg.deliver(1, 105, before, [])).codes, 'none').to.deep.equal(['EVENTS_EMPTY']);
    const worthless = [{ ...first, amount: 0n }, second, third];
    expect(peg.block(peg.deliver(1, 105, before, worthless)).codes, 'an amount of 0').to.deep.equal(['EVENTS_AMOUNT']);
    const stranger = peg.sign(new Uint8Array(32).fill(9), { type: 'events', height: 105n, before, events });
    expect(peg.block(stranger).codes).to.deep.equal(['NOT_A_WITNESS']);
    expect(peg.block(full(), full()).codes).to.deep.equal(['ok', 'EVENTS_ON_RECORD']);
    expect(peg.block(peg.deliver(2, 105, before, events)).codes, 'by another').to.deep.equal(['EVENTS_ON_RECORD']);
    expect(peg.view().votes[105]?.[0]).to.deep.include({ conf: 2, missing: false });
    peg.block(peg.vote(1, 105, history.contents(105, 105)));
    expect(peg.balance('A')).to.equal(4n);
    expect(peg.block(peg.deliver(1, 105, before, events)).codes, 'when it is final').to.deep.equal(['EVENTS_FINAL']);
  });

  it('V4 delivers [C], then V1 delivers [A, B, C], of one block', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n), remove('A', 2n), add('C', 7n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const { before, events } = history.block(105);
    for (const number of [1, 2, 4]) peg.block(peg.vote(number, 105, history.contents(105, 105)));
    const afterTwo = foldHistory(before, 105n, events.slice(0, 2));
    expect(peg.block(peg.deliver(4, 105, afterTwo, events.slice(2))).codes).to.deep.equal(['ok']);
    expect(peg.votes(105)[0]).to.deep.include({ missing: true });
    expect(Object.keys(peg.view().events[105] ?? {})).to.deep.equal(['3']);
    const result = peg.block(peg.deliver(1, 105, before, events));
    expect(result.codes).to.deep.equal(['ok']);
    const applied = result.events.filter(({ type }) => type === 'stake_event').map(({ attributes }) => attributes.nonce);
    expect(applied).to.deep.equal(['1', '2', '3']);
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: '3', [staker('C')]: '7' });
  });

  it('a false prefix before a true suffix is refused', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n), add('B', 6n), add('C', 7n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const { before, events } = history.block(105);
    for (const number of [1, 2, 4]) peg.block(peg.vote(number, 105, history.contents(105, 105)));
    peg.block(peg.deliver(4, 105, foldHistory(before, 105n, events.slice(0, 2)), events.slice(2)));
    const [, second, third] = events as [StakeEvent, StakeEvent, StakeEvent];
    const lies = [
      [add('V', 10n ** 6n * e), second, third],
      [add('V', 10n ** 6n * e), second],
      [second],
      [add('V', 1n), ...events],
    ];
    for (const lie of lies) {
      expect(peg.block(peg.deliver(3, 105, before, lie)).codes).to.not.deep.equal(['ok']);
      expect(Object.keys(peg.view().events[105] ?? {})).to.deep.equal(['3']);
    }
    expect(peg.block(peg.deliver(3, 105, before, events.slice(0, 2))).codes, 'the missing part alone').to.deep.equal(['ok']);
    expect(peg.mature()).to.equal(105);
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: '5', [staker('B')]: '6', [staker('C')]: '7' });
  });

  it('a vote for a point between two pieces does not keep the first piece out', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n), add('B', 6n), add('C', 7n));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const { hash, before, events } = history.block(105);
    const between = foldHistory(before, 105n, events.slice(0, 2));
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, history.contents(105, 105)));
    expect(peg.block(peg.deliver(1, 105, between, events.slice(2))).codes).to.deep.equal(['ok']);
    peg.block(peg.vote(4, 105, [{ hash, after: between }]));
    expect(peg.block(peg.deliver(1, 105, before, events.slice(0, 2))).codes).to.deep.equal(['ok']);
    expect(peg.mature()).to.equal(105);
  });

  it('a suffix that one liar still names does not keep a piece from the suffix that many name', () => {
    const start = [add('A', 5n), add('B', 6n)];
    // Whichever of the two accumulators is the smaller one, in one of the two runs the liar's comes first.
    for (const swapped of [false, true]) {
      const branches = new StakingHistory(100n).mine(105, ...start, add('C', swapped ? 8n : 7n));
      const canonical = branches.fork(105, 'b').mine(105, ...start, add('C', swapped ? 7n : 8n));
      const peg = new ScriptedPeg();
      settle(peg, branches, 104);
      const { before } = canonical.block(105);
      const between = foldHistory(before, 105n, start);
      for (const number of [1, 4]) peg.block(peg.vote(number, 105, branches.contents(105, 105)));
      expect(peg.block(peg.deliver(4, 105, between, branches.block(105).events.slice(2))).codes).to.deep.equal(['ok']);
      // V4 goes on to vote for the branch that the others leave.
      peg.block(peg.vote(1, 105, canonical.contents(105, 105)), peg.vote(2, 105, canonical.contents(105, 105)));
      expect(peg.votes(105).map(({ conf }) => conf)).to.deep.equal([2, 1]);
      expect(peg.block(peg.deliver(1, 105, between, canonical.block(105).events.slice(2))).codes).to.deep.equal(['ok']);
      expect(peg.block(peg.deliver(1, 105, before, start)).codes, `swapped: ${swapped}`).to.deep.equal(['ok']);
      settle(peg, canonical, 105, [1, 2, 3]);
    }
  });

  it('the same piece serves two contents, both named by more than 1/3: one ends where it ends, the other goes on', () => {
    const start = [add('A', 5n), add('B', 6n)];
    const short = new StakingHistory(100n).mine(105, ...start);
    const long = short.fork(105, 'b').mine(105, ...start, add('C', 7n));
    const peg = new ScriptedPeg();
    settle(peg, short, 104);
    const { before, after } = short.block(105);
    for (const number of [1, 2]) peg.block(peg.vote(number, 105, short.contents(105, 105)));
    for (const number of [3, 4]) peg.block(peg.vote(number, 105, long.contents(105, 105)));
    const piece = () => peg.deliver(1, 105, before, start);
    const delivered = peg.block(peg.deliver(1, 105, after, [add('C', 7n)]), piece(), piece(), piece());
    expect(delivered.codes).to.deep.equal(['ok', 'ok', 'ok', 'EVENTS_ON_RECORD']);
    expect(peg.votes(105).map(({ missing }) => missing)).to.deep.equal([false, false]);
    peg.block(peg.vote(1, 105, long.contents(105, 105)));
    expect(peg.balance('C')).to.equal(7n);
  });

  it('1 of 4 offline; 2 offline, then back', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n)).mine(112, add('B', 5n)).mine(118, remove('A', 1n));
    const peg = new ScriptedPeg();
    settle(peg, history, 110, [1, 2, 3]);
    expect(peg.balance('A')).to.equal(5n);
    advance(peg, history, 119, [1, 3]);
    expect(peg.mature()).to.equal(110);
    expect(honestVote(peg, history, 4, 119)).to.not.equal(undefined);
    settle(peg, history, 119, [1, 2, 3, 4]);
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: '4', [staker('B')]: '5' });
  });
});
