import { expect } from 'chai';
import { type CatchUp, stepCatchUp } from '../../relayer/witness/catch-up.ts';

describe('catching up', () => {
  it('is nothing while a few votes are due', () => {
    expect(stepCatchUp(undefined, 100n, 1_124n, 0)).to.deep.equal({ state: undefined });
  });

  it('tells where it began, how fast it is and how long it takes, now and then', () => {
    const begun = stepCatchUp(undefined, 100n, 10_100n, 1_000);
    expect(begun.report).to.equal('began');
    const quiet = stepCatchUp(begun.state, 1_100n, 10_100n, 3_000);
    expect(quiet.report).to.equal(undefined);
    expect(quiet.state?.progress).to.deep.equal({
      from: 100n,
      to: 10_100n,
      at: 1_100n,
      blocksPerSecond: 500,
      remainingMs: 18_000,
    });
    const told = stepCatchUp(quiet.state, 3_100n, 10_100n, 6_000);
    expect(told.report).to.equal('progressed');
    expect(stepCatchUp(told.state, 3_200n, 10_100n, 10_999).report).to.equal(undefined);
    expect(stepCatchUp(told.state, 3_200n, 10_100n, 11_000).report).to.equal('progressed');
  });

  it('ends when nothing is left, and begins anew when much is', () => {
    const { state } = stepCatchUp(undefined, 0n, 5_000n, 0);
    expect(stepCatchUp(state, 4_999n, 5_000n, 1).state).to.not.equal(undefined);
    expect(stepCatchUp(state, 5_000n, 5_000n, 2)).to.deep.equal({ state: undefined, report: 'ended' });
  });

  it('has no speed before the first vote is seen, nor after votes were withdrawn', () => {
    const { state } = stepCatchUp(undefined, 100n, 5_000n, 0);
    expect(stepCatchUp(state, 100n, 5_000n, 1_000).state?.progress.remainingMs).to.equal(undefined);
    const back = stepCatchUp(state as CatchUp, 50n, 5_000n, 1_000).state?.progress;
    expect([back?.from, back?.blocksPerSecond]).to.deep.equal([50n, 0]);
  });
});
