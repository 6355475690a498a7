// Which blocks get a second look although nothing speaks against them: a fixed share, chosen by the block's own hash, so
// that every validator and every restart looks at the same ones.

import type { Hex } from '../lib/bytes.ts';

/** True for the given share (0 to 1) of all block hashes. */
export function isSampled(hash: Hex, share: number): boolean {
  // Block hashes of chains with proof of work begin with zeros: the end is as good as random everywhere.
  return Number.parseInt(hash.slice(-8), 16) < share * 2 ** 32;
}
