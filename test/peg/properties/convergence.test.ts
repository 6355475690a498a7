// I11: whatever is interleaved, repeated, lost and sent again, and whatever less than a third of the power makes up, the peg
// ends where the sequential model ends. The other invariants are checked after every block on the way.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, type Hex, textBytes } from '../../../relayer/lib/bytes.ts';
import { keccakHex } from '../../../relayer/lib/keccak.ts';
import type { BlockContent } from '../../../relayer/peg/types.ts';
import { honestDeliveries, honestProposal, honestVote, settle } from '../../helpers/honest-validators.ts';
import { PROPERTY_TIMEOUT_MS, runs, stakingHistory } from '../../helpers/peg-arbitraries.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { sequentialModel } from '../../helpers/sequential-model.ts';
import { add, foldHistory, type StakingHistory } from '../../helpers/staking-history.ts';

const LAST = 160;
const START_HASH: Hex = keccakHex(textBytes('start block'));

type Action =
  | { readonly do: 'vote' | 'stale'; readonly who: number; readonly ahead: number }
  | { readonly do: 'piece'; readonly who: number; readonly at: number; readonly from: number; readonly count: number }
  | { readonly do: 'deliver' | 'propose' | 'order'; readonly who: number }
  | { readonly do: 'again'; readonly index: number }
  | { readonly do: 'lie'; readonly who: number; readonly back: number; readonly count: number; readonly salt: number }
  | { readonly do: 'lie about events'; readonly who: number; readonly salt: number };

/** Whether an action's transaction arrives now, is lost, or only enters the pool from which `again` takes. */
type Fate = 'arrives' | 'lost' | 'late';

const who = fc.nat(9);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('vote' as const), who, ahead: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stale' as const), who, ahead: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('piece' as const), who, at: fc.nat(60), from: fc.nat(4), count: fc.nat(4) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('propose' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('order' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('again' as const), index: fc.nat(100) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('lie' as const), who, back: fc.nat(30), count: fc.nat(30), salt: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lie about events' as const), who, salt: fc.nat(3) }) },
);
const step = fc.record({ action, fate: fc.constantFrom<Fate>('arrives', 'arrives', 'arrives', 'lost', 'late') });
const schedule = fc.array(fc.array(step, { minLength: 1, maxLength: 6, size: 'max' }), { maxLength: 30, size: 'max' });

/** Powers and how many validators at the end of the list are hostile: always less than a third of the power. */
const cast = fc
  .record({ powers: fc.array(fc.bigInt({ min: 1n, max: 9n }), { minLength: 1, maxLength: 7, size: 'max' }), hostile: fc.nat(3) })
  .map(({ powers, hostile }) => {
    const total = powers.reduce((sum, power) => sum + power, 0n);
    let liars = 0;
    let power = 0n;
    while (liars < hostile && liars < powers.length && 3n * (power + (powers.at(-1 - liars) as bigint)) < total) {
      power += powers.at(-1 - liars) as bigint;
      liars++;
    }
    return { powers, honest: powers.length - liars };
  });

/** A run: the peg, who is honest in it, the true chain, a stale branch that some honest validators follow for a while. */
interface Run {
  readonly peg: ScriptedPeg;
  readonly honest: number;
  readonly history: StakingHistory;
  readonly stale: StakingHistory;
  /** V1…Vn of this many may follow the stale branch: with the liars they are no quorum. */
  readonly misled: number;
  readonly sent: Bytes[];
}

function misled(powers: readonly bigint[], honest: number): number {
  const total = powers.reduce((sum, power) => sum + power, 0n);
  let power = powers.slice(honest).reduce((sum, liar) => sum + liar, 0n);
  let count = 0;
  while (count < honest && 3n * (power + (powers[count] as bigint)) <= 2n * total) power += powers[count++] as bigint;
  return count;
}

function lies(run: Run, { back, count, salt }: { back: number; count: number; salt: number }, from: number): BlockContent[] {
  return Array.from({ length: count + 1 }, (_, i): BlockContent => {
    const height = from + i;
    const truth = run.history.contents(height, height)[0] as BlockContent;
    const hash = keccakHex(textBytes(`lie ${salt} ${height}`));
    const bogus = foldHistory(run.history.commitmentAt(height - 1), BigInt(height), [add('liar', 10n ** 24n)]);
    const { before, events } = run.history.block(height);
    const partial = foldHistory(before, BigInt(height), events.slice(0, 1 + (salt % Math.max(1, events.length - 1))));
    const kinds: BlockContent[] = [truth, { hash }, { hash, after: bogus }, { hash: truth.hash, after: bogus }];
    if (events.length > 0) kinds.push({ hash: truth.hash, after: partial }, { hash, after: partial });
    return kinds[(salt + back + i) % kinds.length] as BlockContent;
  });
}

/** The bytes of an action, signed on the committed state; undefined when there is nothing to send. */
function bytesOf(run: Run, action: Action): readonly Bytes[] {
  const { peg, history, honest } = run;
  const mature = peg.mature() ?? 100;
  const some = (bytes: Bytes | undefined): readonly Bytes[] => (bytes === undefined ? [] : [bytes]);
  switch (action.do) {
    case 'vote':
      return some(honestVote(peg, history, 1 + (action.who % honest), Math.min(LAST, mature + action.ahead)));
    case 'stale': {
      if (run.misled === 0) return [];
      return some(honestVote(peg, run.stale, 1 + (action.who % run.misled), Math.min(LAST, mature + action.ahead)));
    }
    case 'deliver':
      return honestDeliveries(peg, history, 1 + (action.who % honest), 1 + (action.who % 3));
    case 'piece': {
      const block = history.block(mature + 1 + (action.at % (LAST - mature + 1)));
      const events = block.events.slice(action.from, action.from + action.count + 1);
      const before = foldHistory(block.before, block.height, block.events.slice(0, action.from));
      return events.length === 0 ? [] : [peg.deliver(1 + (action.who % peg.validators.length), block.height, before, events)];
    }
    case 'propose':
      return some(honestProposal(peg, 1 + (action.who % honest)));
    case 'order':
      return [peg.post(['A', 'B', 'C', 'D'][action.who % 4] as string, `order ${peg.height} ${action.who}`)];
    case 'again':
      return some(run.sent[action.index % Math.max(1, run.sent.length)]);
    default:
      return lie(run, action);
  }
}

function lie(run: Run, action: Extract<Action, { do: 'lie' | 'lie about events' }>): readonly Bytes[] {
  const { peg, history, honest } = run;
  if (honest === peg.validators.length) return [];
  const liar = honest + 1 + (action.who % (peg.validators.length - honest));
  if (action.do === 'lie') {
    const from = Math.max(101, peg.validator(liar).witnessedTo + 1 - action.back);
    return [peg.vote(liar, from, lies(run, action, from))];
  }
  const height = (peg.mature() ?? 100) + 1 + action.salt;
  const before = history.commitmentAt(height - 1);
  return [peg.deliver(liar, height, before, [add('liar', 10n ** 24n), ...history.block(height).events])];
}

describe('properties: convergence', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('any interleaving, repetition, loss and < 1/3 of liars end where the sequential model ends', () => {
    fc.assert(
      fc.property(
        cast,
        stakingHistory(60),
        schedule,
        fc.integer({ min: 101, max: LAST }),
        ({ powers, honest }, history, blocks, fork) => {
          const peg = new ScriptedPeg({ powers });
          peg.truth = history;
          const stale = history.fork(fork, 'stale').mine(fork, add('A', 3n), add('E', 4n));
          const run: Run = { peg, honest, history, stale, misled: misled(powers, honest), sent: [] };
          for (const steps of blocks) {
            const included: Bytes[] = [];
            for (const { action, fate } of steps) {
              const bytes = bytesOf(run, action);
              if (fate !== 'lost') run.sent.push(...bytes);
              if (fate === 'arrives') included.push(...bytes);
            }
            peg.block(...included);
          }
          const everyHonest = Array.from({ length: honest }, (_, i) => i + 1);
          settle(peg, history, LAST, everyHonest, 1 + (blocks.length % 3));
          const expected = sequentialModel(history, { periodLength: 10n, periodLimit: 1000n }, BigInt(LAST), START_HASH);
          const { round, balances, limits, ethereum, matureEthBlock } = peg.view();
          expect({ balances, limits, matureEthBlock }).to.deep.equal({
            balances: expected.balances,
            limits: expected.limits,
            matureEthBlock: expected.matureEthBlock,
          });
          expect(round).to.deep.include(expected.round);
          expect(ethereum).to.deep.include(expected.ethereum);
          replaysEqual(peg, powers);
        },
      ),
      runs(40),
    );
  });
});

/** I1: a node that executes the same blocks, restarted after each of them, has the same state at the end. */
function replaysEqual(peg: ScriptedPeg, powers: readonly bigint[]): void {
  const other = new ScriptedPeg({ powers });
  for (const transactions of peg.executed) {
    other.block(...transactions);
    other.restart();
  }
  expect(other.state.hash()).to.equal(peg.state.hash());
}
