import { expect } from 'chai';
import fc from 'fast-check';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { validatorTable } from '../../relayer/peg/tables.ts';
import {
  isQuorum,
  isVouchedFor,
  powerOf,
  quorumThreshold,
  readValidatorSet,
  validatorOf,
} from '../../relayer/peg/validator-set.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';

describe('validator set', () => {
  it('knows quorums and what is vouched for in integers', () => {
    const total = fc.bigInt({ min: 1n, max: 2n ** 66n });
    fc.assert(
      fc.property(total, fc.bigInt({ min: 0n, max: 2n ** 66n }), (all, part) => {
        const power = part % (all + 1n);
        expect(isQuorum(power, all)).to.equal(power >= quorumThreshold(all));
        // What is no quorum leaves at least a third, and two quorums share more than a third.
        expect(isQuorum(power, all) && isQuorum(all - power, all)).to.equal(false);
        expect(isVouchedFor(power, all)).to.equal(power * 3n > all);
      }),
    );
    expect([isQuorum(2n, 3n), isQuorum(3n, 3n), isVouchedFor(1n, 3n), isVouchedFor(2n, 3n)]).to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
    const needed = [1, 2, 3, 4, 5, 6, 7, 9, 10].map((n) => Number(quorumThreshold(BigInt(n))));
    expect(needed).to.deep.equal([1, 2, 3, 3, 4, 5, 5, 7, 7]);
  });

  it('holds the active ones in order of address', () => {
    const peg = new ScriptedPeg({ powers: [5n, 1n, 2n] });
    const state = new Overlay(peg.state);
    const set = readValidatorSet(state);
    expect([...set.members.keys()]).to.deep.equal(peg.validators.map(({ address }) => address));
    expect(set.totalPower).to.equal(8n);
    const { address, witness } = peg.v(1);
    expect(validatorOf(set, witness)?.[0]).to.equal(address);
    expect(validatorOf(set, address)).to.equal(undefined);
    const removed = validatorTable.get(state, address);
    if (removed === undefined) throw new Error('V1 is in the state');
    validatorTable.set(state, address, { ...removed, active: false });
    const without = readValidatorSet(state);
    expect(without.totalPower).to.equal(3n);
    expect(validatorOf(without, witness)).to.equal(undefined);
    expect(powerOf(without, [address, peg.v(2).address, `0x${'00'.repeat(20)}` as Hex])).to.equal(1n);
  });
});
