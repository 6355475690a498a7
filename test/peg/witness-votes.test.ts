import { expect } from 'chai';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { breachCell } from '../../relayer/peg/tables.ts';
import { settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { StakingHistory } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n);
const OTHER = HISTORY.fork(100, 'b');

function atMature(to: number, periodLength = 2000): ScriptedPeg {
  const peg = new ScriptedPeg({ periodLength });
  settle(peg, HISTORY, to, [1, 2, 3]);
  return peg;
}

describe('witness votes', () => {
  it('are judged in the order of the codes: the first check that fails gives the code', () => {
    const peg = atMature(400);
    const stale = OTHER.contents(101, 356);
    const next = peg.validator(1).sequence + 1;
    const stranger = peg.sign(new Uint8Array(32).fill(9), { type: 'witness', sequence: 77n, fromBlock: 5000n, blocks: [] });
    const vote = peg.vote(1, 401, HISTORY.contents(401, 410));
    // Every one of these would fail all checks after its own, as far as they can fail together.
    const { codes } = peg.block(
      stranger,
      peg.vote(1, 5000, OTHER.contents(5000, 5001), next + 5),
      peg.vote(1, 5000, OTHER.contents(5000, 5001), next),
      peg.vote(1, 150, OTHER.contents(150, 151), next),
      peg.vote(1, 101, stale, next),
      peg.vote(1, 101, HISTORY.contents(101, 102), next),
      peg.vote(1, 399, HISTORY.contents(399, 400), next),
      vote,
      peg.vote(1, 5000, OTHER.contents(5000, 5001), next + 7),
    );
    expect(codes).to.deep.equal([
      'NOT_A_WITNESS',
      'VOTE_SEQUENCE',
      'VOTE_GAP',
      'VOTE_CONTRADICTS_FINAL',
      'VOTE_CONTRADICTS_FINAL',
      'VOTE_TOO_OLD',
      'NOTHING_NEW',
      'ok',
      'VOTE_TWICE_IN_BLOCK',
    ]);
  });

  it('in a breach are refused before anything else about them is looked at', () => {
    const peg = atMature(105);
    const broken = new Overlay(peg.state);
    breachCell.set(broken, { height: 106n, reason: 'for the test' });
    peg.state.apply(broken.changes());
    expect(peg.block(peg.vote(1, 9000, [], 99)).codes).to.deep.equal(['BREACH']);
    expect(
      peg.block(peg.sign(new Uint8Array(32).fill(9), { type: 'witness', sequence: 1n, fromBlock: 1n, blocks: [] })).codes,
    ).to.deep.equal(['NOT_A_WITNESS']);
  });

  it('reach 1,024 blocks beyond the mature one, also in steps', () => {
    const peg = atMature(105);
    for (let from = 106; from <= 1129; from += 256)
      expect(peg.block(peg.vote(4, from, HISTORY.contents(from, Math.min(from + 255, 1129)))).codes).to.deep.equal(['ok']);
    expect(peg.block(peg.vote(4, 1130, HISTORY.contents(1130, 1130))).codes).to.deep.equal(['VOTE_BEYOND_WINDOW']);
    expect(peg.block(peg.vote(4, 1130, [])).codes, 'no block lies beyond').to.deep.equal(['NOTHING_NEW']);
  });

  it('for blocks below the start block are too old, in round 0 as later', () => {
    const peg = new ScriptedPeg();
    expect(peg.block(peg.vote(1, 100, HISTORY.contents(100, 101))).codes).to.deep.equal(['VOTE_TOO_OLD']);
    expect(peg.block(peg.vote(1, 0, [])).codes).to.deep.equal(['VOTE_TOO_OLD']);
    expect(peg.block(peg.vote(1, 101, HISTORY.contents(101, 101))).codes).to.deep.equal(['ok']);
    expect(peg.mature(), 'nothing is final before round 1').to.equal(null);
  });

  it('that only say again, or withdraw nothing, change nothing', () => {
    const peg = atMature(105);
    expect(peg.block(peg.vote(4, 101, HISTORY.contents(101, 105))).codes).to.deep.equal(['NOTHING_NEW']);
    for (const from of [101, 105, 106])
      expect(peg.block(peg.vote(4, from, [])).codes, `from ${from}`).to.deep.equal(['NOTHING_NEW']);
    peg.block(peg.vote(4, 106, HISTORY.contents(106, 108)));
    expect(peg.block(peg.vote(4, 106, HISTORY.contents(106, 107))).codes).to.deep.equal(['NOTHING_NEW']);
    expect(peg.validator(4)).to.deep.include({ witnessedTo: 108, totalVotes: 3, revisions: 0, sequence: 1 });
  });

  it('with no blocks withdraw all from their first block on', () => {
    const peg = atMature(105);
    peg.block(peg.vote(4, 106, HISTORY.contents(106, 110)));
    const { verdicts } = peg.block(peg.vote(4, 103, []));
    expect(verdicts[0]?.events[0]).to.deep.equal({
      type: 'witness',
      attributes: { validator: peg.v(4).address, sequence: '2', from_block: '103', blocks: '0', news: '0', revisions: '0' },
    });
    expect(peg.validator(4)).to.deep.include({ witnessedTo: 105, totalVotes: 5, revisions: 0 });
    expect(peg.view().votes).to.deep.equal({});
  });

  it('with another content withdraw what stands above their last block', () => {
    const peg = atMature(105);
    peg.block(peg.vote(4, 106, HISTORY.contents(106, 110)));
    peg.block(peg.vote(4, 106, [...HISTORY.contents(106, 106), ...OTHER.contents(107, 108)]));
    expect(peg.validator(4)).to.deep.include({ witnessedTo: 108, totalVotes: 5, revisions: 2 });
    expect(Object.keys(peg.view().votes)).to.deep.equal(['106', '107', '108']);
    peg.block(peg.vote(4, 108, OTHER.contents(108, 112)));
    expect(peg.validator(4), 'what agrees withdraws nothing').to.deep.include({ witnessedTo: 112, totalVotes: 9, revisions: 2 });
  });

  it('leave no block out', () => {
    const peg = atMature(105);
    expect(peg.block(peg.vote(4, 107, HISTORY.contents(107, 107))).codes).to.deep.equal(['VOTE_GAP']);
    expect(peg.block(peg.vote(4, 107, [])).codes).to.deep.equal(['VOTE_GAP']);
    expect(peg.block(peg.vote(4, 106, HISTORY.contents(106, 107))).codes).to.deep.equal(['ok']);
    expect(peg.block(peg.vote(4, 109, HISTORY.contents(109, 109))).codes).to.deep.equal(['VOTE_GAP']);
    expect(peg.block(peg.vote(4, 108, HISTORY.contents(108, 109))).codes).to.deep.equal(['ok']);
  });

  it('record the peg height of the vote', () => {
    const peg = atMature(105);
    peg.block(peg.vote(4, 106, HISTORY.contents(106, 106)));
    expect(peg.validator(4).lastVoted).to.equal(Number(peg.height));
    peg.block();
    expect(peg.block(peg.vote(4, 107, HISTORY.contents(107, 107))).codes).to.deep.equal(['ok']);
    expect(peg.validator(4).lastVoted).to.equal(Number(peg.height));
  });
});
