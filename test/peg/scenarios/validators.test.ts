// Validators that join, leave and come back while votes are pending; powers, keys and parameters that change under them.

import { expect } from 'chai';
import type { Change, Motion } from '../../../relayer/peg/types.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory } from '../../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(105, add('A', 100n)).mine(113, add('B', 300n)).mine(121, remove('A', 40n));

const leaving = (peg: ScriptedPeg, number: number): Change => ({ type: 'remove', validator: peg.v(number).address });
const power = (peg: ScriptedPeg, number: number, value: bigint): Change => ({
  type: 'power',
  validator: peg.v(number).address,
  power: value,
});

/** One block in which `numbers` support a motion of these changes; it must pass. */
function pass(peg: ScriptedPeg, changes: readonly Change[], numbers: readonly number[]) {
  const motion = peg.motion(changes);
  const result = peg.block(...numbers.map((number) => peg.govern(number, motion)));
  expect(new Set(result.codes)).to.deep.equal(new Set(['ok']));
  expect(peg.motionRecord(motion)?.decision?.outcome).to.equal('passed');
  return result;
}

const members = (peg: ScriptedPeg) =>
  Object.values(peg.view().validators)
    .filter(({ active }) => active)
    .map(({ name }) => name);

/** Blocks 101–104 final in round 1, then V1 and V2 have voted for 105 and its events are on record. */
function pending(): ScriptedPeg {
  const peg = new ScriptedPeg();
  peg.truth = HISTORY;
  settle(peg, HISTORY, 104);
  const { before, events } = HISTORY.block(105);
  peg.block(...[1, 2].map((number) => peg.vote(number, 105, HISTORY.contents(105, 105))));
  expect(peg.block(peg.deliver(1, 105, before, events)).codes).to.deep.equal(['ok']);
  expect(peg.mature()).to.equal(104);
  return peg;
}

describe('scenarios: the set of validators', () => {
  it('a validator joins: it votes from the next block on, from the mature block', () => {
    const peg = pending();
    const joins = peg.motion([peg.joining(5)]);
    const early = peg.vote(5, 105, HISTORY.contents(105, 105), 1);
    const voices = [1, 2, 3].map((number) => peg.govern(number, joins));
    const { codes, updates } = peg.block(...voices, early);
    expect(codes, 'in the block that decides it is no validator yet').to.deep.equal(['ok', 'ok', 'ok', 'NOT_A_WITNESS']);
    expect(updates).to.deep.equal({ [peg.v(5).address]: 1n });
    expect(members(peg)).to.have.members(['V1', 'V2', 'V3', 'V4', 'V5']);
    expect(peg.validator(5)).to.deep.include({ active: true, power: 1, sequence: 0, witnessedTo: 104, totalVotes: 0 });
    expect(peg.view().consensusParams.confirmationThreshold).to.equal(4);
    expect(peg.block(early).codes).to.deep.equal(['ok']);
    expect(peg.mature(), 'three of five').to.equal(104);
    peg.block(peg.vote(3, 105, HISTORY.contents(105, 105)));
    expect(peg.mature(), 'four of five').to.equal(105);
  });

  it('a validator leaves: its votes vanish, and what then has a quorum is final in that block', () => {
    const peg = pending();
    peg.block(peg.vote(4, 105, [{ hash: HISTORY.fork(105, 'b').block(105).hash }]));
    expect(peg.votes(105).map(({ conf }) => conf)).to.deep.equal([2, 1]);
    const { updates, events } = pass(peg, [leaving(peg, 3), leaving(peg, 4)], [1, 2, 3]);
    expect(updates).to.deep.equal({ [peg.v(3).address]: 0n, [peg.v(4).address]: 0n });
    expect(peg.mature(), 'two of two, after the set has changed').to.equal(105);
    expect(peg.balance('A')).to.equal(100n);
    expect(events.map(({ type }) => type).slice(-3)).to.deep.equal(['motion', 'stake_event', 'eth_final']);
    expect(peg.validator(4)).to.deep.include({ active: false, power: 0, witnessedTo: 105 });
    expect(peg.block(peg.vote(4, 106, HISTORY.contents(106, 106))).codes).to.deep.equal(['NOT_A_WITNESS']);
    settle(peg, HISTORY, 120, [1, 2]);
  });

  it('votes of one who leaves count for nobody', () => {
    const peg = new ScriptedPeg({ powers: [4n, 2n, 1n, 1n, 1n] });
    peg.truth = HISTORY;
    settle(peg, HISTORY, 104);
    peg.block(...[2, 3, 4].map((number) => peg.vote(number, 105, HISTORY.contents(105, 107))));
    expect(peg.votes(106).map(({ conf, power: weight }) => [conf, weight])).to.deep.equal([[3, 4]]);
    const { before, events } = HISTORY.block(105);
    expect(peg.block(peg.deliver(1, 105, before, events)).codes).to.deep.equal(['ok']);
    pass(peg, [leaving(peg, 2)], [1, 3, 4, 5]);
    expect(peg.votes(106).map(({ conf, power: weight }) => [conf, weight])).to.deep.equal([[2, 2]]);
    expect(peg.mature(), 'two of seven').to.equal(104);
    peg.block(peg.vote(1, 105, HISTORY.contents(105, 105)));
    expect(peg.mature(), 'six of seven').to.equal(105);
  });

  it('leaving and joining again with votes pending: the old votes are gone, the sequence goes on', () => {
    const peg = new ScriptedPeg();
    peg.truth = HISTORY;
    settle(peg, HISTORY, 104);
    pass(peg, [peg.joining(5)], [1, 2, 3]);
    const old = [1, 2].map((n) => peg.vote(5, 105, HISTORY.contents(105, 104 + 3 * n), n));
    expect(peg.block(old[0] as Uint8Array).codes).to.deep.equal(['ok']);
    expect(peg.block(old[1] as Uint8Array).codes).to.deep.equal(['ok']);
    const { sequence, totalVotes } = peg.validator(5);
    expect([sequence, totalVotes]).to.deep.equal([2, 6]);
    pass(peg, [leaving(peg, 5)], [1, 2, 3, 4]);
    expect(peg.votes(105)).to.deep.equal([]);
    settle(peg, HISTORY, 106, [1, 2, 3, 4]);
    pass(peg, [peg.joining(5, 2n)], [1, 2, 3]);
    expect(peg.validator(5)).to.deep.include({ active: true, power: 2, sequence: 2, witnessedTo: 106, totalVotes: 6 });
    for (const bytes of old) expect(peg.block(bytes).codes, 'an old vote played back').to.deep.equal(['VOTE_SEQUENCE']);
    expect(peg.votes(107)).to.deep.equal([]);
    expect(peg.block(peg.vote(5, 107, HISTORY.contents(107, 110))).codes).to.deep.equal(['ok']);
    settle(peg, HISTORY, 125, [1, 2, 3, 5]);
    peg.restart();
    expect(peg.balance('A')).to.equal(60n);
  });

  it('a power that grows makes a pending vote a quorum, in that block', () => {
    const peg = pending();
    const { updates } = pass(peg, [power(peg, 1, 5n)], [2, 3, 4]);
    expect(updates).to.deep.equal({ [peg.v(1).address]: 5n });
    expect(peg.mature(), 'V1 and V2 are six of eight').to.equal(105);
    const alone = pending();
    pass(alone, [power(alone, 4, 9n)], [1, 2, 3]);
    expect(alone.mature(), 'they are two of twelve').to.equal(104);
    settle(alone, HISTORY, 110, [4]);
  });

  it('a motion that one validator had voted for passes by itself once its power is grown', () => {
    const peg = new ScriptedPeg();
    const waits = peg.motion([{ type: 'periodLimit', value: 7n }]);
    peg.block(peg.govern(1, waits));
    const { events } = pass(peg, [power(peg, 1, 7n)], [2, 3, 4]);
    expect(peg.motionRecord(waits)?.decision).to.deep.include({ outcome: 'passed', height: Number(peg.height) });
    expect(events.filter(({ type }) => type === 'motion')).to.have.length(2);
    expect(peg.view().consensusParams.periodLimit).to.equal(7);
  });

  it('voices of one who leaves vanish from open motions', () => {
    const peg = new ScriptedPeg();
    const open = peg.motion([{ type: 'periodLimit', value: 7n }]);
    const alone = peg.motion([{ type: 'periodLimit', value: 8n }]);
    peg.block(peg.govern(1, open), peg.govern(4, open), peg.govern(4, alone));
    pass(peg, [leaving(peg, 4)], [1, 2, 3]);
    expect(peg.motionRecord(open)).to.deep.include({ voters: [peg.v(1).address], decision: null });
    expect(peg.motionRecord(alone), 'nobody else wanted it').to.equal(undefined);
    peg.block(peg.govern(2, open));
    expect(peg.motionRecord(open)?.decision, 'two of three').to.equal(null);
    peg.block(peg.govern(3, open));
    expect(peg.view().consensusParams.periodLimit).to.equal(7);
  });

  it('a witness key rotated with votes pending: votes stay, the old key is silent, the new one goes on', () => {
    const peg = pending();
    const old = peg.vote(2, 106, HISTORY.contents(106, 106));
    const { updates } = pass(peg, [{ type: 'witness', validator: peg.v(2).address, witness: peg.v(6).witness }], [1, 2, 3]);
    expect(updates, 'the engine knows consensus keys only').to.deep.equal({});
    expect(peg.votes(105)[0]?.voters).to.deep.equal([peg.v(1).address, peg.v(2).address]);
    expect(peg.block(old).codes).to.deep.equal(['NOT_A_WITNESS']);
    const next = { type: 'witness', sequence: 3n, fromBlock: 106n, blocks: HISTORY.contents(106, 106) } as const;
    expect(peg.validator(2).sequence).to.equal(2);
    expect(peg.block(peg.sign(peg.v(6).privateKey, next)).codes).to.deep.equal(['ok']);
    const taken = { ...peg.joining(5), witness: peg.v(2).witness } as Change;
    const codes = (change: Change) => peg.twin().block(peg.govern(1, peg.motion([change]))).codes;
    expect(codes(taken), 'the key has spoken for V2').to.deep.equal(['CHANGE_WITNESS_TAKEN']);
    expect(codes({ type: 'witness', validator: peg.v(2).address, witness: peg.v(2).witness })).to.deep.equal(['ok']);
    settle(peg, HISTORY, 110, [1, 3, 4]);
  });

  it('period and limit count from the next round: the one in force keeps its end and its limits', () => {
    const peg = new ScriptedPeg();
    peg.truth = HISTORY;
    settle(peg, HISTORY, 112);
    const { round, limits } = peg.view();
    expect(round).to.deep.equal({ number: 2, startsAt: 110, endsAt: 120, limit: 1000 });
    const changes: readonly Change[] = [
      { type: 'periodLimit', value: 10n },
      { type: 'periodLength', value: 3n },
    ];
    pass(peg, changes, [1, 2, 3]);
    expect(peg.view().consensusParams).to.deep.include({ periodLimit: 10, periodLength: 3 });
    expect([peg.round(), peg.view().limits]).to.deep.equal([round, limits]);
    settle(peg, HISTORY, 119);
    expect([peg.round(), peg.view().limits]).to.deep.equal([round, limits]);
    settle(peg, HISTORY, 121);
    expect(peg.round()).to.deep.equal({ number: 3, startsAt: 120, endsAt: 123, limit: 10 });
    expect(Object.values(peg.view().limits).map(({ orderLimit }) => orderLimit)).to.have.members([2, 7]);
  });

  it('a round is adopted and the period changed in one block: the round is as it was proposed', () => {
    const peg = new ScriptedPeg();
    const motion = peg.motion([{ type: 'periodLength', value: 3n }]);
    const [proposal, late] = [1, 2].map((number) =>
      peg.rebalance(number, 1, 100, 110, '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'),
    ) as [Uint8Array, Uint8Array];
    const twin = peg.twin();
    expect(peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)), proposal).codes.at(-1)).to.equal('ok');
    expect(peg.round()).to.deep.include({ startsAt: 100, endsAt: 110 });
    twin.block(...[1, 2, 3].map((number) => twin.govern(number, motion)));
    expect(twin.block(late).codes).to.deep.equal(['REBALANCE_BOUNDS']);
  });

  it('two contradicting motions of one block: the older one, then the smaller digest, comes first; the other is void', () => {
    const run = (turned: boolean, olderFirst: boolean) => {
      const peg = new ScriptedPeg();
      const a: Motion = peg.motion([leaving(peg, 4)]);
      const b: Motion = peg.motion([power(peg, 4, 5n)]);
      if (olderFirst) peg.block(peg.govern(1, b));
      const voices = [a, b].flatMap((motion) => (turned ? [3, 2] : [2, 3]).map((number) => [number, motion] as const));
      const all = [...(olderFirst ? [[1, a] as const] : [[1, a] as const, [1, b] as const]), ...voices];
      const next = new Map<number, number>();
      const transactions = (turned ? all.toReversed() : all).map(([number, motion]) => {
        const sequence = (next.get(number) ?? peg.validator(number).governSequence) + 1;
        next.set(number, sequence);
        return peg.govern(number, motion, true, sequence);
      });
      const { updates } = peg.block(...transactions);
      return { peg, updates, a: peg.motionRecord(a)?.decision, b: peg.motionRecord(b)?.decision };
    };
    const forward = run(false, false);
    const backward = run(true, false);
    expect(forward.updates).to.deep.equal(backward.updates);
    expect([forward.a, forward.b]).to.deep.equal([backward.a, backward.b]);
    const older = run(true, true);
    expect(older.b, 'b was opened a block before a').to.deep.include({ outcome: 'passed' });
    expect(older.a, 'three of eight once V4 weighs five').to.equal(null);
    expect(older.updates).to.deep.equal({ [older.peg.v(4).address]: 5n });
  });

  it('a motion whose ground is gone when it gets its quorum is void', () => {
    const peg = new ScriptedPeg({ powers: [1n, 1n, 1n, 1n] });
    const first = peg.motion([{ type: 'power', validator: peg.v(4).address, power: 2n }]);
    const second = peg.motion([leaving(peg, 4)]);
    peg.block(peg.govern(1, first));
    peg.block(peg.govern(1, second));
    const { events } = peg.block(
      peg.govern(2, second, true, 1),
      peg.govern(3, second, true, 1),
      peg.govern(2, first, true, 2),
      peg.govern(3, first, true, 2),
    );
    const outcomes = events.filter(({ type }) => type === 'motion').map(({ attributes }) => attributes.outcome);
    expect(outcomes, 'first weighs V4 with 2, so second has three of five').to.deep.equal(['passed']);
    peg.block(peg.govern(4, second));
    expect(peg.motionRecord(second)?.decision).to.deep.include({ outcome: 'passed' });
    const third = peg.motion([{ type: 'periodLimit', value: 7n }]);
    const fourth = peg.motion([
      { type: 'periodLimit', value: 7n },
      { type: 'periodLength', value: 7n },
    ]);
    peg.block(peg.govern(1, third));
    peg.block(peg.govern(1, fourth));
    const next = peg.validator(2).governSequence;
    peg.block(...[2, 3].flatMap((n) => [peg.govern(n, third, true, next + 1), peg.govern(n, fourth, true, next + 2)]));
    expect(peg.motionRecord(third)?.decision).to.deep.include({ outcome: 'passed' });
    expect(peg.motionRecord(fourth)?.decision).to.deep.include({ outcome: 'void', reason: 'CHANGE_NOTHING' });
    expect(peg.view().consensusParams, 'a void motion changes nothing').to.deep.include({ periodLimit: 7, periodLength: 10 });
  });

  it('two thirds are not enough, one more is', () => {
    const peg = new ScriptedPeg({ powers: [10n, 10n, 10n] });
    const motion = peg.motion([leaving(peg, 3)]);
    peg.block(...[1, 2].map((number) => peg.govern(number, motion)));
    expect(peg.motionRecord(motion)?.decision).to.equal(null);
    peg.block(peg.govern(3, motion));
    expect(members(peg)).to.have.members(['V1', 'V2']);
  });

  it('a whole new set in one motion', () => {
    const peg = new ScriptedPeg();
    peg.truth = HISTORY;
    settle(peg, HISTORY, 104);
    peg.block(...[1, 2].map((number) => peg.vote(number, 105, HISTORY.contents(105, 109))));
    const { updates } = pass(
      peg,
      [...[1, 2, 3, 4].map((number) => leaving(peg, number)), ...[5, 6, 7].map((number) => peg.joining(number, 4n))],
      [1, 2, 3],
    );
    expect(Object.values(updates).sort()).to.deep.equal([0n, 0n, 0n, 0n, 4n, 4n, 4n]);
    expect(peg.view().votes).to.deep.equal({});
    expect(advance(peg, HISTORY, 125, [5, 6, 7])).to.be.greaterThan(1);
    expect(peg.mature()).to.equal(125);
  });
});
