// The peg held an orphaned block for final: validators attest it, adopt the ledger of the branch that won, and rounds go on.

import { expect } from 'chai';
import type { Hex } from '../../../relayer/lib/bytes.ts';
import { ledgerDigest } from '../../../relayer/peg/ledger.ts';
import type { Change, Correction } from '../../../relayer/peg/types.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

const ORPHANED = new StakingHistory(100n).mine(103, add('A', 100n)).mine(113, add('B', 7n), add('C', 5n));
const CANONICAL = ORPHANED.fork(112, 'won')
  .mine(113, remove('A', 30n), add('B', 9n))
  .mine(114, add('D', 1n))
  .mine(117, add('C', 2n));

/** The correction that makes of the peg's ledger that of `history` at `height`. */
function correctionTo(peg: ScriptedPeg, history: StakingHistory, height: number): Correction {
  const wanted = history.balancesAt(BigInt(height));
  const held = new Map(Object.entries(peg.view().balances).map(([who, amount]) => [who as Hex, BigInt(amount)]));
  const balances = [...new Set([...held.keys(), ...wanted.keys()])]
    .sort()
    .map((who) => [who, wanted.get(who) ?? 0n] as const)
    .filter(([who, balance]) => (held.get(who) ?? 0n) !== balance);
  const ledger = ledgerDigest([...wanted].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { hash } = history.block(height);
  return { type: 'correction', height: BigInt(height), hash, ...history.commitmentAt(BigInt(height)), ledger, balances };
}

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

describe('scenarios: corrections', () => {
  it('the ledger of the branch that won is adopted, and rounds go on', () => {
    const peg = breached();
    const { round, limits } = peg.view();
    const motion = peg.motion([correctionTo(peg, CANONICAL, 115)]);
    peg.block(...[1, 2].map((number) => peg.govern(number, motion)));
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
      const motion = peg.motion([correctionTo(peg, CANONICAL, height)]);
      peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
      expect(peg.mature()).to.equal(height);
      peg.truth = CANONICAL;
      peg.restart();
      expect(advance(peg, CANONICAL, 131)).to.be.greaterThan(1);
      expect(peg.mature()).to.equal(131);
    }
  });

  it('is refused where there is no breach, outside the round, and when the balances are others', () => {
    const peg = breached();
    const right = correctionTo(peg, CANONICAL, 115);
    const calm = new ScriptedPeg();
    settle(calm, ORPHANED, 115);
    expect(codeOf(calm, right)).to.equal('CORRECTION_NO_BREACH');
    expect(codeOf(peg, { ...right, height: 109n })).to.equal('CORRECTION_HEIGHT');
    expect(codeOf(peg, { ...right, height: 121n })).to.equal('CORRECTION_HEIGHT');
    expect(codeOf(peg, { ...right, balances: right.balances.slice(1) })).to.equal('CORRECTION_LEDGER');
    expect(codeOf(peg, { ...right, ledger: right.hash })).to.equal('CORRECTION_LEDGER');
    expect(codeOf(peg, right, right)).to.equal('CHANGE_TWICE');
    expect(codeOf(peg, right)).to.equal('ok');
  });

  it('can come with a change of the set, and in a breach the set can change without it', () => {
    const peg = breached();
    const leaves: Change = { type: 'remove', validator: peg.v(4).address };
    const motion = peg.motion([correctionTo(peg, CANONICAL, 115), leaves]);
    const twin = peg.twin();
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    peg.truth = CANONICAL;
    settle(peg, CANONICAL, 121, [1, 2, 3]);
    const alone = twin.motion([leaves]);
    twin.block(...[1, 2, 3].map((number) => twin.govern(number, alone)));
    expect(twin.view().breach).to.not.equal(null);
    expect(twin.validator(4).active).to.equal(false);
  });

  it('of two corrections of one block the second is void: the breach is over', () => {
    const peg = breached();
    const [one, two] = [115, 114].map((height) => peg.motion([correctionTo(peg, CANONICAL, height)]));
    if (one === undefined || two === undefined) throw new Error('two motions');
    peg.block(peg.govern(1, one));
    peg.block(peg.govern(1, two));
    peg.block(...[2, 3].flatMap((n) => [peg.govern(n, one), peg.govern(n, two, true, peg.validator(n).governSequence + 2)]));
    expect(peg.mature()).to.equal(115);
    expect(peg.motionRecord(two)?.decision).to.deep.include({ outcome: 'void', reason: 'CORRECTION_NO_BREACH' });
  });

  it('mends a breach of another cause', () => {
    const broken = new StakingHistory(100n).mine(103, add('A', 10n)).mine(113, remove('C', 40n));
    const peg = new ScriptedPeg();
    advance(peg, broken, 115);
    expect(peg.view().breach).to.deep.include({ height: 113, evidence: null });
    const motion = peg.motion([correctionTo(peg, CANONICAL, 113)]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    peg.truth = CANONICAL;
    settle(peg, CANONICAL, 121);
  });
});
