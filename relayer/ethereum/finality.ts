// From which head on a block counts as settled. The rule is the operator's: a missing or stalled finalized tag means
// waiting, never a weaker rule.

/** `depth`: buried under that many blocks. `finalized`: that, and covered by the endpoint's finalized tag. */
export interface FinalityRule {
  readonly kind: 'depth' | 'finalized';
  /** x, in blocks. */
  readonly depth: bigint;
}

/** Whether block n may be voted for at this head: head ≥ n + x and, by `finalized`, finalized ≥ n. */
export function mayVote(n: bigint, head: bigint, finalized: bigint | undefined, rule: FinalityRule): boolean {
  if (head < n + rule.depth) return false;
  return rule.kind === 'depth' || (finalized !== undefined && finalized >= n);
}
