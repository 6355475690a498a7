import { expect } from 'chai';
import { equalBytes } from '../../relayer/lib/bytes.ts';
import { acceptsProposal, arrangeProposal } from '../../relayer/peg/proposal.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import { honestProposal, settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(101, add('A', 1n), add('B', 3n)).mine(112, add('C', 5n));

/** Round 2 is at its end but for one vote; A may post 250 orders, B 750. */
function nearTheEnd(): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HISTORY, 110);
  for (const number of [1, 2]) peg.block(peg.vote(number, 111, HISTORY.contents(111, 120)));
  return peg;
}

const orders = (peg: ScriptedPeg, name: string, count: number, size = 40) =>
  Array.from({ length: count }, (_, i) => peg.post(name, `${name} ${i}`.padEnd(size, '.')));

function arrange(peg: ScriptedPeg, transactions: readonly Uint8Array[], maxBytes: number): Uint8Array[] {
  const block = { height: peg.height + 1n, proposer: peg.v(1).address, transactions: transactions.length };
  const proposal = arrangeProposal(peg.state, block, peg.domain, transactions, maxBytes);
  expect(acceptsProposal(proposal, maxBytes)).to.equal(true);
  return proposal;
}

const kinds = (transactions: readonly Uint8Array[]) => transactions.map((bytes) => decodeTransaction(bytes).transaction.type);

describe('proposal', () => {
  it('holds votes, deliveries, orders and streams, rebalances in this order, each as the mempool gave them', () => {
    const peg = nearTheEnd();
    const [first, second] = orders(peg, 'A', 2) as [Uint8Array, Uint8Array];
    const stream = peg.post('B', 's', 2, 'stream');
    const vote = peg.vote(3, 111, HISTORY.contents(111, 120));
    const delivery = peg.deliver(1, 112, HISTORY.block(112).before, HISTORY.block(112).events);
    const late = peg.vote(4, 111, HISTORY.contents(111, 130));
    const pool = [second, stream, first, delivery, vote, late];
    const expected = [vote, late, delivery, second, stream, first];
    const proposal = arrange(peg, pool, 1_000_000);
    expect(proposal.every((bytes, i) => equalBytes(bytes, expected[i] as Uint8Array))).to.equal(true);
    expect(proposal).to.have.length(expected.length);
    const codes = peg.block(...proposal).codes;
    expect(new Set(codes)).to.deep.equal(new Set(['ok']));
    const rebalance = honestProposal(peg, 1) as Uint8Array;
    const old = peg.post('A', 'of the old round');
    expect(kinds(arrange(peg, [rebalance, honestProposal(peg, 2) as Uint8Array, old], 1000))).to.deep.equal([
      'order',
      'rebalance',
    ]);
  });

  it('leaves out what would be refused and what is not a transaction', () => {
    const peg = nearTheEnd();
    const order = peg.post('A', 'once');
    const pool = [new Uint8Array(0), new Uint8Array(9), order, order, peg.post('nobody', 'x', 2), peg.vote(1, 150, [])];
    expect(arrange(peg, pool, 1_000_000)).to.deep.equal([order]);
    expect(arrange(peg, [], 1_000_000)).to.deep.equal([]);
    expect(arrange(peg, [order], 0)).to.deep.equal([]);
  });

  it('lets no kind keep another out', () => {
    const peg = nearTheEnd();
    const flood = [...orders(peg, 'A', 200, 400), ...orders(peg, 'B', 200, 400)];
    const vote = peg.vote(3, 111, HISTORY.contents(111, 120));
    const delivery = peg.deliver(1, 112, HISTORY.block(112).before, HISTORY.block(112).events);
    const proposal = arrange(peg, [...flood, vote, delivery], 20_000);
    expect(kinds(proposal).slice(0, 3)).to.deep.equal(['witness', 'events', 'order']);
    const used = proposal.reduce((sum, bytes) => sum + bytes.length, 0);
    expect(used, 'what votes and deliveries do not need goes to the orders').to.be.greaterThan(18_000);
    const after = nearTheEnd();
    after.block(vote, delivery);
    const rebalance = honestProposal(after, 1) as Uint8Array;
    expect(kinds(arrange(after, [...flood, rebalance], 20_000)).at(-1), 'the rebalance has its share').to.equal('rebalance');
  });

  it('gives what refused transactions would have taken to the kinds after them', () => {
    const peg = nearTheEnd();
    const useless = Array.from({ length: 50 }, (_, i) => peg.vote(1, 500 + i, HISTORY.contents(500, 510)));
    const proposal = arrange(peg, [...useless, ...orders(peg, 'A', 60, 100)], 8000);
    expect(kinds(proposal).every((kind) => kind === 'order')).to.equal(true);
    expect(proposal.length).to.be.greaterThan(35);
  });

  it('is acceptable to others when it is not too large, counted as CometBFT counts', () => {
    const peg = new ScriptedPeg();
    const ofLength = (length: number) => {
      for (let size = Math.max(2, length - 100); ; size++) {
        const order = peg.post('A', new Uint8Array(size));
        if (order.length >= length) return order;
      }
    };
    for (const [length, size] of [
      [127, 129],
      [129, 132],
      [16_383, 16_386],
      [16_384, 16_388],
    ] as const) {
      const transaction = ofLength(length);
      expect(transaction).to.have.length(length);
      expect(acceptsProposal([transaction], size)).to.equal(true);
      expect(acceptsProposal([transaction], size - 1)).to.equal(false);
    }
    const two = [ofLength(100), ofLength(101)];
    expect([acceptsProposal(two, 205), acceptsProposal(two, 204)]).to.deep.equal([true, false]);
    expect(acceptsProposal([], 0)).to.equal(true);
  });

  it('is not acceptable with anything in it that is no transaction: a block has room for two million empty ones', () => {
    const peg = nearTheEnd();
    const refused = peg.post('nobody', 'x', 7);
    expect(acceptsProposal([refused], 1_000_000), 'what it is worth shows when it is executed').to.equal(true);
    for (const bytes of [new Uint8Array(0), new Uint8Array(9), refused.subarray(1), new Uint8Array(262_145)])
      expect(acceptsProposal([refused, bytes], 1_000_000)).to.equal(false);
  });
});
