// Whatever validators move and vote, in whatever order: the set changes by quorums only, the engine is told exactly what
// changed, nothing said before is worth anything again, and stakes go on.

import { expect } from 'chai';
import fc from 'fast-check';
import type { Bytes } from '../../../relayer/lib/bytes.ts';
import type { Change, Motion } from '../../../relayer/peg/types.ts';
import { advance, honestVote } from '../../helpers/honest-validators.ts';
import { PROPERTY_TIMEOUT_MS, runs } from '../../helpers/peg-arbitraries.ts';
import type { StateView } from '../../helpers/peg-views.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory } from '../../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n)
  .mine(103, add('A', 10n), add('B', 20n))
  .mine(108, remove('A', 4n))
  .mine(117, add('C', 5n), remove('B', 20n));
const LAST = 130;
const EVERYBODY = [1, 2, 3, 4, 5, 6];

const number = fc.constantFrom(...EVERYBODY);
/** What is moved; made into a change by the peg's own addresses and keys. */
const draft = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), who: number, power: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('leave' as const), who: number }),
  fc.record({ kind: fc.constant('power' as const), who: number, power: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('limit' as const), value: fc.integer({ min: 0, max: 50 }) }),
);
const step = fc.record({
  moved: fc.array(fc.record({ drafts: fc.array(draft, { minLength: 1, maxLength: 3 }), life: fc.integer({ min: 1, max: 12 }) }), {
    maxLength: 2,
  }),
  voices: fc.array(fc.record({ who: number, motion: fc.nat(9), support: fc.constantFrom(true, true, true, false) }), {
    maxLength: 8,
  }),
  replays: fc.array(fc.nat(1000), { maxLength: 3 }),
});

type Draft = { kind: string; who?: number; power?: number; value?: number };

function changeOf(peg: ScriptedPeg, { kind, who = 1, power = 1, value = 0 }: Draft): Change {
  const validator = peg.v(who).address;
  if (kind === 'join') return peg.joining(who, BigInt(power));
  if (kind === 'leave') return { type: 'remove', validator };
  return kind === 'power' ? { type: 'power', validator, power: BigInt(power) } : { type: 'periodLimit', value: BigInt(value) };
}

const powers = (view: StateView) =>
  new Map(Object.entries(view.validators).flatMap(([who, one]) => (one.active ? [[who, one.power] as const] : [])));

const isMember = (peg: ScriptedPeg, who: number) => peg.view().validators[peg.v(who).address]?.active === true;

describe('properties: governance', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('the set follows quorums alone, the engine learns each change, and nothing can be played back', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        const peg = new ScriptedPeg({ powers: [2n, 1n, 1n, 1n] });
        peg.truth = HISTORY;
        const motions: Motion[] = [];
        const said: Bytes[] = [];
        for (const { moved, voices, replays } of steps) {
          for (const { drafts, life } of moved)
            motions.push(
              peg.motion(
                drafts.map((one) => changeOf(peg, one)),
                life,
              ),
            );
          const spoken = new Set<number>();
          const voiced = voices.flatMap(({ who, motion, support }) => {
            const wanted = motions.at(-1 - motion);
            if (wanted === undefined || spoken.has(who) || !isMember(peg, who)) return [];
            spoken.add(who);
            return [peg.govern(who, wanted, support)];
          });
          const votes = EVERYBODY.filter((who) => isMember(peg, who)).map((who) => honestVote(peg, HISTORY, who, LAST));
          const again = replays.flatMap((at) => said[at % Math.max(1, said.length)] ?? []);
          const before = powers(peg.view());
          const { codes, updates } = peg.block(...again, ...voiced, ...votes.filter((vote) => vote !== undefined));
          for (const code of codes.slice(0, again.length)) expect(code, 'played back').to.not.equal('ok');
          said.push(...voiced);
          checkStep(peg, before, updates, codes.length > 0);
        }
        advance(
          peg,
          HISTORY,
          LAST,
          EVERYBODY.filter((who) => isMember(peg, who)),
        );
        expect(peg.mature(), 'stakes go on').to.equal(LAST);
      }),
      runs(40),
    );
  });

  it('the order of voices within a block leaves no trace', () => {
    const start = new ScriptedPeg({ powers: [1n, 1n, 1n, 1n, 1n] });
    const { address } = start.v(5);
    const motions = [
      start.motion([{ type: 'remove', validator: address }]),
      start.motion([{ type: 'power', validator: address, power: 9n }]),
      start.motion([start.joining(6), { type: 'periodLimit', value: 5n }]),
    ] as const;
    for (const motion of motions) start.block(start.govern(1, motion));
    const voices = [2, 3, 4, 5].flatMap((who) =>
      motions.map((motion, index) => start.govern(who, motion, true, start.validator(who).governSequence + 1 + index)),
    );
    // Each one's own voices stay in their order: their sequences ask for it.
    const merged = fc
      .shuffledSubarray([...voices.keys()], { minLength: voices.length, maxLength: voices.length })
      .map((order) => {
        const next = [0, 0, 0, 0];
        return order.map((at) => {
          const speaker = Math.floor(at / motions.length);
          return voices[speaker * motions.length + (next[speaker] as number)++] as Bytes;
        });
      });
    const executed = (order: readonly Bytes[]) => {
      const peg = start.twin();
      const { codes, updates } = peg.block(...order);
      expect(new Set(codes)).to.deep.equal(new Set(['ok']));
      return { updates, hash: peg.state.hash() };
    };
    const expected = executed(voices);
    fc.assert(
      fc.property(merged, (order) => void expect(executed(order)).to.deep.equal(expected)),
      runs(40),
    );
  });
});

function checkStep(
  peg: ScriptedPeg,
  before: ReadonlyMap<string, number>,
  updates: Readonly<Record<string, bigint>>,
  busy: boolean,
): void {
  const view = peg.view();
  const after = powers(view);
  const differs = [...new Set([...before.keys(), ...after.keys()])].filter((who) => before.get(who) !== after.get(who)).sort();
  expect(Object.keys(updates), 'exactly what changed, in order of address').to.deep.equal(differs);
  for (const who of differs) expect(updates[who]).to.equal(BigInt(after.get(who) ?? 0));
  const total = [...after.values()].reduce((sum, power) => sum + power, 0);
  const open = Object.values(view.motions).filter(({ decision }) => decision === null);
  for (const { power, expiry } of open) {
    expect(3 * power, 'no open motion has a quorum').to.be.at.most(2 * total);
    if (busy) expect(expiry, 'what has expired is gone').to.be.greaterThan(Number(peg.height));
  }
  for (const who of Object.keys(view.validators))
    expect(open.filter(({ starter }) => starter === who).length, `open motions of ${who}`).to.be.at.most(4);
}
