// Scenarios of the protocol's section 11 about reorganised chains, as far as the state machine decides them.

import { expect } from 'chai';
import { advance, honestDeliveries, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, StakingHistory, staker } from '../../helpers/staking-history.ts';

const e = 10n ** 18n;

describe('scenarios: reorgs', () => {
  it('reorg of depth ≤ x before maturity: 105 re-mined as 106′ with 90e', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
    const canonical = history.fork(105, 'b').mine(106, add('A', 90n * e));
    const peg = new ScriptedPeg();
    peg.truth = canonical;
    settle(peg, history, 104);
    settle(peg, canonical, 110);
    expect(peg.view().balances).to.deep.equal({ [staker('A')]: String(90n * e) });
  });

  it("reorg deeper than x after two of four voted, their new votes included before the others'", () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e)).mine(107, add('B', 1n));
    const canonical = history
      .fork(104, 'b')
      .mine(106, add('A', 90n * e))
      .mine(107, add('C', 2n));
    for (const delivered of [false, true]) {
      const peg = new ScriptedPeg();
      peg.truth = canonical;
      settle(peg, history, 103);
      for (const number of [1, 2]) peg.block(peg.vote(number, 104, history.contents(104, 109)));
      if (delivered) expect(peg.block(...honestDeliveries(peg, history, 1)).codes).to.deep.equal(['ok', 'ok']);
      for (const number of [1, 2])
        expect(peg.block(peg.vote(number, 104, canonical.contents(104, 109))).codes).to.deep.equal(['ok']);
      expect(peg.validator(1).revisions).to.equal(6);
      expect(peg.view().events, 'nobody stands for the old branch any more').to.deep.equal({});
      settle(peg, canonical, 109);
      expect(peg.view().balances).to.deep.equal({ [staker('A')]: String(90n * e), [staker('C')]: '2' });
      expect(peg.view().ethereum.nonce).to.equal(2);
    }
  });

  it('reorg deeper than x after finality', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
    const other = history.fork(104, 'b').mine(105, add('A', 1n));
    const peg = new ScriptedPeg();
    settle(peg, history, 106);
    const before = peg.substance();
    for (const number of [1, 2, 3, 4]) {
      const from = peg.validator(number).witnessedTo + 1;
      expect(peg.block(peg.vote(number, 104, other.contents(104, 108))).codes).to.deep.equal(['VOTE_CONTRADICTS_FINAL']);
      expect(peg.block(peg.vote(number, from - 1, other.contents(from - 1, from))).codes).to.deep.equal([
        'VOTE_CONTRADICTS_FINAL',
      ]);
    }
    expect(peg.block(peg.deliver(1, 105, other.block(105).before, other.block(105).events)).codes).to.not.include('ok');
    expect(peg.substance()).to.deep.equal(before);
  });

  it("V1 votes for 105, a reorg, V1 votes for 105′; a stranger sends V1's first vote again, many times", () => {
    const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
    const canonical = history.fork(105, 'b').mine(105, add('A', 90n * e));
    const peg = new ScriptedPeg();
    settle(peg, history, 104);
    const first = peg.vote(1, 105, history.contents(105, 105));
    peg.block(first);
    peg.block(peg.vote(1, 105, canonical.contents(105, 105)));
    const stands = () => peg.votes(105).map(({ hash, voters }) => [hash, voters]);
    const expected = [[canonical.block(105).hash, [peg.v(1).address]]];
    expect(stands()).to.deep.equal(expected);
    for (let time = 0; time < 20; time++) {
      expect(peg.block(first, first).codes).to.deep.equal(['VOTE_SEQUENCE', 'VOTE_SEQUENCE']);
      expect(stands()).to.deep.equal(expected);
    }
    expect(peg.validator(1).revisions).to.equal(1);
  });

  it('V1, V2 voted a101–a103; after a reorg the mature branch is b101–b102 only; V1, V2 vote for it; V4 votes a103', () => {
    const a = new StakingHistory(100n);
    const b = a.fork(101, 'b');
    const peg = new ScriptedPeg();
    for (const number of [1, 2]) peg.block(peg.vote(number, 101, a.contents(101, 103)));
    for (const number of [1, 2]) expect(peg.block(peg.vote(number, 101, b.contents(101, 102))).codes).to.deep.equal(['ok']);
    expect([peg.validator(1).witnessedTo, peg.validator(2).witnessedTo]).to.deep.equal([102, 102]);
    peg.block(peg.vote(4, 101, a.contents(101, 103)));
    expect(peg.votes(103).map(({ hash, conf }) => [hash, conf])).to.deep.equal([[a.block(103).hash, 1]]);
    expect(peg.votes(102).map(({ hash, conf }) => [hash, conf])).to.deep.equal([
      [b.block(102).hash, 2],
      [a.block(102).hash, 1],
    ]);
    const { revisions, totalVotes } = peg.validator(1);
    expect({ revisions, totalVotes }).to.deep.equal({ revisions: 2, totalVotes: 3 });
  });

  it('a vote without blocks withdraws everything from its first block on', () => {
    const history = new StakingHistory(100n).mine(105, add('A', 5n));
    const peg = new ScriptedPeg();
    settle(peg, history, 102);
    peg.block(peg.vote(1, 103, history.contents(103, 109)));
    expect(peg.block(peg.vote(1, 105, [])).codes).to.deep.equal(['ok']);
    expect(peg.validator(1).witnessedTo).to.equal(104);
    expect(Object.keys(peg.view().votes)).to.deep.equal(['103', '104']);
    expect(peg.block(peg.vote(1, 105, [])).codes, 'nothing is left to withdraw').to.deep.equal(['NOTHING_NEW']);
    expect(peg.block(peg.vote(1, 106, [])).codes).to.deep.equal(['VOTE_GAP']);
    expect(peg.block(peg.vote(1, 105, history.contents(105, 105))).codes).to.deep.equal(['ok']);
  });

  it('a vote that agrees with what stands withdraws nothing above it', () => {
    const history = new StakingHistory(100n);
    const peg = new ScriptedPeg();
    peg.block(peg.vote(1, 101, history.contents(101, 110)));
    expect(peg.block(peg.vote(1, 101, history.contents(101, 103))).codes).to.deep.equal(['NOTHING_NEW']);
    expect(peg.validator(1).witnessedTo).to.equal(110);
    expect(peg.block(peg.vote(1, 105, history.contents(105, 111))).codes).to.deep.equal(['ok']);
    expect(peg.validator(1)).to.deep.include({ witnessedTo: 111, revisions: 0, totalVotes: 11 });
  });

  it('withdrawn votes are never below the mature block', () => {
    const history = new StakingHistory(100n).mine(109, add('A', 5n));
    const peg = new ScriptedPeg();
    settle(peg, history, 105, [1, 2, 3]);
    peg.block(peg.vote(1, 106, history.contents(106, 109)));
    advance(peg, history, 107, [2, 3, 4]);
    expect(peg.mature()).to.equal(107);
    expect(peg.block(peg.vote(1, 103, [])).codes).to.deep.equal(['ok']);
    expect(peg.validator(1).witnessedTo).to.equal(107);
    expect(peg.votes(108)).to.deep.equal([]);
    for (const fromBlock of [106, 107, 108])
      expect(peg.block(peg.vote(1, fromBlock, [])).codes, `nothing is left from ${fromBlock} on`).to.deep.equal(['NOTHING_NEW']);
  });
});
