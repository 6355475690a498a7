import { expect } from 'chai';
import fc from 'fast-check';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import type { BlockContent } from '../../relayer/peg/types.ts';
import { readValidatorSet } from '../../relayer/peg/validator-set.ts';
import { allVotes, contentsAt, dropVotes, sameContent, setVote, tally, voteOf } from '../../relayer/peg/votes.ts';
import { MemoryState } from '../helpers/memory-state.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const A: BlockContent = { hash: hash('aa') };
const B: BlockContent = { hash: hash('bb'), after: { nonce: 1n, accumulator: hash('01') } };
const C: BlockContent = { hash: hash('bb'), after: { nonce: 2n, accumulator: hash('01') } };

describe('votes', () => {
  const peg = new ScriptedPeg({ powers: [3n, 2n, 2n, 1n] });
  const [v1, v2, v3, v4] = peg.validators.map(({ address }) => address) as [Hex, Hex, Hex, Hex];
  const set = readValidatorSet(peg.state);

  it('one of a validator for a height: a later one replaces it, none takes it back', () => {
    const state = new Overlay(new MemoryState());
    setVote(state, 7n, v1, A);
    setVote(state, 7n, v2, A);
    setVote(state, 7n, v1, B);
    expect(voteOf(state, 7n, v1)).to.deep.equal(B);
    expect(voteOf(state, 7n, v2)).to.deep.equal(A);
    expect(voteOf(state, 8n, v1)).to.equal(undefined);
    setVote(state, 7n, v2, undefined);
    expect(contentsAt(state, 7n)).to.deep.equal([{ content: B, voters: [v1] }]);
    setVote(state, 7n, v1, undefined);
    expect([...state.scan(new Uint8Array(0))]).to.deep.equal([]);
  });

  it('tell contents by hash, nonce and accumulator', () => {
    expect(sameContent(B, { ...B })).to.equal(true);
    expect(sameContent(A, { hash: hash('ab') })).to.equal(false);
    expect(sameContent(B, C)).to.equal(false);
    expect(sameContent(B, { hash: B.hash })).to.equal(false);
    expect(sameContent(B, { ...B, after: { nonce: 1n, accumulator: hash('02') } })).to.equal(false);
  });

  it('leave no trace of the order in which they came', () => {
    const casts = fc.array(fc.tuple(fc.constantFrom(v1, v2, v3, v4), fc.constantFrom(A, B, C, undefined)), { maxLength: 12 });
    fc.assert(
      fc.property(casts, (all) => {
        const [state, other] = [new Overlay(new MemoryState()), new Overlay(new MemoryState())];
        for (const [voter, content] of all) setVote(state, 7n, voter, content);
        const last = new Map(all);
        for (const voter of [v4, v2, v1, v3]) setVote(other, 7n, voter, last.get(voter));
        expect([...state.scan(new Uint8Array(0))]).to.deep.equal([...other.scan(new Uint8Array(0))]);
      }),
    );
  });

  it('are counted with powers, strongest first, equals in order of their encoding', () => {
    const state = new Overlay(new MemoryState());
    for (const [voter, content] of [
      [v4, A],
      [v2, C],
      [v3, B],
    ] as const)
      setVote(state, 7n, voter, content);
    const counted = tally(contentsAt(state, 7n), set);
    expect(counted).to.deep.equal([
      { content: B, voters: [v3], conf: 1, power: 2n },
      { content: C, voters: [v2], conf: 1, power: 2n },
      { content: A, voters: [v4], conf: 1, power: 1n },
    ]);
    setVote(state, 7n, v1, A);
    expect(tally(contentsAt(state, 7n), set)[0]).to.deep.equal({ content: A, voters: [v1, v4], conf: 2, power: 4n });
  });

  it('of those who left the set count for nothing', () => {
    const state = new Overlay(new MemoryState());
    setVote(state, 7n, v1, A);
    setVote(state, 7n, v2, B);
    setVote(state, 7n, v3, B);
    const smaller = { members: new Map([...set.members].filter(([address]) => address === v3)), totalPower: 2n };
    expect(tally(contentsAt(state, 7n), smaller)).to.deep.equal([{ content: B, voters: [v3], conf: 1, power: 2n }]);
  });

  it('are kept by height', () => {
    const state = new Overlay(new MemoryState());
    for (const height of [300n, 7n, 8n]) setVote(state, height, v1, A);
    dropVotes(state, 8n);
    expect([...allVotes(state)].map(([height]) => height)).to.deep.equal([7n, 300n]);
  });
});
