import { expect } from 'chai';
import { SILENT_AFTER, votingInWords, votingOf } from '../../relayer/peg/voting.ts';

const voter = (lastVoted: bigint, active = true) => ({ lastVoted, active });

describe('who votes', () => {
  it('is who has voted not long before the newest vote of all', () => {
    expect(votingOf([voter(1_000n), voter(1_000n - SILENT_AFTER), voter(999n - SILENT_AFTER)])).to.deep.equal([
      { unvoted: 0n, silentSince: undefined },
      { unvoted: SILENT_AFTER, silentSince: undefined },
      { unvoted: SILENT_AFTER + 1n, silentSince: 999n - SILENT_AFTER },
    ]);
  });

  it('is everybody while nobody votes, and before the first vote', () => {
    for (const height of [0n, 10n ** 9n])
      expect(votingOf([voter(height), voter(height)])).to.deep.equal(Array(2).fill({ unvoted: 0n, silentSince: undefined }));
  });

  it('does not count those who have left', () => {
    expect(votingOf([voter(1_000n, false), voter(5n)])).to.deep.equal(Array(2).fill({ unvoted: 0n, silentSince: undefined }));
    expect(votingOf([voter(5n, false), voter(1_000n)])[0]).to.deep.equal({ unvoted: 0n, silentSince: undefined });
  });

  it('can be said in words', () => {
    const words = [null, 17, 0].map((silentSince) => votingInWords({ active: true, silentSince }));
    expect(words).to.deep.equal(['voting', 'silent since peg height 17', 'has never voted']);
    expect(votingInWords({ active: false, silentSince: null })).to.equal('left');
  });
});
