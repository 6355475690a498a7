// Keccak-256 as Ethereum uses it (the padding of before FIPS 202).

import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Bytes, type Hex, to0x } from './bytes.ts';

/** 32 bytes. */
export function keccak256(bytes: Bytes): Bytes {
  return keccak_256(bytes);
}

/** The same as `0x` text. */
export function keccakHex(bytes: Bytes): Hex {
  return to0x(keccak_256(bytes));
}
