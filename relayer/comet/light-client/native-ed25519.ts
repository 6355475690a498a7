// ed25519 by Node's own library. It checks without the cofactor, which is stricter than ZIP-215: what it accepts holds; what
// it refuses is asked of the other implementation, so that both give the same verdict on any input.

import { createPublicKey, verify } from 'node:crypto';
import { concatBytes, hex } from '../../lib/bytes.ts';
import { verifyEd25519 } from './ed25519.ts';
import type { VerifySignature } from './verify-commit.ts';

/** SubjectPublicKeyInfo of an ed25519 key (RFC 8410, section 4); the 32 bytes of the key follow. */
const SPKI = hex('302a300506032b6570032100');

export const verifyNativeEd25519: VerifySignature = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(concatBytes(SPKI, publicKey)), format: 'der', type: 'spki' });
    if (verify(null, message, key, signature)) return true;
  } catch {
    // A key that OpenSSL cannot read; the other implementation decides.
  }
  return verifyEd25519(publicKey, message, signature);
};
