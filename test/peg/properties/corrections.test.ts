// Whoever moves, votes for, takes back and sends what of two corrections, in whatever order and across restarts: the state grows
// by nothing that too few vouch for, keeps nothing in vain, and the ledger stays as it is until it is wholly the contract's.

import { expect } from 'chai';
import fc from 'fast-check';
import type { Bytes, Hex } from '../../../relayer/lib/bytes.ts';
import { balancesDigest } from '../../../relayer/peg/ledger.ts';
import type { Balances, Motion } from '../../../relayer/peg/types.ts';
import { correctionTo, type MadeCorrection } from '../../helpers/correction-of.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { PROPERTY_TIMEOUT_MS, runs } from '../../helpers/peg-arbitraries.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, StakingHistory, stakerKey } from '../../helpers/staking-history.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const HELD = new StakingHistory(100n).mine(103, ...NAMES.map((name) => add(name, 10n)));
const TRUE = HELD.fork(103, 'won').mine(103, ...NAMES.slice(1).map((name, i) => add(name, BigInt(i) + 20n)), add('H', 1n));
const AT = 110;
/** V4 is the one that would do anything. */
const VALIDATORS = [1, 2, 3, 4];

const validator = fc.constantFrom(...VALIDATORS);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('voice' as const), who: validator, motion: fc.nat(3), support: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('list' as const), who: validator, motion: fc.nat(3), list: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('altered' as const), who: validator, motion: fc.nat(3), list: fc.nat(7) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stranger' as const), motion: fc.nat(3), list: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

function breached(): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HELD, AT);
  peg.block(...[1, 2, 3].map((number) => peg.contest(number, AT, TRUE.block(AT).hash)));
  return peg;
}

interface Moved extends MadeCorrection {
  readonly motion: Motion;
  /** What comes out is the contract's ledger. */
  readonly right: boolean;
}

/** The right correction in two sizes of lists, one that expires early, and a false one. */
function moves(peg: ScriptedPeg): readonly Moved[] {
  const [small, large] = [correctionTo(peg, TRUE, AT, 2), correctionTo(peg, TRUE, AT, 3)];
  const wrong = { ...small, change: { ...small.change, balances: small.change.balances.slice(1) } };
  return [
    { ...small, motion: peg.motion([small.change], 60), right: true },
    { ...large, motion: peg.motion([large.change], 60), right: true },
    { ...small, motion: peg.motion([small.change], 12), right: true },
    { ...wrong, motion: peg.motion([wrong.change], 60), right: false },
  ];
}

const asText = (history: StakingHistory) =>
  Object.fromEntries([...history.balancesAt(AT)].map(([who, amount]) => [who, String(amount)]));

describe('properties: corrections', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('adopt the whole ledger or nothing of it, and nothing gets in that too few vouch for', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const peg = breached();
        const moved = moves(peg);
        const known = new Set(moved.flatMap(({ lists }) => lists.map(balancesDigest)));
        for (const one of steps) {
          if (one.kind === 'restart') {
            peg.restart();
            continue;
          }
          const { motion, lists } = moved[one.motion] as Moved;
          const vouched = new Set(vouchedFor(peg));
          const before = new Set(peg.lists());
          const { codes } = peg.block(transactionOf(peg, one, motion, lists));
          if (one.kind === 'altered' || one.kind === 'stranger') expect(codes).to.not.include('ok');
          for (const digest of peg.lists())
            expect(known.has(digest) && (before.has(digest) || vouched.has(digest)), `${digest} got in`).to.equal(true);
          const { breach, balances } = peg.view();
          expect(balances, 'the old ledger or the new one').to.deep.equal(asText(breach === null ? TRUE : HELD));
          if (breach === null) break;
        }
        mend(peg, moved[0] as Moved);
        peg.truth = TRUE;
        advance(peg, TRUE, AT + 5);
        expect(peg.mature()).to.equal(AT + 5);
      }),
      runs(40),
    );
  });

  it('whose lists and voices come in any order within a block end in the same state', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }), fc.boolean(), (order, quorum) => {
        const states = [order, order.toSorted()].map((turns) => {
          const peg = breached();
          const { motion, lists } = moves(peg)[0] as Moved;
          for (const number of [1, 2]) peg.block(peg.govern(number, motion));
          const other = peg.motion([{ type: 'periodLimit', value: 9n }]);
          peg.block(peg.govern(2, other));
          const many = [
            ...lists.map((list) => peg.balances(4, list)),
            peg.govern(3, quorum ? motion : other),
            peg.govern(4, other),
          ];
          peg.block(...turns.map((turn) => many[turn] as Bytes));
          expect(peg.view().breach === null).to.equal(quorum);
          return peg.state.dump();
        });
        expect(states[0]).to.deep.equal(states[1]);
      }),
      runs(20),
    );
  });
});

type Step = { kind: 'voice' | 'list' | 'altered' | 'stranger'; who?: number; support?: boolean; list?: number };

function transactionOf(
  peg: ScriptedPeg,
  { kind, who = 1, support = true, list = 0 }: Step,
  motion: Motion,
  lists: readonly Balances[],
): Bytes {
  const balances = lists[list % lists.length] as Balances;
  switch (kind) {
    case 'voice':
      return peg.govern(who, motion, support);
    case 'list':
      return peg.balances(who, balances);
    case 'altered':
      return peg.balances(
        who,
        balances.map(([staker, balance]) => [staker, balance + 1n]),
      );
    case 'stranger':
      return peg.sign(stakerKey('A'), { type: 'balances', balances });
  }
}

/** Digests that open motions with more than a third of the power name. */
function vouchedFor(peg: ScriptedPeg): readonly Hex[] {
  const open = Object.values(peg.view().motions).filter(
    ({ decision, conf, expiry }) => decision === null && 3 * conf > 4 && expiry > peg.height,
  );
  return open.flatMap(({ changes }) => changes.flatMap(({ balances }) => balances as readonly Hex[]));
}

/** Three of four bring what is left of a correction to its end, unless that has come. */
function mend(peg: ScriptedPeg, { change, lists }: Moved): void {
  if (peg.view().breach === null) return;
  const motion = peg.motion([change], 500);
  const started = (number: number) =>
    Object.values(peg.view().motions).filter(({ starter, decision }) => decision === null && starter === peg.v(number).address);
  const honest = [1, 2, 3].toSorted((a, b) => started(a).length - started(b).length);
  for (const number of honest) peg.block(peg.govern(number, motion));
  for (const list of lists) if (peg.view().breach !== null) peg.block(peg.balances(2, list));
  expect(peg.view().breach).to.equal(null);
}
