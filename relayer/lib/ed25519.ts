// ed25519 key pairs from their seeds. Node's own implementation (OpenSSL) does the curve.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Bytes, concatBytes, hex } from './bytes.ts';

/** PKCS #8 header of an ed25519 private key (RFC 8410, section 7); the 32 bytes of the seed follow. */
const PKCS8 = hex('302e020100300506032b657004220420');

/** The private key that a 32-byte seed is. */
export function ed25519PrivateKey(seed: Bytes): KeyObject {
  return createPrivateKey({ key: Buffer.from(concatBytes(PKCS8, seed)), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of the public key that belongs to a private key. */
export function ed25519PublicKey(privateKey: KeyObject): Bytes {
  return Uint8Array.from(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
}
