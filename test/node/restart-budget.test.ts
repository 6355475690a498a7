import { expect } from 'chai';
import { afterEnd } from '../../relayer/node/restart-budget.ts';

describe('restart budget', () => {
  const policy = { restarts: 2, windowMs: 1_000 };

  it('grants so many restarts within the window, and no more', () => {
    const first = afterEnd([], 0, policy);
    const second = afterEnd(first ?? [], 10, policy);
    expect([first, second]).to.deep.equal([[0], [0, 10]]);
    expect(afterEnd(second ?? [], 999, policy)).to.equal(undefined);
  });

  it('forgets what is older than the window', () => {
    expect(afterEnd([0, 10], 1_000, policy)).to.deep.equal([10, 1_000]);
    expect(afterEnd([0, 10], 5_000, policy)).to.deep.equal([5_000]);
  });

  it('grants none when none is allowed', () => {
    expect(afterEnd([], 0, { restarts: 0, windowMs: 1_000 })).to.equal(undefined);
  });
});
