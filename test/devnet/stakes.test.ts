import { expect } from 'chai';
import { DEFAULT_STAKES, needsHeldMining, parseStakes } from '../../relayer/devnet/stakes.ts';
import { CodedError } from '../../relayer/lib/errors.ts';

const parse = (value: unknown) => parseStakes(typeof value === 'string' ? value : JSON.stringify(value), 'stakes.json');
const A = { staker: 0, action: 'stake', amount: '100' };

describe('stakes file', () => {
  it('gives an entry without a block the next one', () => {
    const script = parse([A, { ...A, block: 3 }, { ...A, block: 3 }, { staker: 1, action: 'stake', amount: '7' }]);
    expect(script.map((stake) => stake.block)).to.deep.equal([0, 3, 3, 4]);
    expect(script[3]).to.deep.equal({ staker: 1, action: 'stake', amount: 7n, block: 4 });
    expect(needsHeldMining(script)).to.equal(true);
    expect(needsHeldMining(DEFAULT_STAKES)).to.equal(false);
  });

  it('refuses a removal of more than there is at that point', () => {
    const remove = (amount: string) => ({ ...A, action: 'remove', amount });
    expect(parse([A, remove('100'), A])).to.have.length(3);
    for (const script of [[remove('1')], [A, remove('101')], [A, remove('100'), remove('1'), A]]) {
      expect(() => parse(script))
        .to.throw(CodedError)
        .with.property('code', 'STAKES_OVERDRAWN');
    }
  });

  for (const [what, value, text] of [
    ['no JSON', '[{', 'is not JSON'],
    ['no list', {}, 'must hold a list'],
    ['an empty list', [], 'must hold a list'],
    ['a text as entry', ['x'], 'entry 1: expected an object'],
    ['a list as entry', [[]], 'entry 1: expected an object'],
    ['an unknown key', [A, { ...A, to: 1 }], 'entry 2: unknown key "to"'],
    ['a staker below 0', [{ ...A, staker: -1 }], '"staker"'],
    ['a staker beyond the last', [{ ...A, staker: 1000 }], '"staker"'],
    ['another action', [{ ...A, action: 'add' }], '"action"'],
    ['an amount of 0', [{ ...A, amount: '0' }], '"amount"'],
    ['a number as amount', [{ ...A, amount: 5 }], '"amount"'],
    ['an amount with leading zeros', [{ ...A, amount: '005' }], '"amount"'],
    ['an amount beyond the largest', [{ ...A, amount: (2n ** 128n + 1n).toString() }], '"amount"'],
    [
      'a block that goes back',
      [
        { ...A, block: 2 },
        { ...A, block: 1 },
      ],
      '"block"',
    ],
    ['a broken block', [{ ...A, block: 1.5 }], '"block"'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parse(value))
        .to.throw(CodedError, text)
        .with.property('code', 'STAKES_SYNTAX');
    });
  }
});
