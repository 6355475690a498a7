import { expect } from 'chai';
import fc from 'fast-check';
import { fullBucket, returnTokens, takeTokens } from '../../relayer/ethereum/token-bucket.ts';

const SEED = 20_263;

describe(`request budget (seed ${SEED})`, () => {
  it('lets through what has gathered, then makes wait as long as the rate says', () => {
    const first = takeTokens(fullBucket(10, 0), 10, 0);
    expect(first.waitMs).to.equal(0);
    const second = takeTokens(first.bucket, 5, 0);
    expect(second.waitMs).to.equal(500);
    expect(takeTokens(second.bucket, 1, 500).waitMs).to.equal(100);
    expect(takeTokens(second.bucket, 10, 60_000).waitMs).to.equal(0);
  });

  it('lets others have what was given up, and no more than a second’s worth of it', () => {
    const { bucket } = takeTokens(fullBucket(10, 0), 30, 0);
    expect(takeTokens(returnTokens(bucket, 20), 10, 0).waitMs).to.equal(1_000);
    expect(takeTokens(returnTokens(bucket, 30), 20, 0).waitMs).to.equal(1_000);
    expect(takeTokens(returnTokens(fullBucket(10, 0), 5), 20, 0).waitMs).to.equal(1_000);
  });

  it('goes on at its rate when the clock is set back', () => {
    let { bucket } = takeTokens(fullBucket(10, 3_600_000), 10, 3_600_000);
    for (let now = 1_000; now <= 100_000; now += 1_000) {
      const taken = takeTokens(bucket, 10, now);
      expect(taken.waitMs, `at ${now}`).to.be.at.most(1_000);
      ({ bucket } = taken);
    }
  });

  it('never lets through more than the rate and one second’s worth, in any order of calls', () => {
    const calls = fc.array(fc.record({ count: fc.integer({ min: 1, max: 40 }), pauseMs: fc.integer({ min: 0, max: 3_000 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), calls, (perSecond, list) => {
        let bucket = fullBucket(perSecond, 0);
        let now = 0;
        let [taken, last] = [0, 0];
        for (const { count, pauseMs } of list) {
          now += pauseMs;
          const result = takeTokens(bucket, count, now);
          bucket = result.bucket;
          taken += count;
          const sentAt = now + result.waitMs;
          if (sentAt < last) return false;
          last = sentAt;
          if (taken > perSecond + (sentAt * perSecond) / 1000 + 1e-6) return false;
        }
        return true;
      }),
      { seed: SEED },
    );
  });
});
