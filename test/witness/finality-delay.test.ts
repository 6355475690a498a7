import { expect } from 'chai';
import fc from 'fast-check';
import { FINALITY_BUCKETS_S, type FinalityDelay, NO_DELAYS, noteFinality } from '../../relayer/witness/finality-delay.ts';

type Look = readonly [matureHead: bigint | undefined, final: bigint | undefined, nowMs: number];

const seeing = (...looks: readonly Look[]): FinalityDelay =>
  looks.reduce((delay, [matureHead, final, nowMs]) => noteFinality(delay, { matureHead, final }, nowMs), NO_DELAYS);
const total = ({ counts }: FinalityDelay) => counts.reduce((sum, count) => sum + count, 0);
const bucket = (seconds: number) => FINALITY_BUCKETS_S.indexOf(seconds);

describe('the time from maturity to finality', () => {
  it('counts each block once, from when it became mature', () => {
    const delay = seeing([100n, 99n, 0], [103n, 100n, 1_000], [105n, 102n, 4_000], [105n, 105n, 6_000]);
    expect(total(delay)).to.equal(5);
    expect(delay.counts[bucket(4)], 'blocks 101 and 102 after 3 s, 104 and 105 after 2 s, 103 after 5 s').to.equal(2);
    expect(delay.counts[bucket(2)]).to.equal(2);
    expect(delay.counts[bucket(8)]).to.equal(1);
    expect(delay.sumMs).to.equal(2 * 3_000 + 5_000 + 2 * 2_000);
    expect(delay.waiting).to.deep.equal([]);
  });

  it('does not count what was mature before the first look', () => {
    expect(total(seeing([100n, 50n, 0], [100n, 100n, 9_000]))).to.equal(0);
  });

  it('tells how long ago the last block became final', () => {
    expect(seeing([100n, 99n, 0]).lastAgeMs).to.equal(0);
    expect(seeing([100n, 99n, 0], [100n, 99n, 7_000]).lastAgeMs).to.equal(7_000);
    expect(seeing([100n, undefined, 0]).lastAgeMs).to.equal(undefined);
  });

  it('is not disturbed by looks that saw nothing', () => {
    const delay = seeing([100n, 99n, 0], [101n, 100n, 1_000], [undefined, undefined, 2_000], [101n, 101n, 3_000]);
    expect([total(delay), delay.sumMs]).to.deep.equal([1, 2_000]);
  });

  it('does not count a block again when the head has gone back and come again', () => {
    const delay = seeing([100n, 99n, 0], [102n, 100n, 1_000], [101n, 102n, 3_000], [102n, 102n, 4_000], [103n, 103n, 5_000]);
    expect([total(delay), delay.sumMs]).to.deep.equal([3, 2 * 2_000]);
  });

  it('stays bounded while nothing becomes final', () => {
    let delay = NO_DELAYS;
    for (let block = 0n; block < 5_000n; block++) delay = noteFinality(delay, { matureHead: block, final: 0n }, Number(block));
    expect(delay.waiting.length).to.be.at.most(1_024);
  });

  it('property: every block that became mature and final in view is counted exactly once', () => {
    const steps = fc.array(fc.tuple(fc.bigInt(0n, 5n), fc.bigInt(0n, 5n), fc.nat(3_000)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, (moves) => {
        let [mature, final, now] = [100n, 90n, 0];
        let delay = noteFinality(NO_DELAYS, { matureHead: mature, final }, now);
        for (const [up, on, ms] of moves) {
          [mature, now] = [mature + up, now + ms];
          final = final + on > mature ? mature : final + on;
          delay = noteFinality(delay, { matureHead: mature, final }, now);
        }
        expect(total(delay)).to.equal(final > 100n ? Number(final - 100n) : 0);
      }),
    );
  });
});
