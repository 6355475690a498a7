// Random keys.

import { randomBytes } from 'node:crypto';

/** 32 random bytes: with overwhelming probability a valid secp256k1 key, and always an ed25519 seed. */
export function newKey(): Uint8Array {
  return Uint8Array.from(randomBytes(32));
}
