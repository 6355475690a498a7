// ed25519 in pure JavaScript, by the rules of ZIP-215 that CometBFT uses: for browsers, and the reference for the native one.

import { ed25519 } from '@noble/curves/ed25519.js';
import type { VerifySignature } from './verify-commit.ts';

/** Never throws: what is no key or no signature does not hold. */
export const verifyEd25519: VerifySignature = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
};
