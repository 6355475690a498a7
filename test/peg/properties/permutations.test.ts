// Independent transactions commute: the order in which a block holds them does not show in the state.

import { expect } from 'chai';
import fc from 'fast-check';
import type { Bytes } from '../../../relayer/lib/bytes.ts';
import { settle } from '../../helpers/honest-validators.ts';
import { PROPERTY_TIMEOUT_MS, runs, stakingHistory } from '../../helpers/peg-arbitraries.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory } from '../../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n)
  .mine(101, add('A', 10n), add('B', 20n), add('C', 30n))
  .mine(112, add('A', 1n), remove('B', 2n))
  .mine(113, add('D', 5n))
  .mine(117, add('C', 5n), remove('A', 3n));

/** A peg in round 2 with votes of V1 and V2 (of seven) and V3 for blocks 111…119: attested, but no quorum. */
function prepared(): ScriptedPeg {
  const peg = new ScriptedPeg({ powers: [1n, 1n, 1n, 1n, 1n, 1n, 1n] });
  settle(peg, HISTORY, 110);
  peg.block(...[1, 2, 3].map((number) => peg.vote(number, 111, HISTORY.contents(111, 119))));
  return peg;
}

/** Transactions none of which can change what becomes of another. */
function independent(peg: ScriptedPeg): Bytes[] {
  const other = HISTORY.fork(111, 'b').mine(113, add('D', 6n));
  const third = HISTORY.fork(111, 'c').mine(112, add('D', 7n));
  const deliveries = [112, 113, 117].map((height) => {
    const { before, events } = HISTORY.block(height);
    return peg.deliver(2, height, before, events);
  });
  const posts = ['A', 'B', 'C'].flatMap((name) => [
    peg.post(name, 'one'),
    peg.post(name, 'two'),
    peg.post(name, 'three'),
    peg.post(name, 'one', 2, 'stream'),
  ]);
  return [
    peg.vote(4, 111, HISTORY.contents(111, 111)),
    peg.vote(5, 111, other.contents(111, 119)),
    peg.vote(6, 111, other.contents(111, 115)),
    peg.vote(7, 111, third.contents(111, 113)),
    peg.vote(1, 120, HISTORY.contents(120, 140)),
    ...deliveries,
    ...posts,
  ];
}

describe('properties: permutations', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('of independent transactions give the same hash', () => {
    const start = prepared();
    const transactions = independent(start);
    const executed = (order: readonly Bytes[]) => {
      const peg = start.twin();
      const { codes } = peg.block(...order);
      return { hash: peg.state.hash(), codes };
    };
    const expected = executed(transactions);
    expect([...new Set(expected.codes)]).to.deep.equal(['ok']);
    const order = fc.shuffledSubarray(transactions, { minLength: transactions.length, maxLength: transactions.length });
    fc.assert(
      fc.property(order, (shuffled) => void expect(executed(shuffled)).to.deep.equal(expected)),
      runs(60),
    );
  });

  it('of votes give the same balances, limits, round and commitment', () => {
    const numbers = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(stakingHistory(40), numbers, numbers, (history, first, second) => {
        const outcome = (order: readonly number[]) => {
          const peg = new ScriptedPeg({ powers: [1n, 1n, 1n, 1n, 1n] });
          for (const number of order) peg.block(peg.vote(number, 101, history.contents(101, 140)));
          settle(peg, history, 140);
          const { round, balances, limits, ethereum } = peg.view();
          return { round, balances, limits, ethereum };
        };
        expect(outcome(first)).to.deep.equal(outcome(second));
      }),
      runs(20),
    );
  });
});
