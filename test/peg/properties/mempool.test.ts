// What CheckTx lets in and what a proposer makes of it: an arranged proposal holds only transactions that will be accepted,
// every proposer's proposal is acceptable to every other, and nobody parks more orders than the limit has left.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, to0x } from '../../../relayer/lib/bytes.ts';
import { TransactionCheck } from '../../../relayer/peg/check.ts';
import { acceptsProposal, arrangeProposal } from '../../../relayer/peg/proposal.ts';
import { decodeTransaction } from '../../../relayer/peg/transaction.ts';
import { honestProposal, settle } from '../../helpers/honest-validators.ts';
import { PROPERTY_TIMEOUT_MS, runs } from '../../helpers/peg-arbitraries.ts';
import { codeName, ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, foldHistory, StakingHistory } from '../../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(101, add('A', 10n), add('B', 30n)).mine(112, add('C', 5n)).mine(118, add('A', 1n));
const PHASE = { witness: 0, events: 1, order: 2, stream: 2, rebalance: 3, govern: 4, contest: 4, balances: 1 };

/** Round 2 with the limits A 5, B 15 of P = 20, finality at the end of the round so that a proposal is due. */
function roundTwo(): ScriptedPeg {
  const peg = new ScriptedPeg({ periodLimit: 20 });
  settle(peg, HISTORY, 110);
  peg.block(...[1, 2].map((number) => peg.vote(number, 111, HISTORY.contents(111, 120))));
  return peg;
}

/** A pool of valid, early, late, repeated and worthless transactions. */
function pool(peg: ScriptedPeg): Bytes[] {
  const deliveries = [112, 118].map((height) =>
    peg.deliver(1, height, HISTORY.block(height).before, HISTORY.block(height).events),
  );
  return [
    peg.vote(1, 121, HISTORY.contents(121, 124)),
    peg.vote(2, 121, HISTORY.contents(121, 140)),
    peg.vote(3, 111, HISTORY.contents(111, 120)),
    peg.vote(3, 111, HISTORY.contents(111, 119)),
    peg.vote(4, 115, HISTORY.contents(115, 119)),
    ...deliveries,
    peg.deliver(2, 118, HISTORY.block(118).before, [add('A', 2n)]),
    honestProposal(peg, 1) ?? peg.rebalance(1, 3, 120, 130, `0x${'00'.repeat(32)}`),
    ...Array.from({ length: 8 }, (_, i) => peg.post('A', `order ${i}`)),
    ...Array.from({ length: 4 }, (_, i) => peg.post('B', `order ${i}`)),
    peg.post('A', 's', 2, 'stream'),
    peg.post('A', 't', 2, 'stream'),
    peg.post('nobody', 'hello', 2),
    peg.post('B', 'of an old round', 1),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(0),
  ];
}

function protobufSize(bytes: Bytes): number {
  let lengthBytes = 1;
  for (let rest = bytes.length; rest >= 128; rest = Math.floor(rest / 128)) lengthBytes++;
  return 1 + lengthBytes + bytes.length;
}

describe('properties: mempool and proposals', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  const peg = roundTwo();
  const all = pool(peg);
  const block = { height: peg.height + 1n, proposer: peg.v(1).address };
  const arrange = (transactions: readonly Bytes[], maxBytes: number) =>
    arrangeProposal(peg.state, { ...block, transactions: transactions.length }, peg.domain, transactions, maxBytes);

  it('a proposal holds only what is accepted, in the order of the kinds, and fits', () => {
    const some = fc.shuffledSubarray(all, { minLength: 0, maxLength: all.length });
    fc.assert(
      fc.property(some, fc.oneof(fc.constant(1_000_000), fc.integer({ min: 0, max: 3000 })), (transactions, maxBytes) => {
        const proposal = arrange(transactions, maxBytes);
        const known = new Set(transactions.map(to0x));
        for (const bytes of proposal) expect(known.has(to0x(bytes)), 'nothing is made up').to.equal(true);
        expect(new Set(proposal.map(to0x)).size, 'nothing twice').to.equal(proposal.length);
        const phases = proposal.map((bytes) => PHASE[decodeTransaction(bytes).transaction.type]);
        expect(phases).to.deep.equal(phases.toSorted((a, b) => a - b));
        expect(proposal.reduce((sum, bytes) => sum + protobufSize(bytes), 0)).to.be.at.most(maxBytes);
        expect(acceptsProposal(proposal, maxBytes)).to.equal(true);
        expect(
          peg
            .twin()
            .block(...proposal)
            .codes.filter((code) => code !== 'ok'),
        ).to.deep.equal([]);
      }),
      runs(60),
    );
  });

  it('with room for all, what arrives in any order ends in the same state', () => {
    const shuffled = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    const outcome = (transactions: readonly Bytes[]) => {
      const twin = peg.twin();
      twin.block(...arrange(transactions, 1_000_000));
      const { balances, ethereum, matureEthBlock } = twin.view();
      return { balances, ethereum, matureEthBlock };
    };
    fc.assert(
      fc.property(shuffled, (transactions) => void expect(outcome(transactions).balances).to.deep.equal(outcome(all).balances)),
      runs(20),
    );
  });

  it('nobody parks more in the mempool than there is limit left, and a recheck after the block judges anew', () => {
    const own = peg.twin();
    const orders = Array.from({ length: 12 }, (_, i) => own.post('A', `order ${i}`));
    const check = new TransactionCheck(own.state, own.domain, own.height);
    const codes = orders.map((bytes) => codeName(check.check(bytes)));
    expect(codes).to.deep.equal([...Array(5).fill('ok'), ...Array(7).fill('ORDER_LIMIT_USED_UP')]);
    own.block(...orders.slice(0, 3));
    const recheck = new TransactionCheck(own.state, own.domain, own.height);
    expect(
      orders
        .slice(3)
        .map((bytes) => codeName(recheck.check(bytes)))
        .filter((code) => code === 'ok'),
    ).to.have.length(2);
  });

  it('CheckTx lets a delivery wait whose content has at least one vote; a proposer leaves it out', () => {
    const own = peg.twin();
    const alone = HISTORY.fork(112, 'b').mine(112, add('E', 9n));
    own.block(own.vote(4, 111, alone.contents(111, 113)));
    const { before, events } = alone.block(112);
    const waiting = own.deliver(4, 112, before, events);
    const bogus = own.deliver(4, 112, before, [add('E', 10n)]);
    const check = new TransactionCheck(own.state, own.domain, own.height);
    expect(codeName(check.check(waiting))).to.equal('ok');
    expect(codeName(check.check(bogus))).to.not.equal('ok');
    const next = { height: own.height + 1n, proposer: own.v(1).address, transactions: 1 };
    expect(arrangeProposal(own.state, next, own.domain, [waiting], 100_000)).to.deep.equal([]);
    expect(own.block(waiting).codes).to.not.deep.equal(['ok']);
  });

  it('deliveries that only wait leave their room to those that are accepted', () => {
    const own = peg.twin();
    const bogus = foldHistory(HISTORY.commitmentAt(120), 121n, [add('V4', 1n)]);
    own.block(own.vote(4, 111, [...HISTORY.contents(111, 120), { hash: `0x${'44'.repeat(32)}`, after: bogus }]));
    // V4 may let a delivery of its lie wait, but not fill the block with it.
    const waiting = own.deliver(4, 121, HISTORY.commitmentAt(120), [add('V4', 1n)]);
    const honest = own.deliver(1, 112, HISTORY.block(112).before, HISTORY.block(112).events);
    const check = new TransactionCheck(own.state, own.domain, own.height);
    expect([waiting, honest].map((bytes) => codeName(check.check(bytes)))).to.deep.equal(['ok', 'ok']);
    const next = { height: own.height + 1n, proposer: own.v(1).address, transactions: 2 };
    const room = Math.max(protobufSize(waiting), protobufSize(honest));
    expect(arrangeProposal(own.state, next, own.domain, [waiting, honest], room)).to.deep.equal([honest]);
  });

  it('each kind has its room, whatever the others send', () => {
    const own = new ScriptedPeg({ periodLimit: 1000 });
    settle(own, HISTORY, 110);
    own.block(...[1, 2].map((number) => own.vote(number, 111, HISTORY.contents(111, 120))));
    const votes = [1, 2].map((number) => own.vote(number, 121, HISTORY.contents(121, 376)));
    const { before, events } = HISTORY.block(112);
    const delivery = own.deliver(1, 112, before, events);
    const orders = Array.from({ length: 200 }, (_, i) => own.post('A', `order ${i} `.padEnd(300, '.')));
    const next = { height: own.height + 1n, proposer: own.v(1).address, transactions: 1 };
    const proposed = (transactions: readonly Bytes[], maxBytes: number) => {
      const kinds = arrangeProposal(own.state, next, own.domain, transactions, maxBytes);
      return kinds.map((bytes) => decodeTransaction(bytes).transaction.type);
    };
    const count = (kinds: readonly string[], kind: string) => kinds.filter((other) => other === kind).length;
    const flooded = proposed([...orders, delivery, ...votes], 40_000);
    expect(flooded, 'a flood of orders leaves room for a vote and a delivery').to.include.members(['witness', 'events']);
    expect(count(flooded, 'order')).to.be.lessThan(200);
    const voteSize = protobufSize(votes[0] as Bytes);
    const crowded = proposed([...votes, ...orders], 2 * voteSize);
    expect(count(crowded, 'witness'), 'votes that would fill the block leave room for orders').to.be.lessThan(2);
    expect(count(crowded, 'order')).to.be.greaterThan(10);
    expect(
      proposed([...votes, delivery], 2 * voteSize + protobufSize(delivery)),
      'what nobody else wants is theirs',
    ).to.deep.equal(['witness', 'witness', 'events']);
  });

  it('of each witness one vote, one proposal and one delivery of what nobody else names wait', () => {
    const own = peg.twin();
    const bogus = (salt: number) => foldHistory(HISTORY.commitmentAt(120), BigInt(121 + salt), [add('V4', 1n)]);
    const lies = Array.from({ length: 40 }, (_, salt) => ({ hash: `0x${'44'.repeat(32)}` as const, after: bogus(salt) }));
    own.block(own.vote(4, 111, [...HISTORY.contents(111, 120), ...lies]));
    for (const number of [1, 2, 3]) own.block(own.vote(number, 111, HISTORY.contents(111, 130)));
    for (const height of [112, 118])
      own.block(own.deliver(1, height, HISTORY.block(height).before, HISTORY.block(height).events));
    const check = new TransactionCheck(own.state, own.domain, own.height);
    const codes = (transactions: readonly Bytes[]) => transactions.map((bytes) => codeName(check.check(bytes)));
    const proposal = (number: number) => honestProposal(own, number) as Bytes;
    const vote = (number: number, to: number) => own.vote(number, 131, HISTORY.contents(131, to));
    expect(codes([proposal(1), proposal(1), proposal(2)])).to.deep.equal(['ok', 'MEMPOOL_PROPOSAL_WAITS', 'ok']);
    expect(codes([vote(1, 140), vote(1, 141), vote(2, 140)])).to.deep.equal(['ok', 'MEMPOOL_VOTE_WAITS', 'ok']);
    const deliveries = lies.map((_, salt) => own.deliver(4, 121 + salt, HISTORY.commitmentAt(120), [add('V4', 1n)]));
    const expected = deliveries.map((_, index) => (index === 0 ? 'ok' : 'MEMPOOL_DELIVERIES_WAIT'));
    expect(codes(deliveries)).to.deep.equal(expected);
  });
});
