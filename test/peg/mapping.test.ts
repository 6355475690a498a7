import { expect } from 'chai';
import { encodeRlp, keccak256 } from 'ethers';
import fc from 'fast-check';
import { type Hex, to0x } from '../../relayer/lib/bytes.ts';
import { constructMapping, mappingDigest } from '../../relayer/peg/mapping.ts';

const address = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`;
const shares = (balances: readonly bigint[], limit: bigint) =>
  constructMapping(
    balances.map((balance, i) => [address(i + 1), balance] as const),
    limit,
  ).map(([, { orderLimit }]) => orderLimit);

const balances = fc
  .uniqueArray(
    fc.tuple(
      fc.uint8Array({ minLength: 20, maxLength: 20 }).map(to0x),
      fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })),
    ),
    { selector: ([staker]) => staker, maxLength: 30 },
  )
  .map((entries) => entries as (readonly [Hex, bigint])[]);

describe('mapping', () => {
  it('gives everybody the share of the period rounded down', () => {
    expect(shares([451_736n, 1203n, 624_519n], 75_000n)).to.deep.equal([31_444n, 83n, 43_471n]);
    expect(shares([29n, 71n], 100n)).to.deep.equal([29n, 71n]);
    expect(shares([1n, 10n ** 18n], 75_000n)).to.deep.equal([0n, 74_999n]);
    expect(shares([2n ** 256n - 1n, 2n ** 256n - 1n], 2n ** 53n - 1n)).to.deep.equal([2n ** 52n - 1n, 2n ** 52n - 1n]);
  });

  it('passes over those who have nothing and is empty without stakers', () => {
    expect(constructMapping([[address(1), 0n]], 5n)).to.deep.equal([]);
    expect(constructMapping([], 5n)).to.deep.equal([]);
    expect(shares([0n, 3n], 5n)).to.deep.equal([5n]);
  });

  it('loses less than one order a staker, never gives more than there are, and does not mind the order', () => {
    fc.assert(
      fc.property(balances, fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }), (entries, limit) => {
        const mapping = constructMapping(entries, limit);
        const staked = entries.filter(([, balance]) => balance > 0n);
        expect(mapping.map(([staker]) => staker)).to.deep.equal(staked.map(([staker]) => staker).sort());
        expect(mapping.every(([, { streamLimit }]) => streamLimit === 1n)).to.equal(true);
        const sum = mapping.reduce((total, [, { orderLimit }]) => total + orderLimit, 0n);
        expect(sum <= limit).to.equal(true);
        if (staked.length > 0) expect(sum > limit - BigInt(staked.length)).to.equal(true);
        expect(constructMapping(entries.toReversed(), limit)).to.deep.equal(mapping);
      }),
    );
  });

  it('has the digest of its RLP, also with more stakers than a call may have arguments', () => {
    expect(mappingDigest([])).to.equal(keccak256('0xc0'));
    const mapping = constructMapping([[address(2), 1n] as const, [address(1), 3n] as const], 1000n);
    const list = [
      [address(1), '0x02ee', '0x01'],
      [address(2), '0xfa', '0x01'],
    ];
    expect(mappingDigest(mapping)).to.equal(keccak256(encodeRlp(list)));
    const many = Array.from({ length: 150_000 }, (_, i) => [to0x(Uint8Array.of(i >> 16, i >> 8, i)), 1n] as const);
    const padded = many.map(([staker, balance]) => [`${staker}${'00'.repeat(17)}` as Hex, balance] as const);
    expect(mappingDigest(constructMapping(padded, 150_000n))).to.match(/^0x[0-9a-f]{64}$/);
  });
});
