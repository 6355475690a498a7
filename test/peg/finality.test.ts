import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { advanceFinality } from '../../relayer/peg/finality.ts';
import { mappingDigest } from '../../relayer/peg/mapping.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { balanceTable, breachCell, ethereumCell, finalTable, lastEventCell, matureOf } from '../../relayer/peg/tables.ts';
import type { Commitment, PegEvent, StakeEvent } from '../../relayer/peg/types.ts';
import { setVote } from '../../relayer/peg/votes.ts';
import { settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, foldHistory, remove, StakingHistory, staker } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(103, add('A', 50n)).mine(105, add('A', 5n), remove('A', 20n), add('B', 6n));

/** At mature 104 with the votes of V1…V3 for what is said of block 105, and these events delivered (unless undefined). */
function breached(options: { base?: Commitment; events: StakeEvent[]; after?: Commitment }): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HISTORY, 104);
  const base = options.base ?? HISTORY.commitmentAt(104);
  const after = options.after ?? foldHistory(base, 105n, options.events);
  for (const number of [1, 2]) peg.block(peg.vote(number, 105, [{ hash: HISTORY.block(105).hash, after }]));
  if (options.after === undefined) expect(peg.block(peg.deliver(1, 105, base, options.events)).codes).to.deep.equal(['ok']);
  peg.block(peg.vote(3, 105, [{ hash: HISTORY.block(105).hash, after }]));
  return peg;
}

describe('finality', () => {
  it('applies a height in log order and says so', () => {
    const peg = new ScriptedPeg();
    settle(peg, HISTORY, 104);
    const { before, events, after, hash } = HISTORY.block(105);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, HISTORY.contents(105, 105)));
    const told = peg.block(peg.deliver(2, 105, before, events)).events.slice(1);
    const expected: PegEvent[] = [
      ['2', 'add', 'A', '5', '55'],
      ['3', 'remove', 'A', '20', '35'],
      ['4', 'add', 'B', '6', '6'],
    ].map(([nonce, type, who, amount, balance]) => ({
      type: 'stake_event',
      attributes: { eth_block: '105', nonce, type, staker: staker(who as string), amount, balance } as Record<string, string>,
    }));
    expect(told).to.deep.equal([...expected, { type: 'eth_final', attributes: { eth_block: '105', hash, events: '3' } }]);
    expect(ethereumCell.read(peg.state)).to.deep.equal({ ...after, matureBlock: 105n, matureBlockHash: hash });
    expect(lastEventCell.read(peg.state)).to.deep.equal({ add: 105n, remove: 105n });
    expect(finalTable.get(peg.state, 105n)).to.equal(hash);
    expect(peg.view()).to.deep.include({ votes: {}, events: {} });
  });

  it('records a breach for what cannot follow, once, and applies nothing of the height', () => {
    const applied = HISTORY.commitmentAt(104);
    const other: Hex = `0x${'ee'.repeat(32)}`;
    const cases: readonly (readonly [reason: RegExp, options: Parameters<typeof breached>[0]])[] = [
      [/nonce is 1, not above the ledger's 1/, { events: [], after: { nonce: 1n, accumulator: other } }],
      [
        /begin at nonce 1, the ledger has applied 1/,
        { events: [add('A', 1n), add('A', 1n)], base: { nonce: 0n, accumulator: other } },
      ],
      [/fold from 0xeeee.*the ledger is at/, { events: [add('A', 1n)], base: { nonce: 1n, accumulator: other } }],
      [/removes 51 of 50/, { events: [add('B', 9n), remove('A', 51n)] }],
      [/removes 1 of 0/, { events: [add('A', 1n), remove('C', 1n)] }],
      [/beyond 2\^256 - 1/, { events: [add('B', 9n), add('A', 2n ** 256n - 50n)] }],
    ];
    for (const [reason, options] of cases) {
      const peg = breached(options);
      const breach = breachCell.get(peg.state);
      expect(breach?.height).to.equal(105n);
      expect(breach?.reason).to.match(reason);
      expect(peg.view().balances).to.deep.equal({ [staker('A')]: '50' });
      expect(ethereumCell.read(peg.state)).to.deep.include({ ...applied, matureBlock: 104n });
      expect(peg.events.filter(({ type }) => type === 'breach')).to.deep.equal([
        { type: 'breach', attributes: { eth_block: '105', reason: breach?.reason } },
      ]);
      expect(advanceFinality(new Overlay(peg.state)), 'it is not looked at again').to.deep.equal([]);
    }
  });

  it('reaches the largest balance that there can be', () => {
    const peg = breached({ events: [add('A', 2n ** 256n - 51n)] });
    expect(breachCell.get(peg.state)).to.equal(undefined);
    expect(balanceTable.get(peg.state, staker('A'))).to.equal(2n ** 256n - 1n);
  });

  it('waits for events that begin later than the ledger ends', () => {
    const { before, events } = HISTORY.block(105);
    const peg = new ScriptedPeg();
    settle(peg, HISTORY, 104);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, HISTORY.contents(105, 106)));
    const between = foldHistory(before, 105n, events.slice(0, 1));
    peg.block(peg.deliver(1, 105, between, events.slice(1)));
    expect(matureOf(peg.state)).to.equal(104n);
    peg.block(peg.deliver(1, 105, before, events.slice(0, 1)));
    expect(matureOf(peg.state), 'and goes on to the next height').to.equal(106n);
  });

  it('has nothing to do before the first round and pauses at the end of each', () => {
    const quiet = new StakingHistory(100n);
    const peg = new ScriptedPeg();
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 101, quiet.contents(101, 132)));
    expect(advanceFinality(new Overlay(peg.state))).to.deep.equal([]);
    expect(peg.mature()).to.equal(null);
    const empty = mappingDigest([]);
    for (const [round, end] of [110, 120, 130].entries()) {
      const { events } = peg.block(peg.rebalance(1, round + 1, end - 10, end, empty));
      expect(events.filter(({ type }) => type === 'eth_final')).to.have.length(10);
      expect(peg.mature()).to.equal(end);
      expect(advanceFinality(new Overlay(peg.state))).to.deep.equal([]);
    }
  });

  it('keeps the last 256 final heights', () => {
    const peg = new ScriptedPeg({ periodLength: 1000 });
    settle(peg, new StakingHistory(100n), 400);
    const kept = [...finalTable.entries(peg.state)].map(([height]) => height);
    expect(kept).to.deep.equal(Array.from({ length: 256 }, (_, i) => BigInt(145 + i)));
  });

  it('counts current powers: a quorum that has left is none', () => {
    const peg = new ScriptedPeg({ powers: [5n, 1n, 1n, 1n] });
    settle(peg, new StakingHistory(100n), 104);
    const state = new Overlay(peg.state);
    for (const number of [1, 2]) setVote(state, 105n, peg.v(number).address, { hash: HISTORY.block(105).hash });
    const without = { members: new Map(), totalPower: 3n };
    expect(advanceFinality(state, without)).to.deep.equal([]);
    expect(advanceFinality(state).map(({ type }) => type)).to.deep.equal(['eth_final']);
  });
});
