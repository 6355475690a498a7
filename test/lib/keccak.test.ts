import { expect } from 'chai';
import fc from 'fast-check';
import { textBytes, toHex } from '../../relayer/lib/bytes.ts';
import { digest as portable } from '../../relayer/lib/keccak-portable.ts';
import { digest as wasm } from '../../relayer/lib/keccak-wasm.ts';

describe('Keccak-256', () => {
  // Of the empty text: Ethereum yellow paper, section 4.1 (the hash of no code). Of "abc": the Keccak team's ShortMsgKAT_256.
  for (const [text, expected] of [
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ] as const)
    it(`of ${JSON.stringify(text)} in both implementations`, () => {
      expect(toHex(wasm(textBytes(text)))).to.equal(expected);
      expect(toHex(portable(textBytes(text)))).to.equal(expected);
    });

  it('is the same in both for any bytes, also around the rate of 136 bytes', () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(135, 136, 137, 271, 272, 273, 16_384, 100_001));
    const bytes = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(bytes, (any) => {
        expect(toHex(wasm(any))).to.equal(toHex(portable(any)));
      }),
    );
  });

  it('leaves the bytes of an earlier digest alone, and takes a part of a buffer for that part', () => {
    const first = wasm(textBytes('first'));
    const kept = toHex(first);
    const whole = textBytes('a part of more');
    expect(wasm(whole.subarray(2, 6))).to.deep.equal(wasm(textBytes('part')));
    expect(toHex(first)).to.equal(kept);
  });
});
