// Scenarios of the protocol's section 11 about orders and streams: the limit is what a stake is worth.

import { expect } from 'chai';
import { hex } from '../../../relayer/lib/bytes.ts';
import { orderId } from '../../../relayer/peg/signing.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg, type ScriptedPegOptions } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory, staker } from '../../helpers/staking-history.ts';

/** A has 250 of the 1000 orders of round 2, B 750. */
function inRoundTwo(options: ScriptedPegOptions = {}): { peg: ScriptedPeg; history: StakingHistory } {
  const history = new StakingHistory(100n).mine(101, add('A', 100n), add('B', 300n));
  const peg = new ScriptedPeg(options);
  settle(peg, history, 110);
  return { peg, history };
}

describe('scenarios: orders', () => {
  it('A (limit 250) posts 251 orders', () => {
    const { peg, history } = inRoundTwo();
    const orders = Array.from({ length: 251 }, (_, i) => peg.post('A', `order ${i}`));
    const { codes } = peg.block(...orders);
    expect(codes.filter((code) => code === 'ok')).to.have.length(250);
    expect(codes[250]).to.equal('ORDER_LIMIT_USED_UP');
    expect(peg.view()).to.deep.include({ orderCounter: 250, usage: { [staker('A')]: { orders: 250, streams: 0 } } });
    expect(peg.view().orderIds).to.have.length(250);
    expect(peg.block(peg.post('A', 'one more')).codes).to.deep.equal(['ORDER_LIMIT_USED_UP']);
    settle(peg, history, 120);
    expect(peg.view(), 'next period').to.deep.include({ usage: {}, orderIds: [] });
    const again = peg.block(...Array.from({ length: 251 }, (_, i) => peg.post('A', `order ${i}`)));
    expect(again.codes.filter((code) => code === 'ok')).to.have.length(250);
    expect(peg.view().orderCounter).to.equal(500);
  });

  it('half of a limit is not carried into the next period', () => {
    const { peg, history } = inRoundTwo({ periodLimit: 8 });
    peg.block(peg.post('A', 'one of two'));
    settle(peg, history, 120);
    const { codes } = peg.block(...[1, 2, 3].map((i) => peg.post('A', `order ${i}`)));
    expect(codes).to.deep.equal(['ok', 'ok', 'ORDER_LIMIT_USED_UP']);
  });

  it('each refusal has its own code', () => {
    const { peg } = inRoundTwo({ maxOrderBytes: 16 });
    const good = peg.post('A', 'x'.repeat(16));
    expect(peg.block(good).codes).to.deep.equal(['ok']);
    const before = peg.substance();
    const signed = peg.post('A', 'bad signature');
    const unsigned = Uint8Array.from(signed);
    unsigned[unsigned.length - 1] = 29;
    expect(peg.block(good).codes, 'the same again').to.deep.equal(['ORDER_DUPLICATE']);
    expect(peg.block(peg.post('A', 'x'.repeat(17))).codes).to.deep.equal(['ORDER_TOO_LARGE']);
    expect(peg.block(peg.post('A', '')).codes).to.deep.equal(['ORDER_EMPTY']);
    expect(peg.block(peg.post('A', 'late', 1)).codes).to.deep.equal(['ORDER_ROUND']);
    expect(peg.block(peg.post('A', 'early', 3)).codes).to.deep.equal(['ORDER_ROUND']);
    expect(peg.block(peg.post('nobody', 'hello')).codes).to.deep.equal(['ORDER_UNKNOWN_POSTER']);
    expect(peg.block(unsigned).codes).to.deep.equal(['TX_BAD_SIGNATURE']);
    expect(peg.block(hex('c0')).codes).to.deep.equal(['TX_MALFORMED']);
    expect(peg.substance()).to.deep.equal(before);
  });

  it('an order counts for its signer, with the id of its digest and poster', () => {
    const { peg } = inRoundTwo();
    const [a, b] = [peg.block(peg.post('A', 'same')), peg.block(peg.post('B', 'same'))];
    const ids = [a, b].map(({ events }) => events.find(({ type }) => type === 'order')?.attributes.id);
    const expected = ['A', 'B'].map((name) =>
      orderId(peg.domain, { type: 'order', round: 2n, payload: new TextEncoder().encode('same') }, staker(name)),
    );
    expect(ids).to.deep.equal(expected);
    expect(peg.view().usage).to.deep.equal({
      [staker('A')]: { orders: 1, streams: 0 },
      [staker('B')]: { orders: 1, streams: 0 },
    });
  });

  it('streams have their own limit of one', () => {
    const { peg, history } = inRoundTwo();
    const stream = (payload: string) => peg.post('A', payload, peg.round().number, 'stream');
    expect(peg.block(stream('s'), stream('s'), stream('t'), peg.post('A', 's')).codes).to.deep.equal([
      'ok',
      'ORDER_DUPLICATE',
      'ORDER_LIMIT_USED_UP',
      'ok',
    ]);
    expect(peg.view()).to.deep.include({ orderCounter: 1, usage: { [staker('A')]: { orders: 1, streams: 1 } } });
    settle(peg, history, 120);
    expect(peg.block(stream('s')).codes).to.deep.equal(['ok']);
  });

  it('a stake gives access from the next period on, a removal takes it at the next rebalance', () => {
    const history = new StakingHistory(100n).mine(103, add('A', 100n)).mine(113, remove('A', 100n), add('B', 1n));
    const peg = new ScriptedPeg();
    settle(peg, history, 105);
    expect(peg.balance('A')).to.equal(100n);
    expect(peg.block(peg.post('A', 'too early')).codes).to.deep.equal(['ORDER_UNKNOWN_POSTER']);
    settle(peg, history, 115);
    expect(peg.balance('A')).to.equal(undefined);
    expect(peg.block(peg.post('A', 'still'), peg.post('B', 'not yet')).codes).to.deep.equal(['ok', 'ORDER_UNKNOWN_POSTER']);
    settle(peg, history, 120);
    expect(peg.block(peg.post('A', 'no more'), peg.post('B', 'now')).codes).to.deep.equal(['ORDER_UNKNOWN_POSTER', 'ok']);
  });

  it('a staker whose share is below one order has none', () => {
    const history = new StakingHistory(100n).mine(101, add('A', 1n), add('B', 10n ** 18n));
    const peg = new ScriptedPeg();
    settle(peg, history, 110);
    expect(peg.block(peg.post('A', 'dust')).codes).to.deep.equal(['ORDER_LIMIT_USED_UP']);
    expect(peg.block(peg.post('A', 'dust', 2, 'stream')).codes).to.deep.equal(['ok']);
  });

  it('in a breach orders are served until the limits in force are used up', () => {
    const history = new StakingHistory(100n).mine(101, add('A', 100n)).mine(113, remove('B', 1n));
    const peg = new ScriptedPeg({ periodLimit: 2 });
    settle(peg, history, 112);
    advance(peg, history, 115);
    expect(peg.view().breach).to.deep.include({ height: 113 });
    expect(peg.block(...[1, 2, 3].map((i) => peg.post('A', `order ${i}`))).codes).to.deep.equal([
      'ok',
      'ok',
      'ORDER_LIMIT_USED_UP',
    ]);
    expect(peg.round().number).to.equal(2);
  });
});
