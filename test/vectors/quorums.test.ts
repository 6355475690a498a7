import { expect } from 'chai';
import { honestProposal } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';
import { readVectors } from './read-vectors.ts';

const { cases } = readVectors<{
  cases: { powers: string[]; total: string; confirmationThreshold: string; attested: string; fewestVotes: number }[];
}>('quorums.json');

const SAFE = 2n ** 53n;

describe('vectors: quorums', () => {
  for (const { powers, total, confirmationThreshold, attested, fewestVotes } of cases) {
    const name = powers.length > 10 ? `${powers.length} of power ${powers[0]}` : powers.join(', ');
    it(name, () => {
      const sorted = powers.map(BigInt).sort((a, b) => (a < b ? 1 : -1));
      const peg = new ScriptedPeg({ powers: sorted });
      const history = new StakingHistory(100n).mine(101, add('A', 5n));
      peg.block(honestProposal(peg, 1) as Uint8Array);
      const { before, events } = history.block(101);
      let power = 0n;
      for (let votes = 1; peg.mature() === 100; votes++) {
        power += sorted[votes - 1] as bigint;
        const delivery = peg.deliver(1, 101, before, events);
        const { codes } = peg.block(peg.vote(votes, 101, history.contents(101, 101)), delivery);
        if (votes === 1 || peg.votes(101)[0]?.missing) expect(codes[1] === 'ok', `delivered at ${power}`).to.equal(power >= BigInt(attested));
        expect(peg.mature() === 101, `final at ${power} of ${total}`).to.equal(votes === fewestVotes);
      }
      if (BigInt(total) < SAFE) expect(peg.view().consensusParams.confirmationThreshold).to.equal(Number(confirmationThreshold));
    });
  }
});
