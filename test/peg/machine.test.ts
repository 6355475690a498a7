import { expect } from 'chai';
import { beginBlock, endBlock, executeTransaction } from '../../relayer/peg/machine.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { validatorTable } from '../../relayer/peg/tables.ts';
import { settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(103, add('A', 5n));
const changes = (state: Overlay) => [...state.changes()];

describe('machine', () => {
  it('notes the proposer of a block with transactions, and only then', () => {
    const peg = new ScriptedPeg();
    const { address } = peg.v(2);
    const quiet = new Overlay(peg.state);
    beginBlock(quiet, { height: 9n, proposer: address, transactions: 0 });
    expect(endBlock(quiet, { height: 9n, proposer: address, transactions: 0 })).to.deep.equal({
      events: [],
      validatorUpdates: [],
    });
    expect(changes(quiet)).to.deep.equal([]);
    const busy = new Overlay(peg.state);
    beginBlock(busy, { height: 9n, proposer: address, transactions: 1 });
    expect(validatorTable.get(busy, address)?.lastProposed).to.equal(9n);
    expect(changes(busy)).to.have.length(1);
    const unknown = new Overlay(peg.state);
    beginBlock(unknown, { height: 9n, proposer: `0x${'00'.repeat(20)}`, transactions: 1 });
    expect(changes(unknown)).to.deep.equal([]);
  });

  it('puts consequences behind the event of the transaction that had them', () => {
    const peg = new ScriptedPeg();
    settle(peg, HISTORY, 102);
    const { before, events } = HISTORY.block(103);
    peg.block(...[1, 2].map((number) => peg.vote(number, 103, HISTORY.contents(103, 104))));
    peg.block(peg.deliver(1, 103, before, events));
    const { verdicts } = peg.block(peg.vote(3, 103, HISTORY.contents(103, 104)), peg.vote(4, 103, HISTORY.contents(103, 104)));
    expect(verdicts.map((verdict) => verdict.events.map(({ type }) => type))).to.deep.equal([
      ['witness', 'stake_event', 'eth_final', 'eth_final'],
      [],
    ]);
  });

  it('leaves nothing of a refused transaction', () => {
    const peg = new ScriptedPeg();
    settle(peg, HISTORY, 104);
    const state = new Overlay(peg.state);
    const block = { height: peg.height + 1n, proposer: peg.v(1).address, transactions: 5 };
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(300_000),
      peg.vote(1, 107, HISTORY.contents(107, 108)),
      peg.deliver(1, 105, HISTORY.commitmentAt(104), [add('A', 1n)]),
      peg.rebalance(1, 2, 110, 120, `0x${'00'.repeat(32)}`),
      peg.post('A', 'no limit yet'),
    ]) {
      const verdict = executeTransaction(state, block, peg.domain, bytes);
      expect(verdict.code).to.not.equal(0);
      expect(verdict.codespace).to.not.equal('');
      expect(verdict.log).to.not.equal('');
      expect(verdict.events).to.deep.equal([]);
    }
    expect(changes(state)).to.deep.equal([]);
  });
});
