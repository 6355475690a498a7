// Keccak-256 in JavaScript, for pages: their content security policy allows no WebAssembly, and they hash little.

import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Bytes } from './bytes.ts';

/** 32 bytes. */
export function digest(bytes: Bytes): Bytes {
  return keccak_256(bytes);
}
