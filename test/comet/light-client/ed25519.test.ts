// The two implementations of the signature check give the same verdict on everything, also where curves have corners.

import { createPublicKey, verify } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { verifyEd25519 } from '../../../relayer/comet/light-client/ed25519.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import { readConsensusKey } from '../../../relayer/engine/chain/consensus-key.ts';
import { concatBytes, hex, textBytes } from '../../../relayer/lib/bytes.ts';

const both = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const verdict = verifyEd25519(publicKey, message, signature);
  expect(verifyNativeEd25519(publicKey, message, signature)).to.equal(verdict);
  return verdict;
};

/** Encodings of points of small order, canonical and not. */
const SMALL = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((text) => hex(text, 32));

describe('light client: ed25519', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  it('holds for what was signed, and for nothing that differs in a bit', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), fc.nat(511), fc.nat(255), (seed, message, bit, keyBit) => {
        const { publicKey, sign } = readConsensusKey(seed);
        const signature = sign(message);
        expect(both(publicKey, message, signature)).to.equal(true);
        const turn = (of: Uint8Array, at: number) => of.map((byte, index) => (index === at >> 3 ? byte ^ (1 << (at & 7)) : byte));
        expect(both(publicKey, message, turn(signature, bit))).to.equal(false);
        expect(both(turn(publicKey, keyBit), message, signature)).to.equal(false);
        expect(both(publicKey, concatBytes(message, Uint8Array.of(0)), signature)).to.equal(false);
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);

  it('agrees on random bytes and on wrong lengths, and never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 8 }),
        fc.uint8Array({ maxLength: 70 }),
        (key, message, signature) => {
          expect(both(key, message, signature)).to.equal(false);
        },
      ),
    );
    fc.assert(
      fc.property(bytes(32), bytes(64), (key, signature) => void both(key, new Uint8Array(), signature)),
      { numRuns: 50 },
    );
  }).timeout(60_000);

  it('follows ZIP-215 where OpenSSL alone is stricter', () => {
    let stricter = 0;
    for (const key of SMALL) {
      for (const point of SMALL) {
        const signature = concatBytes(point, new Uint8Array(32));
        for (const text of ['a', 'b', 'c']) {
          expect(both(key, textBytes(text), signature), 'a point of small order vouches for everything').to.equal(true);
          const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
          const object = createPublicKey({ key: der, format: 'der', type: 'spki' });
          if (!verify(null, textBytes(text), object, signature)) stricter++;
        }
      }
    }
    expect(stricter).to.be.greaterThan(0);
  });

  it('refuses a scalar that is not reduced', () => {
    const { publicKey, sign } = readConsensusKey(new Uint8Array(32).fill(3));
    const signature = sign(textBytes('m'));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let scalar = order + signature.slice(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const raised = Uint8Array.from(signature);
    for (let index = 32; index < 64; index++, scalar >>= 8n) raised[index] = Number(scalar & 0xffn);
    expect(both(publicKey, textBytes('m'), signature)).to.equal(true);
    expect(both(publicKey, textBytes('m'), raised)).to.equal(false);
  });
});
