// The rounds as a state machine: what it asks for, and that no two blocks are ever decided.

import { expect } from 'chai';
import fc from 'fast-check';
import { newValidatorSet } from '../../../relayer/engine/chain/validator-set.ts';
import {
  type Choice,
  isQuorum,
  type Lock,
  newHeight,
  type RoundEffect,
  type RoundInput,
  type RoundState,
  reduceRound,
} from '../../../relayer/engine/consensus/round.ts';
import type { Hex } from '../../../relayer/lib/bytes.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';

const A: Hex = '0xaa';
const B: Hex = '0xbb';

function setOf(powers: readonly number[]) {
  const members = testValidators(powers).map(({ key, power }) => ({ publicKey: key.publicKey, power: BigInt(power) }));
  return newValidatorSet(members);
}

/** Feeds inputs one after the other; gives the last effects. */
function play(start: RoundState, ...inputs: RoundInput[]): { state: RoundState; effects: readonly RoundEffect[] } {
  return inputs.reduce<{ state: RoundState; effects: readonly RoundEffect[] }>(({ state }, input) => reduceRound(state, input), {
    state: start,
    effects: [],
  });
}

describe('engine: rounds', () => {
  const set = setOf([1, 1, 1, 1]);
  const all = set.validators.map(({ addressHex }) => addressHex);
  const [v0, v1, v2, v3] = all as [Hex, Hex, Hex, Hex];
  const start = newHeight(7n, set);
  const accepting = (...validators: Hex[]): RoundInput => ({ kind: 'verdicts', accepted: new Set(validators) });
  const casting = (choice: Choice, ...validators: Hex[]): RoundInput => ({
    kind: 'precommits',
    cast: new Map(validators.map((validator) => [validator, choice])),
  });
  const round = (online: readonly Hex[], locks?: ReadonlyMap<Hex, Lock>): RoundInput =>
    locks === undefined ? { kind: 'round', online } : { kind: 'round', online, locks };
  const proposal = (block: Choice): RoundInput => ({ kind: 'proposal', block });

  it('decide a block that everybody accepts', () => {
    const begun = play(start, round(all));
    expect(begun.effects).to.deep.equal([{ do: 'propose', round: 0, proposer: set.proposer.addressHex, again: undefined }]);
    const proposed = play(begun.state, proposal(A));
    expect(proposed.effects).to.deep.equal([{ do: 'judge', round: 0, block: A, validators: all }]);
    const voted = play(proposed.state, accepting(...all));
    expect(voted.effects).to.deep.equal([{ do: 'precommit', round: 0, votes: new Map(all.map((validator) => [validator, A])) }]);
    expect(play(voted.state, casting(A, ...all)).effects).to.deep.equal([{ do: 'decide', round: 0, block: A }]);
  });

  it('need more than two thirds of the power, exactly', () => {
    for (const [power, total, quorum] of [
      [2n, 3n, false],
      [3n, 4n, true],
      [200n, 300n, false],
      [201n, 300n, true],
      [2n ** 60n * 2n, 2n ** 60n * 3n, false],
    ] as const)
      expect(isQuorum(power, total)).to.equal(quorum);
  });

  it('pass without a block when the proposer is down, and the next one proposes', () => {
    const others = all.filter((validator) => validator !== set.proposer.addressHex);
    const begun = play(start, round(others));
    expect(begun.effects.map((effect) => effect.do)).to.deep.equal(['wait', 'judge']);
    const voted = play(begun.state, accepting());
    expect(voted.effects).to.deep.equal([
      { do: 'precommit', round: 0, votes: new Map(others.map((validator) => [validator, null])) },
    ]);
    const ended = play(voted.state, casting(null, ...others));
    expect(ended.effects).to.deep.equal([{ do: 'next-round' }]);
    const [effect] = play(ended.state, round(others)).effects;
    expect(effect?.do === 'propose' && others.includes(effect.proposer)).to.equal(true);
  });

  it('pass without a block when a third rejects it', () => {
    const voted = play(start, round(all), proposal(A), accepting(v0, v1));
    expect(voted.effects.map((effect) => effect.do)).to.deep.equal(['wait', 'precommit']);
    expect(voted.state.locks.size).to.equal(0);
    expect(play(start, round(all), proposal(A), accepting()).effects.map((effect) => effect.do)).to.deep.equal(['precommit']);
  });

  it('stall when too few are there, at any step', () => {
    expect(play(start, round([v0, v1])).effects).to.deep.equal([{ do: 'stall' }]);
    const gone: RoundInput[] = [
      { kind: 'left', validator: v2 },
      { kind: 'left', validator: v3 },
    ];
    expect(play(start, round(all), proposal(A), ...gone, accepting(v0, v1)).effects).to.deep.equal([{ do: 'stall' }]);
    expect(play(start, round(all), proposal(A), accepting(...all), ...gone, casting(A, v0)).effects).to.deep.equal([
      { do: 'stall' },
    ]);
  });

  it('go on when somebody is there and does not vote', () => {
    const { effects } = play(start, round(all), proposal(A), accepting(...all), casting(A, v0, v1));
    expect(effects.map((effect) => effect.do)).to.deep.equal(['wait', 'next-round']);
  });

  it('propose again what a quorum once voted for, and do not ask again who is locked on it', () => {
    const locked = play(start, round(all), proposal(A), accepting(...all), casting(A, v0, v1));
    const second = play(locked.state, round(all));
    expect(second.effects[0]).to.include({ do: 'propose', again: A });
    expect(play(second.state, proposal(A)).effects).to.deep.equal([{ do: 'judge', round: 1, block: A, validators: [] }]);
    expect(play(second.state, proposal(A), accepting(), casting(A, v0, v1, v2)).effects).to.deep.equal([
      { do: 'decide', round: 1, block: A },
    ]);
  });

  it('wait for more votes when most precommit and some do not', () => {
    const mixed = new Map<Hex, Choice>([
      [v0, A],
      [v1, A],
      [v2, null],
      [v3, null],
    ]);
    const { effects } = play(start, round(all), proposal(A), accepting(...all), { kind: 'precommits', cast: mixed });
    expect(effects.map((effect) => effect.do)).to.deep.equal(['wait', 'next-round']);
  });

  it('let a lock go when a quorum votes for nothing, or for something else', () => {
    const locks = new Map([[v3, { round: 0, block: B }]]);
    const restarted = newHeight(7n, set, 1);
    const begun = play(restarted, round([v0, v1, v2]), proposal(A), accepting(v0, v1, v2));
    expect(begun.state.round).to.equal(1);
    const joined = play(begun.state, round(all, locks));
    expect(joined.state.valid).to.deep.equal({ round: 1, block: A });
    const voted = play(joined.state, proposal(A), accepting());
    expect(voted.effects.find((effect) => effect.do === 'precommit')?.votes.get(v3)).to.equal(A);
    expect(voted.state.locks.get(v3)).to.deep.equal({ round: 2, block: A });
    const nothing = play(start, round(all, new Map([[v3, { round: 0, block: B }]])), proposal(null), accepting());
    expect(nothing.state.locks.size).to.equal(0);
  });

  it('propose what most are locked on, whatever round that is from, so that they can agree', () => {
    for (const round of [0, 1, 2]) {
      const brought = new Map<Hex, Lock>([
        [v0, { round: 1, block: A }],
        [v1, { round, block: B }],
        [v2, { round, block: B }],
      ]);
      const begun = play(newHeight(7n, set, 3), { kind: 'round', online: all, locks: brought });
      expect(begun.effects[0]).to.include({ do: 'propose', again: B });
      const voted = play(begun.state, proposal(B), accepting(v3));
      expect(voted.effects).to.deep.equal([
        { do: 'precommit', round: 3, votes: new Map(all.map((validator) => [validator, B])) },
      ]);
    }
  });

  it('begin at the proposer whose turn it is when earlier rounds are known to be over', () => {
    const third = play(newHeight(7n, set, 2), round(all));
    const played = play(start, round(all), round(all), round(all));
    expect(third.state.round).to.equal(2);
    expect(third.state.validators).to.deep.equal(played.state.validators);
  });

  it('never decide two blocks, whoever comes, goes, rejects or is cut off', () => {
    const step = fc.record({
      online: fc.subarray([0, 1, 2, 3, 4]),
      accepted: fc.subarray([0, 1, 2, 3, 4]),
      cast: fc.subarray([0, 1, 2, 3, 4]),
      proposed: fc.boolean(),
    });
    const powers = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(powers, fc.array(step, { maxLength: 12 }), (weights, steps) => {
        const members = setOf(weights);
        const addresses = members.validators.map(({ addressHex }) => addressHex);
        const pick = (indices: readonly number[]) => indices.map((index) => addresses[index] as Hex);
        const decided = new Set<Hex>();
        let state = newHeight(1n, members);
        steps.forEach(({ online, accepted, cast, proposed }, number) => {
          let input: RoundInput | undefined = { kind: 'round', online: pick(online) };
          while (input !== undefined) {
            const next = reduceRound(state, input);
            state = next.state;
            input = undefined;
            for (const effect of next.effects)
              if (effect.do === 'propose')
                input = { kind: 'proposal', block: effect.again ?? (proposed ? (`0x${number}` as Hex) : null) };
              else if (effect.do === 'judge') input = { kind: 'verdicts', accepted: new Set(pick(accepted)) };
              else if (effect.do === 'precommit')
                input = { kind: 'precommits', cast: new Map([...effect.votes].filter(([voter]) => pick(cast).includes(voter))) };
              // Nobody who decides hears of it: the others go on, and must come to the same.
              else if (effect.do === 'decide') decided.add(effect.block);
          }
        });
        expect(decided.size).to.be.at.most(1);
      }),
      { numRuns: 500 },
    );
  });
});
