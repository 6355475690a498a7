import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect } from 'chai';
import { computeAddress, SigningKey } from 'ethers';
import fc from 'fast-check';
import { bigintToBytes, bytesToBigint, concatBytes, to0x } from '../../relayer/lib/bytes.ts';
import { addressOf, recoverAddress, signDigest } from '../../relayer/lib/secp256k1.ts';

const ORDER = secp256k1.Point.Fn.ORDER;
const key = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((value) => bigintToBytes(value, 32));
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('secp256k1', () => {
  it('signs and recovers as ethers and noble do', () => {
    fc.assert(
      fc.property(key, digest, (privateKey, hash) => {
        const signature = signDigest(hash, privateKey);
        const other = new SigningKey(to0x(privateKey)).sign(to0x(hash));
        expect(to0x(signature)).to.equal(other.serialized);
        expect(to0x(signature.subarray(0, 64))).to.equal(to0x(secp256k1.sign(hash, privateKey, { prehash: false })));
        expect(addressOf(privateKey)).to.equal(computeAddress(to0x(privateKey)).toLowerCase());
        expect(recoverAddress(hash, signature)).to.equal(addressOf(privateKey));
      }),
    );
  });

  it('refuses the other s, other v, other lengths and points off the curve without throwing', () => {
    fc.assert(
      fc.property(key, digest, (privateKey, hash) => {
        const signature = signDigest(hash, privateKey);
        const s = bytesToBigint(signature.subarray(32, 64));
        const v = signature[64] as number;
        const flipped = concatBytes(signature.subarray(0, 32), bigintToBytes(ORDER - s, 32), Uint8Array.of(55 - v));
        expect(recoverAddress(hash, flipped)).to.equal(undefined);
        for (const wrong of [0, 1, 26, 29, 255]) {
          expect(recoverAddress(hash, concatBytes(signature.subarray(0, 64), Uint8Array.of(wrong)))).to.equal(undefined);
        }
        expect(recoverAddress(hash, signature.subarray(0, 64))).to.equal(undefined);
        expect(recoverAddress(hash, concatBytes(signature, Uint8Array.of(0)))).to.equal(undefined);
        expect(recoverAddress(hash, concatBytes(new Uint8Array(64), Uint8Array.of(27)))).to.equal(undefined);
        expect(recoverAddress(hash, concatBytes(new Uint8Array(32).fill(255), signature.subarray(32)))).to.equal(undefined);
      }),
      { numRuns: 30 },
    );
  });
});
