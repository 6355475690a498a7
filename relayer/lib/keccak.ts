// Keccak-256 as Ethereum uses it (the padding of before FIPS 202). Which implementation does the work is decided where the
// program is built or started, by the condition `browser` of `imports` in package.json.

import { digest } from '#keccak';
import { type Bytes, type Hex, to0x } from './bytes.ts';

/** 32 bytes. */
export function keccak256(bytes: Bytes): Bytes {
  return digest(bytes);
}

/** The same as `0x` text. */
export function keccakHex(bytes: Bytes): Hex {
  return to0x(digest(bytes));
}
