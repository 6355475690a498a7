// How many blocks the engine keeps: the application is asked at every Commit. Pure.

/** CometBFT's own age of evidence, for a genesis without parameters. */
const DEFAULT_EVIDENCE_BLOCKS = 100_000n;

export interface Retention {
  /** Blocks that shall stay; 0: all. */
  readonly retainBlocks: number;
  /** Evidence may be about a block so many heights back (`evidence.max_age_num_blocks`). */
  readonly evidenceBlocks?: bigint | undefined;
}

/**
 * The lowest height whose block stays; 0 asks for nothing to be removed. Whoever starts from the oldest snapshot needs the
 * blocks from its height on, evidence those within its age, and going back one block the last two.
 *
 * @param oldestSnapshot height of the oldest snapshot that is offered, or is being made when there is none
 */
export function retainHeight(height: bigint, { retainBlocks, evidenceBlocks }: Retention, oldestSnapshot?: bigint): bigint {
  if (retainBlocks === 0) return 0n;
  const wanted = [BigInt(retainBlocks), evidenceBlocks ?? DEFAULT_EVIDENCE_BLOCKS, 2n];
  const most = wanted.reduce((a, b) => (a > b ? a : b));
  const from = height - most + 1n;
  const kept = oldestSnapshot !== undefined && oldestSnapshot < from ? oldestSnapshot : from;
  return kept > 0n ? kept : 0n;
}
