import { expect } from 'chai';
import { asArray, asData, asIndex, asObject, asQuantity, quantity } from '../../relayer/ethereum/fields.ts';
import { codeThrown } from '../helpers/error-code.ts';

describe('fields of JSON-RPC answers', () => {
  it('reads quantities only in their canonical form', () => {
    expect(asQuantity('0x0', 'n')).to.equal(0n);
    expect(asQuantity('0xffffffffffffffff', 'n')).to.equal(2n ** 64n - 1n);
    expect(asQuantity(quantity(2n ** 255n), 'n', 256)).to.equal(2n ** 255n);
    for (const bad of [
      '0x',
      '0x00',
      '0x01',
      '0X1',
      '0xA',
      '1',
      '-0x1',
      '0x1g',
      '0x1 ',
      '0x10000000000000000',
      1,
      null,
      undefined,
      {},
      ['0x1'],
    ])
      expect(
        codeThrown(() => asQuantity(bad as never, 'n')),
        JSON.stringify(bad),
      ).to.equal('ETH_MALFORMED');
  });

  it('reads an index below 2^31', () => {
    expect(asIndex('0x7fffffff', 'i')).to.equal(2 ** 31 - 1);
    expect(codeThrown(() => asIndex('0x80000000', 'i'))).to.equal('ETH_MALFORMED');
  });

  it('reads data of whole bytes and of the length asked for, and makes it lower-case', () => {
    expect(asData('0x', 'd')).to.equal('0x');
    expect(asData('0xABcd', 'd', 2)).to.equal('0xabcd');
    for (const bad of ['', '0xabc', 'abcd', '0xzz', null, 12, undefined])
      expect(codeThrown(() => asData(bad as never, 'd'))).to.equal('ETH_MALFORMED');
    expect(codeThrown(() => asData('0xabcd', 'd', 3))).to.equal('ETH_MALFORMED');
  });

  it('tells objects from lists', () => {
    expect(asObject({ a: 1 }, 'o')).to.deep.equal({ a: 1 });
    expect(asArray([1], 'a')).to.deep.equal([1]);
    for (const bad of [null, [], 'x', undefined]) expect(codeThrown(() => asObject(bad as never, 'o'))).to.equal('ETH_MALFORMED');
    for (const bad of [null, {}, 'x', undefined]) expect(codeThrown(() => asArray(bad as never, 'a'))).to.equal('ETH_MALFORMED');
  });
});
