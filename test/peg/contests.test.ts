import { expect } from 'chai';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import type { CodeName } from '../../relayer/peg/codes.ts';
import { settle } from '../helpers/honest-validators.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory, stakerKey } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(103, add('A', 5n));
const OTHER = HISTORY.fork(103, 'other');
const hash = (height: number) => OTHER.block(height).hash;

function final108(powers: readonly bigint[] = [1n, 1n, 1n, 1n]): ScriptedPeg {
  const peg = new ScriptedPeg({ powers });
  settle(peg, HISTORY, 108);
  return peg;
}

describe('contests', () => {
  it('are judged in the order of the codes: the first check that fails gives the code', () => {
    const peg = final108();
    peg.block(peg.contest(1, 105, hash(105)));
    const stranger = { type: 'contest', sequence: 9n, height: 0n, hash: hash(105) } as const;
    const wrong: readonly (readonly [CodeName, Uint8Array])[] = [
      ['NOT_A_WITNESS', peg.sign(stakerKey('A'), stranger)],
      ['GOVERN_SEQUENCE', peg.contest(1, 109, hash(105), 1)],
      ['CONTEST_NOT_FINAL', peg.contest(1, 109, hash(109))],
      ['CONTEST_NOT_FINAL', peg.contest(1, 100, hash(105))],
      ['CONTEST_NOTHING_NEW', peg.contest(1, 105, hash(105))],
      ['CONTEST_NOTHING_NEW', peg.contest(2, 105, HISTORY.block(105).hash)],
    ];
    const before = peg.substance();
    for (const [name, transaction] of wrong) expect(peg.block(transaction).codes, name).to.deep.equal([name]);
    expect(peg.substance()).to.deep.equal(before);
  });

  it('are one a validator: a later one replaces it, the final hash takes it back', () => {
    const peg = final108();
    const { address } = peg.v(1);
    peg.block(peg.contest(1, 105, hash(105)));
    expect(peg.view().contests).to.deep.equal({ [address]: { height: 105, hash: hash(105) } });
    peg.block(peg.contest(1, 104, hash(104)));
    expect(peg.query('/contests')).to.deep.equal({ [address]: { height: 104, hash: hash(104) } });
    const { events } = peg.block(peg.contest(1, 107, HISTORY.block(107).hash));
    expect(peg.view().contests).to.deep.equal({});
    expect(events[0]?.attributes).to.deep.include({ validator: address, stands: '0' });
    expect(peg.block(peg.contest(1, 105, hash(105), 1)).codes, 'the first one again').to.deep.equal(['GOVERN_SEQUENCE']);
    expect(peg.block(peg.contest(1, 105, hash(105))).codes).to.deep.equal(['ok']);
  });

  it('of more than 2/3 on one other block are a breach, with the evidence', () => {
    const peg = final108([2n, 2n, 1n, 1n]);
    peg.block(peg.contest(1, 105, hash(105)), peg.contest(3, 104, hash(104)));
    expect(peg.block(peg.contest(2, 105, hash(105))).codes).to.deep.equal(['ok']);
    expect(peg.view().breach, 'four of six').to.equal(null);
    const { events } = peg.block(peg.contest(4, 105, hash(105)));
    expect(events.map(({ type }) => type)).to.deep.equal(['contest', 'breach']);
    const { breach, contests } = peg.view();
    expect(breach?.height).to.equal(105);
    expect(breach?.evidence).to.deep.equal({
      final: HISTORY.block(105).hash,
      attested: hash(105),
      power: 5,
      totalPower: 6,
      voters: [1, 2, 4].map((number) => peg.v(number).address),
    });
    expect(contests).to.deep.equal({});
    expect(peg.block(peg.vote(1, 109, HISTORY.contents(109, 109))).codes).to.deep.equal(['BREACH']);
    expect(peg.block(peg.contest(3, 106, hash(106))).codes).to.deep.equal(['BREACH']);
  });

  it('are weighed anew when the set changes, and go with their validators', () => {
    const peg = final108();
    peg.block(...[1, 2].map((number) => peg.contest(number, 105, hash(105))), peg.contest(4, 106, hash(106)));
    const motion = peg.motion([3, 4].map((number) => ({ type: 'remove', validator: peg.v(number).address })));
    peg.block(...[1, 2].map((number) => peg.govern(number, motion)));
    expect(peg.view().breach).to.equal(null);
    peg.block(peg.govern(3, motion));
    expect(peg.view().breach, 'two of two').to.deep.include({ height: 105 });

    const left = final108();
    left.block(left.contest(4, 106, hash(106)));
    const leaves = left.motion([{ type: 'remove', validator: left.v(4).address }]);
    left.block(...[1, 2, 3].map((number) => left.govern(number, leaves)));
    expect(left.view().contests).to.deep.equal({});
  });

  it('end when the hash of their block is no longer kept', () => {
    const peg = new ScriptedPeg({ periodLength: 1000 });
    const history = new StakingHistory(100n);
    settle(peg, history, 110);
    peg.block(peg.contest(1, 105, hash(105)));
    settle(peg, history, 360, [2, 3, 4]);
    expect(peg.view().contests).to.have.property(peg.v(1).address);
    settle(peg, history, 361, [2, 3, 4]);
    expect(peg.view().contests).to.deep.equal({});
  });

  it('wait one at a time in the mempool, together with voices on motions', () => {
    const peg = final108();
    const check = new TransactionCheck(peg.state, peg.domain, peg.height);
    expect(codeName(check.check(peg.contest(1, 105, hash(105))))).to.equal('ok');
    expect(codeName(check.check(peg.govern(1, peg.motion([]))))).to.equal('MEMPOOL_VOICE_WAITS');
    expect(codeName(check.check(peg.contest(2, 109, hash(105))))).to.equal('CONTEST_NOT_FINAL');
  });
});
