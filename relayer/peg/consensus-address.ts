// How consensus engines name a validator.

import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, type Hex, to0x } from '../lib/bytes.ts';

/** First 20 bytes of SHA-256 of an ed25519 public key (32 bytes). Source: CometBFT crypto/ed25519. */
export function consensusAddress(publicKey: Bytes): Hex {
  return to0x(sha256(publicKey).subarray(0, 20));
}
