import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { motionId } from '../../relayer/peg/motion.ts';
import { openMotions } from '../../relayer/peg/motions.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';

describe('open motions', () => {
  const limited = (peg: ScriptedPeg, value: bigint) => peg.motion([{ type: 'periodLimit', value }]);
  const open = (peg: ScriptedPeg) => new Map<Hex, unknown>(openMotions(new Overlay(peg.state), peg.height));

  it('are not decoded again while their bytes stay, whatever is written beside them', () => {
    const peg = new ScriptedPeg();
    const [first, second] = [limited(peg, 5n), limited(peg, 6n)];
    peg.block(peg.govern(1, first));
    const before = open(peg).get(motionId(first));
    for (const support of [true, false, true]) {
      peg.block(peg.govern(2, second, support));
      expect(open(peg).size).to.equal(support ? 2 : 1);
      expect(open(peg).get(motionId(first))).to.equal(before);
    }
    peg.block(peg.govern(3, first));
    expect(open(peg).get(motionId(first))).to.not.equal(before);
    expect(open(peg).get(motionId(first)))
      .to.have.property('voters')
      .that.deep.equals([peg.v(1).address, peg.v(3).address].sort());
  });
});
