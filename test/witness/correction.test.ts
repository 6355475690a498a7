import { expect } from 'chai';
import fc from 'fast-check';
import { type Hex, to0x } from '../../relayer/lib/bytes.ts';
import { balancesDigest } from '../../relayer/peg/ledger.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { decodeTransaction, MAX_TX_BYTES } from '../../relayer/peg/transaction.ts';
import type { Balances } from '../../relayer/peg/types.ts';
import { BALANCES_A_LIST, correctionOf } from '../../relayer/witness/correction.ts';
import type { Ledger } from '../../relayer/witness/ledger.ts';

const HASH: Hex = `0x${'ab'.repeat(32)}`;
const DOMAIN = { chainId: 1n, verifyingContract: `0x${'c0'.repeat(20)}`, salt: HASH } as const;
const who = (index: number): Hex => `0x${index.toString(16).padStart(40, '0')}`;
const ledgerOf = (balances: ReadonlyMap<Hex, bigint>): Ledger => ({ nonce: 5n, accumulator: HASH, balances });

const balances = fc
  .array(fc.tuple(fc.nat(30).map(who), fc.bigInt({ min: 1n, max: 2n ** 256n - 1n })), { maxLength: 30 })
  .map((entries) => new Map(entries));

describe('a correction', () => {
  it('makes one ledger the other, in lists that follow from the balances alone', () => {
    fc.assert(
      fc.property(balances, balances, fc.integer({ min: 1, max: 9 }), (peg, contract, size) => {
        const { correction, lists } = correctionOf({ balances: peg }, ledgerOf(contract), 7n, HASH, size);
        const result = new Map(peg);
        for (const [staker, balance] of lists.flat())
          if (balance === 0n) result.delete(staker);
          else result.set(staker, balance);
        const sorted = (map: ReadonlyMap<Hex, bigint>): Balances => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(sorted(result)).to.deep.equal(sorted(contract));
        expect(correction).to.deep.equal({
          type: 'correction',
          height: 7n,
          hash: HASH,
          nonce: 5n,
          accumulator: HASH,
          ledger: balancesDigest(sorted(contract)),
          balances: lists.map(balancesDigest),
        });
        const changed = lists.flat().map(([staker]) => staker);
        expect(changed).to.deep.equal([...new Set(changed)].sort());
        for (const [staker, balance] of lists.flat()) expect(peg.get(staker) ?? 0n).to.not.equal(balance);
        expect(lists.slice(0, -1).every(({ length }) => length === size)).to.equal(true);
        const shuffled = correctionOf(
          { balances: new Map([...peg].reverse()) },
          ledgerOf(new Map([...contract].reverse())),
          7n,
          HASH,
          size,
        );
        expect(shuffled).to.deep.equal({ correction, lists });
      }),
    );
  });

  it('names no list where nothing differs', () => {
    const same = new Map([[who(1), 5n]]);
    const { correction, lists } = correctionOf({ balances: same }, ledgerOf(same), 7n, HASH);
    expect([correction.balances, lists]).to.deep.equal([[], []]);
  });

  it('has lists that fit a transaction, whatever the balances', () => {
    const most = new Map(
      Array.from(
        { length: BALANCES_A_LIST + 1 },
        (_, i) =>
          [
            to0x(Uint8Array.from({ length: 20 }, (_, at) => (at < 18 ? 255 : at === 18 ? i >> 8 : i & 255))),
            2n ** 256n - 1n,
          ] as const,
      ),
    );
    const { lists } = correctionOf({ balances: new Map() }, ledgerOf(most), 7n, HASH);
    expect(lists.map(({ length }) => length)).to.deep.equal([BALANCES_A_LIST, 1]);
    const [full = []] = lists;
    const bytes = signTransaction(DOMAIN, { type: 'balances', balances: full }, new Uint8Array(32).fill(1));
    expect(bytes.length).to.be.within(MAX_TX_BYTES - 16_000, MAX_TX_BYTES);
    expect(decodeTransaction(bytes).transaction).to.deep.equal({ type: 'balances', balances: full });
  });
});
