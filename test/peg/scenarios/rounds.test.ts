// Scenarios of the protocol's section 11 about rounds: when a proposal is adopted and what limits it brings.

import { expect } from 'chai';
import type { Hex } from '../../../relayer/lib/bytes.ts';
import { advance, honestProposal, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { limitsDigest, limitsOf } from '../../helpers/sequential-model.ts';
import { add, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

const e = 10n ** 18n;

/** Digest of the mapping of the peg's present balances. */
function digest(peg: ScriptedPeg, periodLimit = 1000n): Hex {
  const balances = Object.entries(peg.view().balances).map(([who, amount]) => [who as Hex, BigInt(amount)] as const);
  return limitsDigest(limitsOf(new Map(balances), periodLimit));
}

/** Order limits in force by name. */
function orderLimits(peg: ScriptedPeg, ...names: string[]): (number | undefined)[] {
  return names.map((name) => peg.view().limits[staker(name)]?.orderLimit);
}

describe('scenarios: rounds', () => {
  it('the first round', () => {
    const peg = new ScriptedPeg();
    expect(peg.round()).to.deep.include({ number: 0, startsAt: 0, endsAt: 0 });
    expect(peg.mature()).to.equal(null);
    const empty = limitsDigest(new Map());
    expect(peg.block(peg.rebalance(1, 1, 0, 10, empty)).codes, 'it starts at S').to.deep.equal(['REBALANCE_BOUNDS']);
    expect(peg.block(peg.rebalance(1, 1, 100, 110, empty)).codes).to.deep.equal(['ok']);
    expect(peg.round()).to.deep.equal({ number: 1, startsAt: 100, endsAt: 110, limit: 1000 });
    expect(peg.mature()).to.equal(100);
    expect(peg.view().limits).to.deep.equal({});
  });

  it('proposal when mature is 109 / 110 (endsAt 110)', () => {
    const history = new StakingHistory(100n).mine(102, add('A', 5n));
    const peg = new ScriptedPeg();
    settle(peg, history, 109);
    expect(peg.block(peg.rebalance(1, 2, 110, 120, digest(peg))).codes).to.deep.equal(['REBALANCE_EARLY']);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 110, history.contents(110, 111)));
    expect(peg.mature(), 'finality waits at the end of the round').to.equal(110);
    expect(peg.block(peg.rebalance(1, 2, 110, 120, digest(peg))).codes).to.deep.equal(['ok']);
    expect(peg.round()).to.deep.equal({ number: 2, startsAt: 110, endsAt: 120, limit: 1000 });
    expect(peg.mature(), 'and goes on with the votes already there').to.equal(111);
  });

  it('4 proposals in one block', () => {
    const history = new StakingHistory(100n).mine(102, add('A', 5n));
    const peg = new ScriptedPeg();
    settle(peg, history, 109);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 110, history.contents(110, 110)));
    const proposals = [1, 2, 3, 4].map((number) => honestProposal(peg, number) as Uint8Array);
    const adopted = 'REBALANCE_ALREADY_ADOPTED';
    expect(peg.block(...proposals).codes).to.deep.equal(['ok', adopted, adopted, adopted]);
    expect(peg.round()).to.deep.include({ number: 2, startsAt: 110, endsAt: 120 });
    expect(peg.block(proposals[3] as Uint8Array).codes, 'in a later block').to.deep.equal([adopted]);
  });

  it('wrong round, endsAt, startsAt, digest', () => {
    const history = new StakingHistory(100n).mine(102, add('A', 100n), add('B', 300n));
    const peg = new ScriptedPeg();
    settle(peg, history, 109);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 110, history.contents(110, 110)));
    const right = digest(peg);
    const other = limitsDigest(limitsOf(new Map([[staker('A'), 1n]]), 1000n));
    const before = peg.substance();
    const refusals: readonly (readonly [Uint8Array, string])[] = [
      [peg.rebalance(1, 0, 110, 120, right), 'REBALANCE_ALREADY_ADOPTED'],
      [peg.rebalance(1, 1, 100, 110, right), 'REBALANCE_ALREADY_ADOPTED'],
      [peg.rebalance(1, 3, 110, 120, right), 'REBALANCE_ROUND'],
      [peg.rebalance(1, 3, 120, 130, right), 'REBALANCE_ROUND'],
      [peg.rebalance(1, 2, 109, 119, right), 'REBALANCE_BOUNDS'],
      [peg.rebalance(1, 2, 109, 120, right), 'REBALANCE_BOUNDS'],
      [peg.rebalance(1, 2, 110, 119, right), 'REBALANCE_BOUNDS'],
      [peg.rebalance(1, 2, 110, 121, right), 'REBALANCE_BOUNDS'],
      [peg.rebalance(1, 2, 110, 120, other), 'REBALANCE_MAPPING'],
      [peg.rebalance(1, 2, 110, 120, limitsDigest(new Map())), 'REBALANCE_MAPPING'],
    ];
    for (const [proposal, code] of refusals) expect(peg.block(proposal).codes).to.deep.equal([code]);
    const stranger = peg.sign(new Uint8Array(32).fill(5), {
      type: 'rebalance',
      round: 2n,
      startsAt: 110n,
      endsAt: 120n,
      mapping: right,
    });
    expect(peg.block(stranger).codes).to.deep.equal(['NOT_A_WITNESS']);
    expect(peg.substance()).to.deep.equal(before);
    expect(peg.block(peg.rebalance(1, 2, 110, 120, right)).codes).to.deep.equal(['ok']);
  });

  it('A 100e, B 300e; A 60e, B 300e; three equal', () => {
    const history = new StakingHistory(100n)
      .mine(101, add('A', 100n * e), add('B', 300n * e))
      .mine(115, remove('A', 40n * e))
      .mine(125, add('A', 240n * e), add('C', 300n * e));
    const peg = new ScriptedPeg();
    settle(peg, history, 110);
    expect(orderLimits(peg, 'A', 'B', 'C')).to.deep.equal([250, 750, undefined]);
    settle(peg, history, 120);
    expect(orderLimits(peg, 'A', 'B', 'C')).to.deep.equal([166, 833, undefined]);
    settle(peg, history, 130);
    expect(orderLimits(peg, 'A', 'B', 'C')).to.deep.equal([333, 333, 333]);
    expect(peg.view().limits[staker('C')]).to.deep.equal({ orderLimit: 333, streamLimit: 1 });
  });

  it('29/71 of P = 100; 1 wei beside 10¹⁸ of P = 75000', () => {
    const uneven = new ScriptedPeg({ periodLimit: 100 });
    settle(uneven, new StakingHistory(100n).mine(101, add('A', 29n), add('B', 71n)), 110);
    expect(orderLimits(uneven, 'A', 'B')).to.deep.equal([29, 71]);
    const dust = new ScriptedPeg({ periodLimit: 75_000 });
    settle(dust, new StakingHistory(100n).mine(101, add('A', 1n), add('B', e)), 110);
    expect(orderLimits(dust, 'A', 'B')).to.deep.equal([0, 74_999]);
    const example = new ScriptedPeg({ periodLimit: 75_000 });
    settle(example, new StakingHistory(100n).mine(101, add('A', 451_736n)).mine(102, add('B', 1203n), add('C', 624_519n)), 110);
    expect(orderLimits(example, 'A', 'B', 'C')).to.deep.equal([31_444, 83, 43_471]);
  });

  it('stake in block 118 and in 123, endsAt 120', () => {
    const history = new StakingHistory(100n).mine(118, add('A', 100n)).mine(123, add('B', 300n));
    // However the votes come, the limits of a round are those of the block in which it begins.
    for (const step of [1, 7, 40]) {
      const peg = new ScriptedPeg();
      const seen = new Map<number, unknown>();
      for (let to = 101; to <= 141; to += step) {
        advance(peg, history, Math.min(to + step - 1, 140));
        seen.set(peg.round().number, orderLimits(peg, 'A', 'B'));
      }
      settle(peg, history, 140);
      const expected: Record<number, unknown> = {
        1: [undefined, undefined],
        2: [undefined, undefined],
        3: [1000, undefined],
        4: [250, 750],
      };
      for (const [round, limits] of seen)
        if (round in expected) expect(limits, `step ${step}, round ${round}`).to.deep.equal(expected[round]);
      expect(peg.round()).to.deep.include({ number: 5, startsAt: 140 });
      const rounds = peg.events.filter(({ type }) => type === 'rebalance').map(({ attributes }) => attributes.round);
      expect(rounds, 'none is skipped').to.deep.equal(['1', '2', '3', '4', '5']);
    }
  });

  it('no stakers: an empty mapping, and the round still advances', () => {
    const peg = new ScriptedPeg();
    settle(peg, new StakingHistory(100n), 130);
    expect(peg.round()).to.deep.include({ number: 4, startsAt: 130, endsAt: 140 });
    expect(peg.view().limits).to.deep.equal({});
  });

  it('votes that came during the pause are not lost, however many rounds they span', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n)).mine(118, add('B', 5n)).mine(126, remove('A', 5n));
    const peg = new ScriptedPeg();
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 101, history.contents(101, 150)));
    const delivery = (height: number) => peg.deliver(1, height, history.block(height).before, history.block(height).events);
    expect(peg.block(delivery(126), delivery(105), delivery(118)).codes).to.deep.equal(['ok', 'ok', 'ok']);
    const ends = [100, 110, 120, 130, 140, 150];
    for (const end of ends) {
      const proposal = honestProposal(peg, 1);
      expect(peg.block(proposal as Uint8Array).codes).to.deep.equal(['ok']);
      expect(peg.mature()).to.equal(Math.min(end + 10, 150));
    }
    expect(orderLimits(peg, 'A', 'B')).to.deep.equal([undefined, 1000]);
  });
});
