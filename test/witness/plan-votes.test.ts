import { expect } from 'chai';
import fc from 'fast-check';
import { ownContents, planVote } from '../../relayer/witness/plan-votes.ts';
import {
  chainBlock,
  chainView,
  consensusAddress,
  header,
  type PegFixture,
  pegView,
  START,
  votesFor,
} from '../helpers/peg-view-fixture.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const history = new StakingHistory(START).mine(107, add('A', 100n)).mine(109, add('B', 50n));

/** The vote of V1 for a fixture of the peg over `history` (or another chain) with that head. */
function voteOf(fixture: PegFixture, head: bigint, chain = history, change = {}) {
  const peg = pegView({ history, ...fixture });
  const [self] = peg.validators;
  if (self === undefined) throw new Error('no V1');
  return planVote(peg, chainView(chain, fixture.mature ?? 105n, head, change), self);
}

const numbers = (vote: ReturnType<typeof planVote>) => vote && [vote.fromBlock, vote.fromBlock + BigInt(vote.blocks.length) - 1n];

describe('what to vote for', () => {
  it('the blocks from witnessedTo + 1 to head − x, with the next sequence and the commitment where there are events', () => {
    const vote = voteOf({ witnessedTo: 106n, votes: votesFor(history, 106n, 106n, [1]) }, 115n);
    expect(vote).to.deep.equal({
      type: 'witness',
      sequence: 4n,
      fromBlock: 107n,
      blocks: [107n, 108n, 109n].map((at) => chainBlock(history, at).content),
    });
    expect(vote?.blocks.map(({ after }) => after?.nonce)).to.deep.equal([1n, undefined, 2n]);
  });

  it('nothing while no further block is buried under x', () => {
    expect(voteOf({}, 111n)).to.equal(undefined);
    expect(voteOf({ witnessedTo: 109n, votes: votesFor(history, 106n, 109n, [1]) }, 115n)).to.equal(undefined);
  });

  it('from S + 1 while nothing is mature yet', () => {
    const vote = voteOf({ mature: 100n, round: 0n, ethereum: { matureEthBlock: undefined } }, 108n);
    expect(numbers(vote)).to.deep.equal([101n, 102n]);
  });

  it('from the mature block on when it is ahead of witnessedTo, and when there is none', () => {
    expect(numbers(voteOf({ witnessedTo: 101n }, 113n))).to.deep.equal([106n, 107n]);
    const peg = pegView({ history });
    const joined = { ...peg.validators[0], witnessedTo: undefined } as never;
    expect(numbers(planVote(peg, chainView(history, 105n, 113n), joined))).to.deep.equal([106n, 107n]);
  });

  it('at most 256 blocks at once', () => {
    expect(numbers(voteOf({}, 1_000n))).to.deep.equal([106n, 361n]);
  });

  describe('after a reorg', () => {
    const fork = history.fork(107, 'b').mine(108, add('A', 90n));
    const standing = { witnessedTo: 109n, votes: votesFor(history, 106n, 109n, [1, 2]) };

    it('from the first block that differs, which withdraws what stands above the last one', () => {
      expect(numbers(voteOf(standing, 115n, fork))).to.deep.equal([107n, 109n]);
      const shorter = voteOf(standing, 114n, fork);
      expect(numbers(shorter)).to.deep.equal([107n, 108n]);
      expect(shorter?.blocks).to.deep.equal([107n, 108n].map((at) => chainBlock(fork, at).content));
    });

    it('goes on past what stood', () => {
      expect(numbers(voteOf(standing, 120n, fork))).to.deep.equal([107n, 114n]);
    });

    it('withdraws votes for blocks that are gone while their successors are not mature', () => {
      const above = [107n, 108n, 109n].map((at) => header(fork, at));
      expect(voteOf(standing, 112n, fork, { above })).to.deep.equal({
        type: 'witness',
        sequence: 4n,
        fromBlock: 107n,
        blocks: [],
      });
    });

    it('keeps its votes when the chain is only shorter for a while', () => {
      expect(voteOf(standing, 112n, history, { above: [107n, 108n].map((at) => header(history, at)) })).to.equal(undefined);
      expect(voteOf(standing, 113n, history)).to.equal(undefined);
    });

    it('does not look above witnessedTo', () => {
      expect(voteOf({ ...standing, witnessedTo: 106n }, 112n, fork, { above: [header(fork, 107n)] })).to.equal(undefined);
    });

    it('votes again where the hash is the same and the commitment is not', () => {
      const votes = new Map(standing.votes);
      const { content } = chainBlock(history, 107n);
      const lied = { hash: content.hash, after: { nonce: 2n, accumulator: content.after?.accumulator ?? '0x' } } as const;
      votes.set(107n, [{ content: lied, voters: [consensusAddress(1)], missing: true }]);
      expect(numbers(voteOf({ ...standing, votes }, 115n))).to.deep.equal([107n, 109n]);
    });
  });

  it('own votes are those under the own consensus address only', () => {
    const peg = pegView({ history, votes: votesFor(history, 106n, 107n, [2, 3]) });
    expect([...ownContents(peg, consensusAddress(1)).keys()]).to.deep.equal([]);
    expect([...ownContents(peg, consensusAddress(2)).keys()]).to.deep.equal([106n, 107n]);
  });

  it('whatever stands and however the chain forked: never a block that is not mature, and afterwards nothing stands that differs', () => {
    const heights = fc.bigInt({ min: 106n, max: 130n });
    fc.assert(
      fc.property(heights, heights, heights, (witnessedTo, forkedAt, head) => {
        const chain = history.fork(forkedAt < 108n ? 108n : forkedAt, 'c');
        const votes = votesFor(history, 106n, witnessedTo, [1]);
        const above: ReturnType<typeof header>[] = [];
        for (let at = head - 5n; at <= witnessedTo && at <= head; at++) if (at > 105n) above.push(header(chain, at));
        const vote = head < 111n ? undefined : voteOf({ witnessedTo, votes }, head, chain, { above });
        if (vote === undefined) return;
        const last = vote.fromBlock + BigInt(vote.blocks.length) - 1n;
        expect(vote.blocks.length === 0 || last <= head - 6n).to.equal(true);
        for (let at = 106n; at < vote.fromBlock; at++) expect(history.block(at).hash).to.equal(chain.block(at).hash);
        vote.blocks.forEach((content, i) => {
          expect(content).to.deep.equal(chainBlock(chain, vote.fromBlock + BigInt(i)).content);
        });
      }),
    );
  });
});
