// Scenarios of the protocol's section 11 about votes: who counts, how often, and what lies and repetitions achieve.

import { expect } from 'chai';
import { type Bytes, concatBytes, textBytes } from '../../../relayer/lib/bytes.ts';
import { keccakHex } from '../../../relayer/lib/keccak.ts';
import type { BlockContent } from '../../../relayer/peg/types.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, foldHistory, NO_EVENTS, StakingHistory } from '../../helpers/staking-history.ts';

const e = 10n ** 18n;
const someHash = (text: string) => keccakHex(textBytes(text));

/** A peg at mature 104 whose chain has A's stake of 100e in block 105. */
function beforeFirstStake(powers?: readonly bigint[]): { peg: ScriptedPeg; history: StakingHistory; content: BlockContent[] } {
  const history = new StakingHistory(100n).mine(105, add('A', 100n * e));
  const peg = new ScriptedPeg(powers === undefined ? {} : { powers });
  settle(peg, history, 104);
  return { peg, history, content: history.contents(105, 105) };
}

/** The same fields in an encoding that is not canonical: the outer length written in one byte more. */
function reencoded(bytes: Bytes): Bytes {
  expect(bytes[0], 'a list with a length of one byte').to.equal(0xf8);
  return concatBytes(Uint8Array.of(0xf9, 0), bytes.subarray(1));
}

describe('scenarios: votes', () => {
  it('A stakes 100e in block 105', () => {
    const { peg, content } = beforeFirstStake();
    const { address } = peg.v(1);
    for (const [index, number] of [1, 2, 3, 4].entries()) {
      const result = peg.block(peg.vote(number, 105, content));
      expect(result.events.map(({ type }) => type)).to.deep.equal(['witness']);
      expect(peg.votes(105)).to.have.length(1);
      expect(peg.votes(105)[0]).to.deep.include({
        ...content[0]?.after,
        nonce: 1,
        conf: index + 1,
        power: index + 1,
        missing: true,
      });
    }
    expect(peg.view().validators[address]).to.deep.include({
      witnessedTo: 105,
      totalVotes: 5,
      lastVoted: Number(peg.height) - 3,
    });
  });

  it('V1 votes; V1 again, same bytes, re-encoded bytes, after a restart', () => {
    const { peg, content } = beforeFirstStake();
    const vote = peg.vote(1, 105, content);
    const confirmations = () => peg.votes(105).map(({ conf, power }) => [conf, power]);
    expect(peg.block(vote).codes).to.deep.equal(['ok']);
    expect(confirmations()).to.deep.equal([[1, 1]]);
    expect(peg.block(vote).codes, 'same bytes').to.deep.equal(['VOTE_SEQUENCE']);
    expect(peg.block(reencoded(vote)).codes, 're-encoded bytes').to.deep.equal(['TX_MALFORMED']);
    expect(peg.block(peg.vote(1, 105, content)).codes, 'again with a new sequence').to.deep.equal(['NOTHING_NEW']);
    peg.restart();
    expect(peg.block(vote).codes, 'after a restart').to.deep.equal(['VOTE_SEQUENCE']);
    expect(peg.block(peg.vote(1, 105, content)).codes).to.deep.equal(['NOTHING_NEW']);
    expect(confirmations()).to.deep.equal([[1, 1]]);
    expect(peg.validator(1)).to.deep.include({ witnessedTo: 105, revisions: 0 });
  });

  it('one vote of a validator in a peg block', () => {
    const { peg, history, content } = beforeFirstStake();
    const first = peg.vote(1, 105, content);
    const second = peg.vote(1, 106, history.contents(106, 106), peg.validator(1).sequence + 2);
    expect(peg.block(first, second).codes).to.deep.equal(['ok', 'VOTE_TWICE_IN_BLOCK']);
    expect(peg.block(second).codes).to.deep.equal(['ok']);
    expect(peg.validator(1).witnessedTo).to.equal(106);
  });

  it('powers 10,1,1,1', () => {
    const { peg, content, history } = beforeFirstStake([10n, 1n, 1n, 1n]);
    const { before, events } = history.block(105);
    const others = beforeFirstStake([10n, 1n, 1n, 1n]).peg;
    for (const number of [2, 3, 4]) others.block(others.vote(number, 105, content));
    expect(others.votes(105)[0]).to.deep.include({ conf: 3, power: 3 });
    expect(others.mature(), 'the other three are not').to.equal(104);
    peg.block(peg.vote(1, 105, content), peg.deliver(1, 105, before, events));
    expect(peg.mature(), 'V1 alone is a quorum').to.equal(105);
    expect(peg.balance('A')).to.equal(100n * e);
  });

  it('n = 1, 2, 3, 4, 5, 6, 7, 9, 10 equal powers', () => {
    const needed = { 1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 9: 7, 10: 7 };
    for (const [n, votes] of Object.entries(needed)) {
      for (const power of [1n, 7n]) {
        const { peg, content, history } = beforeFirstStake(Array.from({ length: Number(n) }, () => power));
        const { before, events } = history.block(105);
        let cast = 0;
        while (peg.mature() === 104) {
          cast++;
          peg.block(peg.vote(cast, 105, content), peg.deliver(1, 105, before, events));
        }
        expect(cast, `${n} validators of power ${power}`).to.equal(votes);
        expect(peg.view().consensusParams.confirmationThreshold).to.equal(Math.floor((2 * Number(n) * Number(power)) / 3) + 1);
      }
    }
  });

  it('a vote by a stranger, by a later sequence, with a gap, beyond the window', () => {
    const { peg, history, content } = beforeFirstStake();
    const sequence = BigInt(peg.validator(1).sequence + 1);
    const stranger = peg.sign(new Uint8Array(32).fill(7), { type: 'witness', sequence, fromBlock: 105n, blocks: content });
    const before = peg.substance();
    expect(peg.block(stranger).codes).to.deep.equal(['NOT_A_WITNESS']);
    expect(peg.block(peg.vote(1, 105, content, Number(sequence) + 1)).codes).to.deep.equal(['VOTE_SEQUENCE']);
    expect(peg.block(peg.vote(1, 105, content, Number(sequence) - 1)).codes).to.deep.equal(['VOTE_SEQUENCE']);
    expect(peg.block(peg.vote(1, 106, history.contents(106, 106))).codes).to.deep.equal(['VOTE_GAP']);
    expect(peg.block(peg.vote(1, 2 ** 53, content)).codes, 'block 2⁵³').to.deep.equal(['VOTE_GAP']);
    expect(peg.substance()).to.deep.equal(before);
    for (let from = 105; from <= 1128; from += 256) {
      const last = Math.min(from + 255, 1128);
      expect(peg.block(peg.vote(1, from, history.contents(from, last))).codes).to.deep.equal(['ok']);
    }
    expect(peg.block(peg.vote(1, 1129, history.contents(1129, 1129))).codes).to.deep.equal(['VOTE_BEYOND_WINDOW']);
    expect(peg.block(peg.vote(1, 1120, history.contents(1120, 1129))).codes).to.deep.equal(['VOTE_BEYOND_WINDOW']);
    expect(peg.validator(1)).to.deep.include({ witnessedTo: 1128 });
  });

  it('a vote of 256 blocks of which 100 became final meanwhile, as voted / with another hash', () => {
    const history = new StakingHistory(100n).mine(150, add('A', 5n)).mine(300, add('B', 5n));
    for (const other of [false, true]) {
      const peg = new ScriptedPeg({ periodLength: 1000 });
      settle(peg, history, 100);
      const contents = history.contents(101, 356);
      if (other) contents[40] = { hash: someHash('elsewhere') };
      const late = peg.vote(4, 101, contents);
      settle(peg, history, 200, [1, 2, 3]);
      const result = peg.block(late);
      expect(result.codes).to.deep.equal([other ? 'VOTE_CONTRADICTS_FINAL' : 'ok']);
      expect(peg.validator(4).witnessedTo).to.equal(other ? 200 : 356);
      expect(peg.validator(4).totalVotes).to.equal(other ? 0 : 156);
      expect(peg.votes(201).length).to.equal(other ? 0 : 1);
    }
  });

  it('a vote for heights older than the 256 that are kept', () => {
    const history = new StakingHistory(100n);
    const peg = new ScriptedPeg({ periodLength: 1000 });
    const stale = peg.vote(4, 101, history.contents(101, 356));
    const kept = peg.vote(4, 145, history.contents(145, 400));
    settle(peg, history, 400, [1, 2, 3]);
    const bordering = peg.vote(4, 144, history.contents(144, 399));
    expect(peg.block(stale).codes).to.deep.equal(['VOTE_TOO_OLD']);
    expect(peg.block(bordering).codes).to.deep.equal(['VOTE_TOO_OLD']);
    expect(peg.query('/final/145')).to.deep.equal({ height: 145, hash: history.block(145).hash });
    expect(peg.ask('/final/144').code).to.not.equal(0);
    expect(peg.block(kept).codes).to.deep.equal(['NOTHING_NEW']);
  });

  it('V1, V2 for one hash, V3, V4 for another', () => {
    const { peg, history, content } = beforeFirstStake();
    const other = history.fork(105, 'b').mine(105, add('A', 90n * e));
    peg.block(...[1, 2].map((number) => peg.vote(number, 105, content)));
    peg.block(...[3, 4].map((number) => peg.vote(number, 105, other.contents(105, 105))));
    for (const chain of [history, other]) {
      const { before, events } = chain.block(105);
      expect(peg.block(peg.deliver(1, 105, before, events)).codes).to.deep.equal(['ok']);
    }
    expect(peg.mature()).to.equal(104);
    expect(peg.votes(105).map(({ hash }) => hash)).to.have.members([history.block(105).hash, other.block(105).hash]);
    expect(peg.votes(105).map(({ conf, missing }) => [conf, missing])).to.deep.equal([
      [2, false],
      [2, false],
    ]);
    peg.block(peg.vote(3, 105, content));
    expect(peg.mature(), 'until one of them changes its mind').to.equal(105);
    expect(peg.balance('A')).to.equal(100n * e);
  });

  it('V1 votes for a bogus 10⁶e event and delivers it, votes 10,000 bogus blocks, block 2⁵³, another content in every peg block', () => {
    const { peg, history } = beforeFirstStake();
    peg.truth = history;
    const bogus = [add('V1', 10n ** 6n * e)];
    const after = foldHistory(NO_EVENTS, 105n, bogus);
    expect(peg.block(peg.vote(1, 105, [{ hash: someHash('bogus'), after }])).codes).to.deep.equal(['ok']);
    expect(peg.block(peg.deliver(1, 105, NO_EVENTS, bogus)).codes).to.deep.equal(['EVENTS_NOT_ATTESTED']);
    const bogusBlocks = (from: number, to: number, tag = '') =>
      Array.from({ length: to - from + 1 }, (_, i) => ({
        hash: someHash(`bogus ${tag} ${from + i}`),
        after: { nonce: BigInt(i + 1), accumulator: someHash(`${tag} ${from + i}`) },
      }));
    const codes = new Set<string>();
    for (let from = 105; from < 10_105; from += 256)
      codes.add(peg.block(peg.vote(1, from, bogusBlocks(from, from + 255))).codes[0] as string);
    expect([...codes]).to.have.members(['ok', 'VOTE_BEYOND_WINDOW', 'VOTE_GAP']);
    const filled = peg.state.size();
    expect(peg.block(peg.vote(1, 2 ** 53, bogusBlocks(1, 1))).codes).to.deep.equal(['VOTE_GAP']);
    for (let turn = 0; turn < 40; turn++) {
      const from = 105 + (turn % 3) * 256;
      expect(peg.block(peg.vote(1, from, bogusBlocks(from, from + 255, `turn ${turn}`))).codes[0]).to.be.oneOf([
        'ok',
        'VOTE_GAP',
      ]);
    }
    expect(peg.state.size().entries).to.be.at.most(filled.entries + 8);
    expect(peg.state.size().bytes).to.be.at.most(filled.bytes + 1024);
    expect(peg.validator(1).revisions).to.be.greaterThan(0);
    advance(peg, history, 110, [2, 3, 4]);
    expect(peg.mature()).to.equal(110);
    expect(peg.balance('A')).to.equal(100n * e);
    expect(peg.balance('V1')).to.equal(undefined);
  });
});
