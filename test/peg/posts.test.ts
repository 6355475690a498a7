import { expect } from 'chai';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { usageOf } from '../../relayer/peg/posts.ts';
import { limitTable, orderCounterCell, orderIdTable } from '../../relayer/peg/tables.ts';
import { settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory, staker } from '../helpers/staking-history.ts';

/** Round 2: A has 2 orders of 8, B has 6; a payload may have 16 bytes. */
function inRoundTwo(): ScriptedPeg {
  const peg = new ScriptedPeg({ periodLimit: 8, maxOrderBytes: 16 });
  settle(peg, new StakingHistory(100n).mine(101, add('A', 1n), add('B', 3n)), 110);
  return peg;
}

describe('posts', () => {
  for (const type of ['order', 'stream'] as const) {
    it(`judge ${type}s in the order of the codes: the first check that fails gives the code`, () => {
      const peg = inRoundTwo();
      const long = 'x'.repeat(17);
      const { codes } = peg.block(
        peg.post('nobody', '', 1, type),
        peg.post('nobody', '', 2, type),
        peg.post('nobody', long, 2, type),
        peg.post('nobody', 'x'.repeat(16), 2, type),
        peg.post('A', 'one', 2, type),
        peg.post('A', 'one', 2, type),
        ...(type === 'order' ? [peg.post('A', 'two', 2, type)] : []),
        peg.post('A', 'three', 2, type),
        peg.post('A', 'one', 2, type),
      );
      expect(codes.filter((code) => code !== 'ok')).to.deep.equal([
        'ORDER_ROUND',
        'ORDER_EMPTY',
        'ORDER_TOO_LARGE',
        'ORDER_UNKNOWN_POSTER',
        'ORDER_DUPLICATE',
        'ORDER_LIMIT_USED_UP',
        'ORDER_DUPLICATE',
      ]);
    });
  }

  it('count orders and streams apart, and orders over all rounds', () => {
    const peg = inRoundTwo();
    const { events } = peg.block(peg.post('B', 'a'), peg.post('B', 'b'), peg.post('B', 'a', 2, 'stream'));
    expect(usageOf(peg.state, staker('B'))).to.deep.equal({ orders: 2n, streams: 1n });
    expect(usageOf(peg.state, staker('A'))).to.deep.equal({ orders: 0n, streams: 0n });
    expect(orderCounterCell.read(peg.state)).to.equal(2n);
    const ids = events.map(({ attributes }) => attributes.id);
    expect([...orderIdTable.entries(peg.state)].map(([id]) => id)).to.have.members(ids);
    expect(events.map(({ type, attributes: { id: _, ...rest } }) => [type, rest])).to.deep.equal([
      ['order', { poster: staker('B'), round: '2', size: '1', left: '5' }],
      ['order', { poster: staker('B'), round: '2', size: '1', left: '4' }],
      ['stream', { poster: staker('B'), round: '2', size: '1', left: '0' }],
    ]);
  });

  it('refuse whoever has a limit of 0', () => {
    const peg = inRoundTwo();
    const state = new Overlay(peg.state);
    limitTable.set(state, staker('C'), { orderLimit: 0n, streamLimit: 1n });
    peg.state.apply(state.changes());
    expect(peg.block(peg.post('C', 'a'), peg.post('C', 'a', 2, 'stream')).codes).to.deep.equal(['ORDER_LIMIT_USED_UP', 'ok']);
  });
});
