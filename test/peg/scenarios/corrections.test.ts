// The peg held an orphaned block for final: validators attest it, adopt the ledger of the branch that won, and rounds go on.

import { expect } from 'chai';
import type { Change, Motion } from '../../../relayer/peg/types.ts';
import { correctionTo, type MadeCorrection } from '../../helpers/correction-of.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

const ORPHANED = new StakingHistory(100n).mine(103, add('A', 100n)).mine(113, add('B', 7n), add('C', 5n));
const CANONICAL = ORPHANED.fork(112, 'won')
  .mine(113, remove('A', 30n), add('B', 9n))
  .mine(114, add('D', 1n))
  .mine(117, add('C', 2n));

/** Block 115 of the orphaned branch is final, block 113 contested by three of four. */
function breached(): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, ORPHANED, 115);
  peg.block(...[1, 2].map((number) => peg.vote(number, 116, ORPHANED.contents(116, 119))));
  peg.block(...[1, 2, 3].map((number) => peg.contest(number, 113, CANONICAL.block(113).hash)));
  expect(peg.view().breach).to.deep.include({ height: 113 });
  return peg;
}

const codeOf = (peg: ScriptedPeg, ...changes: readonly Change[]) => {
  const twin = peg.twin();
  return twin.block(twin.govern(1, twin.motion(changes))).codes[0];
};

/** Three of four vote for a correction, whose balances then come. */
function adopt(peg: ScriptedPeg, { change, lists }: MadeCorrection, ...more: readonly Change[]): Motion {
  const motion = peg.motion([change, ...more]);
  peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
  peg.block(...lists.map((list) => peg.balances(1, list)));
  return motion;
}

describe('scenarios: corrections', () => {
  it('the ledger of the branch that won is adopted, and rounds go on', () => {
    const peg = breached();
    const { round, limits } = peg.view();
    const { change, lists } = correctionTo(peg, CANONICAL, 115);
    const motion = peg.motion([change]);
    peg.block(...[1, 2].map((number) => peg.govern(number, motion)));
    expect(peg.block(...lists.map((list) => peg.balances(1, list))).codes).to.deep.equal(['ok']);
    expect(peg.view().breach, 'two of four').to.not.equal(null);
    peg.block(peg.govern(4, motion));
    expect(peg.motionRecord(motion)?.decision?.outcome).to.equal('passed');
    const view = peg.view();
    expect(view.breach).to.equal(null);
    expect([view.round, view.limits], 'the round stays').to.deep.equal([round, limits]);
    expect(view.balances).to.deep.equal({ [staker('A')]: '70', [staker('B')]: '9', [staker('D')]: '1' });
    expect([view.votes, view.events], 'votes of the orphaned branch are gone').to.deep.equal([{}, {}]);
    expect(view.matureEthBlock).to.equal(115);
    expect(peg.query('/final/115')).to.deep.equal({ height: 115, hash: CANONICAL.block(115).hash });
    expect(peg.ask('/final/113').code).to.not.equal(0);
    for (const number of [1, 2, 3, 4]) expect(peg.validator(number).witnessedTo).to.equal(115);
    peg.truth = CANONICAL;
    settle(peg, CANONICAL, 125);
    expect(peg.round().number).to.equal(3);
    expect(peg.balance('C')).to.equal(2n);
  });

  it('to a block above or below what was final, within the round', () => {
    for (const height of [110, 112, 120]) {
      const peg = breached();
      adopt(peg, correctionTo(peg, CANONICAL, height));
      expect(peg.mature()).to.equal(height);
      peg.truth = CANONICAL;
      peg.restart();
      expect(advance(peg, CANONICAL, 131)).to.be.greaterThan(1);
      expect(peg.mature()).to.equal(131);
    }
  });

  it('is refused where there is no breach and outside the round', () => {
    const peg = breached();
    const { change } = correctionTo(peg, CANONICAL, 115);
    const calm = new ScriptedPeg();
    settle(calm, ORPHANED, 115);
    expect(codeOf(calm, change)).to.equal('CORRECTION_NO_BREACH');
    expect(codeOf(peg, { ...change, height: 109n })).to.equal('CORRECTION_HEIGHT');
    expect(codeOf(peg, { ...change, height: 121n })).to.equal('CORRECTION_HEIGHT');
    expect(codeOf(peg, change, change)).to.equal('CHANGE_TWICE');
    expect(codeOf(peg, change)).to.equal('ok');
  });

  it('is void when other balances come out than it says', () => {
    const peg = breached();
    const { change, lists } = correctionTo(peg, CANONICAL, 115, 1);
    for (const wrong of [
      { ...change, ledger: change.hash },
      { ...change, balances: change.balances.slice(1) },
    ]) {
      const twin = peg.twin();
      const motion = adopt(twin, { change: wrong, lists });
      expect(twin.motionRecord(motion)?.decision).to.deep.include({ outcome: 'void', reason: 'CORRECTION_LEDGER' });
      expect([twin.view().balances, twin.view().breach]).to.deep.equal([peg.view().balances, peg.view().breach]);
    }
  });

  it('can come with a change of the set, and in a breach the set can change without it', () => {
    const peg = breached();
    const leaves: Change = { type: 'remove', validator: peg.v(4).address };
    const twin = peg.twin();
    adopt(peg, correctionTo(peg, CANONICAL, 115), leaves);
    expect(peg.validator(4).active).to.equal(false);
    peg.truth = CANONICAL;
    settle(peg, CANONICAL, 121, [1, 2, 3]);
    const alone = twin.motion([leaves]);
    twin.block(...[1, 2, 3].map((number) => twin.govern(number, alone)));
    expect(twin.view().breach).to.not.equal(null);
    expect(twin.validator(4).active).to.equal(false);
  });

  it('of two corrections of one block the second is void: the breach is over', () => {
    const peg = breached();
    const [first, second] = [115, 114].map((height) => correctionTo(peg, CANONICAL, height));
    if (first === undefined || second === undefined) throw new Error('two corrections');
    const [one, two] = [peg.motion([first.change]), peg.motion([second.change])];
    peg.block(peg.govern(1, one));
    peg.block(peg.govern(1, two));
    peg.block(peg.govern(2, one), peg.govern(2, two, true, peg.validator(2).governSequence + 2));
    peg.block(...[...first.lists, ...second.lists].map((list) => peg.balances(1, list)));
    peg.block(peg.govern(3, one), peg.govern(3, two, true, peg.validator(3).governSequence + 2));
    expect(peg.mature()).to.equal(115);
    expect(peg.motionRecord(two)?.decision).to.deep.include({ outcome: 'void', reason: 'CORRECTION_NO_BREACH' });
  });

  it('mends a breach of another cause', () => {
    const broken = new StakingHistory(100n).mine(103, add('A', 10n)).mine(113, remove('C', 40n));
    const peg = new ScriptedPeg();
    advance(peg, broken, 115);
    expect(peg.view().breach).to.deep.include({ height: 113, evidence: null });
    adopt(peg, correctionTo(peg, CANONICAL, 113));
    peg.truth = CANONICAL;
    settle(peg, CANONICAL, 121);
  });
});
