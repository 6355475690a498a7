import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, equalBytes, to0x } from '../../../relayer/lib/bytes.ts';
import { hasCode } from '../../../relayer/lib/errors.ts';
import { decodeTransaction, encodeTransaction } from '../../../relayer/peg/transaction.ts';
import type { SignedTransaction, Transaction } from '../../../relayer/peg/types.ts';
import { flipped, longerLength, mutation, PROPERTY_TIMEOUT_MS, runs, signedTransaction } from '../../helpers/peg-arbitraries.ts';

const CODES = ['TX_MALFORMED', 'TX_TOO_LARGE'];

/** Whether `bytes` are refused; whatever decodes must encode to the same bytes, and nothing but a coded refusal may be thrown. */
function refusesOrKeeps(bytes: Bytes): boolean {
  let decoded: SignedTransaction;
  try {
    decoded = decodeTransaction(bytes);
  } catch (error) {
    if (!hasCode(error)) throw error;
    expect(error.code).to.be.oneOf(CODES);
    return true;
  }
  const again = encodeTransaction(decoded);
  if (!equalBytes(again, bytes)) throw new Error(`a second encoding of ${to0x(again)}: ${to0x(bytes)}`);
  return false;
}

const hash = `0x${'ab'.repeat(32)}` as const;

/** One small transaction of each kind. */
const samples: readonly Transaction[] = [
  { type: 'witness', sequence: 1n, fromBlock: 128n, blocks: [{ hash }, { hash, after: { nonce: 3n, accumulator: hash } }] },
  { type: 'witness', sequence: 0n, fromBlock: 5n, blocks: [] },
  {
    type: 'events',
    height: 300n,
    before: { nonce: 0n, accumulator: hash },
    events: [
      { kind: 'add', staker: `0x${'01'.repeat(20)}`, amount: 5n },
      { kind: 'remove', staker: `0x${'02'.repeat(20)}`, amount: 2n ** 255n },
    ],
  },
  { type: 'rebalance', round: 1n, startsAt: 100n, endsAt: 110n, mapping: hash },
  { type: 'order', round: 1n, payload: Uint8Array.of(5) },
  { type: 'stream', round: 2n, payload: new Uint8Array(60).fill(200) },
];

const signature = new Uint8Array(65).fill(0x11);

describe('properties: codec', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('decode(encode(x)) = x', () => {
    fc.assert(
      fc.property(signedTransaction, (signed) => {
        expect(decodeTransaction(encodeTransaction(signed))).to.deep.equal(signed);
      }),
      runs(500),
    );
  });

  it('encodings of different transactions differ', () => {
    fc.assert(
      fc.property(signedTransaction, signedTransaction, (a, b) => {
        const same = equalBytes(encodeTransaction(a), encodeTransaction(b));
        if (same) expect(a).to.deep.equal(b);
      }),
      runs(200),
    );
  });

  for (const transaction of samples) {
    const bytes = encodeTransaction({ transaction, signature });

    it(`every bit flip, truncation and byte in front or behind of a ${transaction.type} transaction of ${bytes.length} bytes`, () => {
      expect(refusesOrKeeps(bytes)).to.equal(false);
      for (let where = 0; where < bytes.length; where++) {
        for (let bit = 0; bit < 8; bit++) refusesOrKeeps(flipped(bytes, where, 1 << bit));
        expect(refusesOrKeeps(bytes.subarray(0, where)), `cut at ${where}`).to.equal(true);
      }
      for (let byte = 0; byte < 256; byte++) {
        expect(refusesOrKeeps(Uint8Array.of(...bytes, byte)), `${byte} behind`).to.equal(true);
        expect(refusesOrKeeps(Uint8Array.of(byte, ...bytes)), `${byte} in front`).to.equal(true);
      }
      expect(refusesOrKeeps(longerLength(bytes)), 'a longer length').to.equal(true);
    });

    it(`every byte put in or taken out of a ${transaction.type} transaction of ${bytes.length} bytes`, () => {
      for (let where = 0; where <= bytes.length; where++) {
        for (const byte of [0x00, 0x01, 0x7f, 0x80, 0x81, 0xb8, 0xc0, 0xf8, 0xff])
          refusesOrKeeps(Uint8Array.of(...bytes.subarray(0, where), byte, ...bytes.subarray(where)));
        if (where < bytes.length) refusesOrKeeps(Uint8Array.of(...bytes.subarray(0, where), ...bytes.subarray(where + 1)));
      }
    });
  }

  it('mutations of any transaction, several at once', () => {
    fc.assert(
      fc.property(signedTransaction, fc.array(mutation, { minLength: 1, maxLength: 3 }), (signed, mutations) => {
        const bytes = mutations.reduce(
          (mutated, mutate) => (mutated.length === 0 ? mutated : mutate(mutated)),
          encodeTransaction(signed),
        );
        refusesOrKeeps(bytes);
      }),
      runs(2000),
    );
  });

  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        refusesOrKeeps(bytes);
      }),
      runs(2000),
    );
  });
});
