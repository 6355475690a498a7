import { expect } from 'chai';
import { type EndpointScore, expectedCost, newScore, rate, type ScoreInput } from '../../relayer/ethereum/endpoint-score.ts';

const scoreOf = (...inputs: readonly ScoreInput[]): EndpointScore => inputs.reduce(rate, newScore);
const answered = (durationMs: number, calls = 1): ScoreInput => ({ type: 'answered', calls, durationMs });
const failed = (nowMs = 0, random = 1): ScoreInput => ({ type: 'failed', nowMs, random });

describe('score of an endpoint', () => {
  it('is the better the quicker it answers, large batches left out', () => {
    expect(expectedCost(scoreOf(answered(10)), 0)).to.be.lessThan(expectedCost(scoreOf(answered(50)), 0));
    expect(scoreOf(answered(10), answered(5_000, 64)).latencyMs).to.equal(10);
    expect(scoreOf(answered(10), answered(20)).latencyMs).to.equal(12);
  });

  it('rests after a failure, longer from time to time, and comes back with the first answer', () => {
    expect(scoreOf(failed(1_000)).restsUntil).to.equal(1_500);
    expect(scoreOf(failed(1_000), failed(2_000)).restsUntil).to.equal(3_000);
    expect(expectedCost(scoreOf(failed(1_000)), 1_400)).to.equal(Number.POSITIVE_INFINITY);
    expect(expectedCost(scoreOf(failed(1_000)), 1_500)).to.be.lessThan(Number.POSITIVE_INFINITY);
    const many = Array.from({ length: 40 }, () => failed(0));
    expect(scoreOf(...many).restsUntil).to.equal(30_000);
    const back = scoreOf(...many, answered(5));
    expect([back.restsUntil, back.failures, back.requests]).to.deep.equal([0, 0, 41]);
  });

  it('jitters the rest', () => {
    expect(scoreOf(failed(0, 0)).restsUntil).to.equal(250);
    expect(scoreOf(failed(0, 0.5)).restsUntil).to.equal(375);
  });

  it('forgets errors in time', () => {
    const bad = scoreOf(failed(), failed(), answered(10));
    const well = scoreOf(failed(), failed(), ...Array.from({ length: 40 }, () => answered(10)));
    expect(bad.errorRate).to.be.greaterThan(0.2);
    expect(well.errorRate).to.be.lessThan(0.001);
  });

  it('takes one that was outrun for as slow as it was', () => {
    const hung = scoreOf(answered(5), { type: 'outrun', durationMs: 400 });
    expect(hung.latencyMs).to.equal(400);
    expect(expectedCost(hung, 0)).to.be.greaterThan(expectedCost(scoreOf(answered(300)), 0));
    expect(scoreOf(answered(500), { type: 'outrun', durationMs: 400 }).latencyMs).to.equal(500);
  });
});
