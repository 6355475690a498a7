// What people do on a living devnet: the same for the same seed, and never beyond what they have.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Act, FIRST_ACTIVE_STAKER, type Person, planActs, seededNumbers } from '../../relayer/devnet/activity-plan.ts';

const people: fc.Arbitrary<readonly Person[]> = fc
  .array(fc.record({ staked: fc.bigInt({ min: 0n, max: 10n ** 24n }), left: fc.nat(50_000) }), { maxLength: 9 })
  .map((all) => all.map((one, staker) => ({ staker, ...one })));

/** The acts of some beats for people whose means stay as they are. */
function life(seed: number, all: readonly Person[], beats: number): readonly Act[] {
  const random = seededNumbers(seed);
  return Array.from({ length: beats }, (_, beat) => planActs(random, beat, all)).flat();
}

describe('activity of a devnet', () => {
  it('is the same for the same seed, and another for another one', () => {
    const all = [0, 1, 2, 3, 4].map((staker) => ({ staker, staked: 1_000n, left: 9 }));
    expect(life(7, all, 40)).to.deep.equal(life(7, all, 40));
    expect(life(7, all, 40)).not.to.deep.equal(life(8, all, 40));
  });

  it('has stakes, removals and orders in it, and no order twice', () => {
    const acts = life(
      1,
      [0, 1, 2, 3, 4, 5, 6].map((staker) => ({ staker, staked: 1_000n, left: 9 })),
      300,
    );
    const kinds = new Set(acts.map((act) => (act.kind === 'stake' ? act.action : act.kind)));
    expect([...kinds].sort()).to.deep.equal(['order', 'remove', 'stake']);
    const payloads = acts.flatMap((act) => (act.kind === 'order' ? [act.payload] : []));
    expect(new Set(payloads).size).to.equal(payloads.length);
  });

  it('stays within limits and stakes, and leaves the stakes of the script alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1_000), people, (seed, beat, all) => {
        const acts = planActs(seededNumbers(seed), beat, all);
        for (const { staker, staked, left } of all) {
          const own = acts.filter((act) => act.staker === staker);
          expect(own.filter(({ kind }) => kind === 'order').length).to.be.at.most(left);
          for (const act of own) {
            if (act.kind !== 'stake') continue;
            expect(staker).to.be.at.least(FIRST_ACTIVE_STAKER);
            expect(act.amount > 0n).to.equal(true);
            if (act.action === 'remove') expect(act.amount <= staked).to.equal(true);
          }
        }
      }),
    );
  });
});
