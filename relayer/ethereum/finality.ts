// From which block on Ethereum counts as settled. The rule is the operator's and never weakened by itself: with
// `finalized`, a missing or stalled tag means waiting.

import type { Header } from './types.ts';

/** `depth`: buried under x blocks. `finalized`: that, and covered by the endpoint's finalized tag. */
export type FinalityRule = 'depth' | 'finalized';

/**
 * The newest block that may be voted for, undefined when there is none: the greatest n with head ≥ n + x and, by
 * `finalized`, finalized ≥ n.
 */
export function matureHead(
  head: Header,
  finalized: bigint | undefined,
  finalityThreshold: bigint,
  rule: FinalityRule,
): bigint | undefined {
  const buried = head.number - finalityThreshold;
  if (buried < 0n) return undefined;
  if (rule === 'depth') return buried;
  if (finalized === undefined) return undefined;
  return finalized < buried ? finalized : buried;
}
