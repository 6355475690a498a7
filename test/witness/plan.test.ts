import { expect } from 'chai';
import type { ChainView } from '../../relayer/witness/chain-reader.ts';
import { chainRequest, ownValidator, plan } from '../../relayer/witness/plan.ts';
import { rebalanceDue } from '../../relayer/witness/plan-rebalance.ts';
import { silence } from '../../relayer/witness/silence.ts';
import { chainView, consensusAddress, type PegFixture, pegView, START, V1, votesFor } from '../helpers/peg-view-fixture.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const history = new StakingHistory(START).mine(105, add('A', 100n)).mine(107, add('B', 7n));

function planned(fixture: PegFixture, chain: ChainView | undefined, config = V1) {
  return plan(pegView({ history, ...fixture }), chain, config, new Map(), 0);
}

const codes = ({ silence: reasons }: ReturnType<typeof plan>) => reasons.map(({ code }) => code);

describe('the planner', () => {
  it('plans the vote, the deliveries in turn and the rebalance together', () => {
    const result = planned(
      { mature: 110n, witnessedTo: 112n, votes: votesFor(history, 111n, 112n, [1]) },
      chainView(history, 110n, 120n),
    );
    expect(result.vote?.fromBlock).to.equal(113n);
    expect(result.rebalance).to.equal(true);
    expect(codes(result)).to.deep.equal([]);
    const turn = planned({ votes: votesFor(history, 106n, 107n, [2], true), validators: 1 }, chainView(history, 105n, 120n));
    expect(turn.deliveries.map(({ number }) => number)).to.deep.equal([107n]);
    expect(turn.missingSince.size).to.equal(1);
    expect(turn.rebalance).to.equal(false);
  });

  it('proposes the next round without Ethereum, votes for nothing', () => {
    const result = planned({ mature: 110n }, undefined);
    expect([result.vote, result.deliveries, result.rebalance]).to.deep.equal([undefined, [], true]);
  });

  describe('is silent', () => {
    it('when it is not in the set, with another key than the registered one, and after a breach', () => {
      const chain = chainView(history, 105n, 120n);
      expect(codes(planned({}, chain, { ...V1, self: consensusAddress(9) }))).to.deep.equal(['NOT_A_VALIDATOR']);
      expect(codes(planned({}, chain, { ...V1, witness: consensusAddress(9) }))).to.deep.equal(['WITNESS_KEY_DIFFERS']);
      const breach = { height: 105n, reason: 'a removal of more than there is' };
      const breached = planned({ mature: 110n, ethereum: { breach } }, chainView(history, 110n, 120n));
      expect(codes(breached)).to.deep.equal(['PEG_BREACHED']);
      expect([breached.vote, breached.rebalance]).to.deep.equal([undefined, false]);
    });

    it('below x above the mature block, whatever the chain says there', () => {
      const same = planned({}, chainView(history, 105n, 110n, { blocks: [] }));
      expect(codes(same)).to.deep.equal(['HEAD_TOO_LOW']);
      const { base: _, ...unread } = chainView(history, 105n, 104n, { blocks: [] });
      expect(codes(planned({}, unread))).to.deep.equal(['HEAD_TOO_LOW']);
      const other = planned({}, chainView(history.fork(105, 'b'), 105n, 110n, { blocks: [] }));
      expect(codes(other)).to.deep.equal(['MATURE_BLOCK_DIFFERS']);
      expect([same.latch, other.latch, other.vote]).to.deep.equal([undefined, undefined, undefined]);
    });

    it('beyond a block that does not fold, but votes for those below it', () => {
      const chain = chainView(history, 105n, 120n);
      const stop = silence('FOLD_MISMATCH', 'block 107');
      const below = planned({}, { ...chain, blocks: chain.blocks.slice(0, 1), stop });
      expect(below.vote?.blocks.length).to.equal(1);
      expect(codes(below)).to.deep.equal(['FOLD_MISMATCH']);
      const nothing = planned({}, { ...chain, blocks: [], stop });
      expect(nothing.vote).to.equal(undefined);
      expect(codes(nothing)).to.deep.equal(['FOLD_MISMATCH']);
    });

    it('with finality "finalized" and no tag, or one that stalls', () => {
      const config = { ...V1, finality: 'finalized' } as const;
      const chain = { ...chainView(history, 105n, 120n), blocks: [] };
      expect(codes(planned({}, { ...chain, matureHead: undefined }, config))).to.deep.equal(['NOT_FINALIZED']);
      expect(codes(planned({}, { ...chain, finalized: 105n, matureHead: 105n }, config))).to.deep.equal(['NOT_FINALIZED']);
    });

    it('when everything that the peg takes is voted for', () => {
      const witnessedTo = 105n + 1_024n;
      const peg = pegView({ history, witnessedTo, votes: votesFor(history, 106n, witnessedTo, [1]) });
      const result = plan(peg, chainView(history, 105n, witnessedTo + 6n), V1, new Map(), 0);
      expect(codes(result)).to.deep.equal([]);
      const further = chainView(history, 105n, witnessedTo + 20n);
      expect(codes(plan(peg, { ...further, blocks: further.blocks.slice(0, 1_024) }, V1, new Map(), 0))).to.deep.equal([
        'WINDOW_FULL',
      ]);
    });
  });

  describe('closes the latch with x blocks above the mature one', () => {
    it('when the chain holds another hash there', () => {
      const fork = history.fork(105, 'b');
      const { latch, ...rest } = planned({ mature: 110n }, chainView(fork, 110n, 116n, { blocks: [] }));
      expect(latch).to.deep.include({ reason: 'hash', block: '110', head: { number: '116', hash: fork.block(116).hash } });
      expect(latch?.peg?.hash).to.equal(history.block(110).hash);
      expect(latch?.message).to.contain(history.block(110).hash).and.contain(fork.block(110).hash);
      expect([rest.vote, rest.deliveries, rest.rebalance]).to.deep.equal([undefined, [], false]);
    });

    it('when the contract stands at another nonce or accumulator there', () => {
      const { hash } = history.block(105);
      const { nonce, accumulator } = history.commitmentAt(105);
      for (const commitment of [
        { nonce: nonce + 2n, accumulator },
        { nonce, accumulator: hash },
      ]) {
        const { latch } = planned({}, chainView(history, 105n, 111n, { base: { hash, commitment }, blocks: [] }));
        expect(latch).to.deep.include({ reason: 'commitment', block: '105' });
        expect(latch?.chain?.nonce).to.equal(String(commitment.nonce));
      }
    });
  });

  it('asks Ethereum for no more than the peg takes and one vote holds', () => {
    const request = (fixture: PegFixture) => {
      const peg = pegView({ history, ...fixture });
      const self = ownValidator(peg, V1);
      if ('code' in self) throw new Error(self.message);
      const { base, to, witnessedTo } = chainRequest(peg, self);
      return [base, witnessedTo, to];
    };
    expect(request({})).to.deep.equal([105n, 105n, 361n]);
    expect(request({ witnessedTo: 1_000n })).to.deep.equal([105n, 1_000n, 1_129n]);
    expect(request({ witnessedTo: 101n })).to.deep.equal([105n, 105n, 361n]);
    expect(request({ mature: 100n, ethereum: { matureEthBlock: undefined } })).to.deep.equal([100n, 100n, 356n]);
  });

  it('a rebalance is due in round 0 and when the round has ended', () => {
    expect(rebalanceDue(pegView({ round: 0n, mature: 100n, ethereum: { matureEthBlock: undefined } }))).to.equal(true);
    expect(rebalanceDue(pegView({ mature: 109n }))).to.equal(false);
    expect(rebalanceDue(pegView({ mature: 110n }))).to.equal(true);
    expect(rebalanceDue(pegView({ mature: 110n, round: 2n }))).to.equal(false);
  });
});
