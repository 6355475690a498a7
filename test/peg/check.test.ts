import { expect } from 'chai';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import { mappingDigest } from '../../relayer/peg/mapping.ts';
import { nextMapping } from '../../relayer/peg/rounds.ts';
import { honestProposal, settle } from '../helpers/honest-validators.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, foldHistory, StakingHistory } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(101, add('A', 1n), add('B', 3n)).mine(112, add('C', 5n), add('A', 2n));

/** Round 2 with the limits A 2, B 6. */
function inRoundTwo(): ScriptedPeg {
  const peg = new ScriptedPeg({ periodLimit: 8 });
  settle(peg, HISTORY, 110);
  return peg;
}

const checkOf = (peg: ScriptedPeg) => {
  const check = new TransactionCheck(peg.state, peg.domain, peg.height);
  return (...transactions: readonly Uint8Array[]) => transactions.map((bytes) => codeName(check.check(bytes)));
};

describe('check', () => {
  it('refuses bytes and signatures as execution does', () => {
    const peg = inRoundTwo();
    const unsigned = Uint8Array.from(peg.post('A', 'order'));
    unsigned[unsigned.length - 1] = 30;
    expect(checkOf(peg)(new Uint8Array(300_000), new Uint8Array(3), unsigned)).to.deep.equal([
      'TX_TOO_LARGE',
      'TX_MALFORMED',
      'TX_BAD_SIGNATURE',
    ]);
  });

  it('lets one vote of a witness wait, refused ones do not count', () => {
    const peg = inRoundTwo();
    const blocks = HISTORY.contents(111, 113);
    expect(
      checkOf(peg)(
        peg.vote(1, 115, blocks),
        peg.vote(1, 111, blocks, 9),
        peg.vote(1, 111, blocks),
        peg.vote(1, 111, HISTORY.contents(111, 112)),
        peg.vote(2, 111, blocks),
      ),
    ).to.deep.equal(['VOTE_GAP', 'VOTE_SEQUENCE', 'ok', 'MEMPOOL_VOTE_WAITS', 'ok']);
  });

  it('takes a vote in the block after the last one', () => {
    const peg = inRoundTwo();
    const check = new TransactionCheck(peg.state, peg.domain, peg.height);
    peg.block(peg.vote(1, 111, HISTORY.contents(111, 111)));
    expect(check.check(peg.vote(1, 112, HISTORY.contents(112, 112))).codespace, 'judged on the state before').to.equal('witness');
    expect(checkOf(peg)(peg.vote(1, 112, HISTORY.contents(112, 112)))).to.deep.equal(['ok']);
  });

  it('counts the orders that wait against the limit', () => {
    const peg = inRoundTwo();
    const check = checkOf(peg);
    const posts = [1, 2, 3].map((i) => peg.post('A', `order ${i}`));
    expect(check(...posts)).to.deep.equal(['ok', 'ok', 'ORDER_LIMIT_USED_UP']);
    expect(check(posts[0] as Uint8Array, peg.post('A', 's', 2, 'stream'), peg.post('A', 'late', 1))).to.deep.equal([
      'ORDER_DUPLICATE',
      'ok',
      'ORDER_ROUND',
    ]);
    expect(peg.view().orderCounter, 'nothing is written to the state').to.equal(0);
  });

  it('lets a delivery wait that lacks nothing but votes, and no other', () => {
    const peg = inRoundTwo();
    const { hash, before, events } = HISTORY.block(112);
    const between = foldHistory(before, 112n, events.slice(0, 1));
    const check = () => checkOf(peg);
    const delivery = peg.deliver(1, 112, before, events);
    expect(check()(delivery), 'nobody names it').to.deep.equal(['EVENTS_NOT_ATTESTED']);
    peg.block(peg.vote(1, 111, HISTORY.contents(111, 112)));
    expect(check()(delivery)).to.deep.equal(['ok']);
    expect(check()(peg.deliver(1, 112, before, events.slice(0, 1)), peg.deliver(1, 112, between, events))).to.deep.equal([
      'EVENTS_NOT_ATTESTED',
      'EVENTS_NOT_ATTESTED',
    ]);
    const stranger = peg.sign(new Uint8Array(32).fill(3), { type: 'events', height: 112n, before, events });
    expect(check()(stranger)).to.deep.equal(['NOT_A_WITNESS']);
    peg.block(peg.vote(2, 111, HISTORY.contents(111, 112)));
    peg.block(delivery);
    expect(check()(delivery)).to.deep.equal(['EVENTS_ON_RECORD']);
    peg.block(peg.vote(3, 111, [...HISTORY.contents(111, 111), { hash, after: between }]));
    const first = peg.deliver(1, 112, before, events.slice(0, 1));
    expect(check()(first), 'named by one').to.deep.equal(['ok']);
    expect(peg.block(first).codes).to.deep.equal(['EVENTS_NOT_ATTESTED']);
    peg.block(peg.vote(1, 112, []), peg.vote(2, 112, []));
    expect(check()(delivery), 'on record, but no longer named').to.deep.equal(['EVENTS_NOT_ATTESTED']);
    peg.block(peg.vote(1, 112, HISTORY.contents(112, 112)));
    expect(check()(delivery), 'on record and named by one: nothing to wait for').to.deep.equal(['EVENTS_NOT_ATTESTED']);
  });

  it('lets 32 deliveries of a witness wait', () => {
    const peg = new ScriptedPeg();
    const far = new StakingHistory(100n);
    for (let at = 101; at <= 140; at++) far.mine(at, add('A', BigInt(at)));
    for (const number of [1, 2]) peg.block(peg.vote(number, 101, far.contents(101, 140)));
    const deliveries = (number: number) =>
      Array.from({ length: 33 }, (_, i) => peg.deliver(number, 101 + i, far.block(101 + i).before, far.block(101 + i).events));
    const codes = checkOf(peg)(...deliveries(1), ...deliveries(2));
    const expected = [...Array.from({ length: 32 }, () => 'ok'), 'MEMPOOL_DELIVERIES_WAIT'];
    expect(codes).to.deep.equal([...expected, ...expected]);
  });

  it('lets one delivery of a witness wait for votes, whatever else of it waits', () => {
    const peg = new ScriptedPeg();
    const far = new StakingHistory(100n);
    for (let at = 101; at <= 106; at++) far.mine(at, add('A', BigInt(at)));
    const delivery = (number: number, at: number) => peg.deliver(number, at, far.block(at).before, far.block(at).events);
    peg.block(peg.vote(1, 101, far.contents(101, 106)), peg.vote(2, 101, far.contents(101, 103)));
    const [vouched, named] = [[101, 102, 103] as const, [104, 105, 106] as const];
    const codes = checkOf(peg)(
      ...named.map((at) => delivery(4, at)),
      ...vouched.map((at) => delivery(4, at)),
      ...named.map((at) => delivery(3, at)),
    );
    const waiting = ['ok', 'MEMPOOL_DELIVERIES_WAIT', 'MEMPOOL_DELIVERIES_WAIT'];
    expect(codes).to.deep.equal([...waiting, 'ok', 'ok', 'ok', ...waiting]);
  });

  it('lets one proposal of a witness wait', () => {
    const peg = inRoundTwo();
    settle(peg, HISTORY, 119);
    const right = mappingDigest(nextMapping(peg.state));
    expect(checkOf(peg)(peg.rebalance(1, 3, 120, 130, right)), 'too early').to.deep.equal(['REBALANCE_EARLY']);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 120, HISTORY.contents(120, 120)));
    const [one, two] = [1, 2].map((number) => honestProposal(peg, number)) as [Uint8Array, Uint8Array];
    expect(
      checkOf(peg)(peg.rebalance(1, 3, 120, 130, `0x${'00'.repeat(32)}`), one, one, two, peg.rebalance(3, 2, 0, 0, right)),
    ).to.deep.equal(['REBALANCE_MAPPING', 'ok', 'MEMPOOL_PROPOSAL_WAITS', 'ok', 'REBALANCE_ALREADY_ADOPTED']);
  });

  it('tells no events: nothing has happened yet', () => {
    const peg = inRoundTwo();
    const check = new TransactionCheck(peg.state, peg.domain, peg.height);
    for (const bytes of [peg.vote(1, 111, HISTORY.contents(111, 111)), peg.post('A', 'order')])
      expect(check.check(bytes)).to.deep.equal({ code: 0, codespace: '', log: '', events: [] });
  });
});
