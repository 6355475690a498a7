// SHA-256 by the native library, for what may be long: transactions and the parts of blocks.

import { hash } from 'node:crypto';
import { type Bytes, concatBytes } from '../../lib/bytes.ts';

/** 32 bytes: the hash of the parts, one after the other. */
export function sha256(...parts: readonly Bytes[]): Bytes {
  return hash('sha256', parts.length === 1 ? (parts[0] as Bytes) : concatBytes(...parts), 'buffer');
}
