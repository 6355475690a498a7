// What to vote for next (protocol section 6): the blocks after `witnessedTo`, or, when the chain no longer holds what the
// standing votes say, everything from the first difference on. Pure.

import type { Hex } from '../lib/bytes.ts';
import { MAX_VOTE_BLOCKS } from '../peg/transaction.ts';
import type { BlockContent, WitnessTx } from '../peg/types.ts';
import type { ChainView } from './chain-reader.ts';
import { matureBlock, type PegValidator, type PegView } from './peg-view.ts';

/** The vote that is due, if any. A vote with no blocks withdraws what stands from `fromBlock` on. */
export function planVote(peg: PegView, chain: ChainView, self: PegValidator): WitnessTx | undefined {
  const base = matureBlock(peg);
  const witnessedTo = highest(self.witnessedTo ?? base, base);
  const own = ownContents(peg, self.address);
  const vote = (fromBlock: bigint, blocks: readonly BlockContent[]): WitnessTx => {
    return { type: 'witness', sequence: self.sequence + 1n, fromBlock, blocks };
  };
  const differs = chain.blocks.findIndex(
    ({ number, content }) => number <= witnessedTo && !sameContent(own.get(number), content),
  );
  const next = differs >= 0 ? differs : Number(witnessedTo - base);
  const blocks = chain.blocks.slice(next, next + MAX_VOTE_BLOCKS);
  const [first] = blocks;
  if (differs < 0) {
    const abandoned = chain.above.find(({ number, hash }) => number <= witnessedTo && own.get(number)?.hash !== hash);
    if (abandoned !== undefined) return vote(abandoned.number, []);
  }
  return (
    first &&
    vote(
      first.number,
      blocks.map(({ content }) => content),
    )
  );
}

/** The contents that a validator's standing votes name, by height. */
export function ownContents(peg: PegView, address: Hex): ReadonlyMap<bigint, BlockContent> {
  const own = new Map<bigint, BlockContent>();
  for (const [height, contents] of peg.votes)
    for (const { content, voters } of contents) if (voters.includes(address)) own.set(height, content);
  return own;
}

export function sameContent(a: BlockContent | undefined, b: BlockContent): boolean {
  return a?.hash === b.hash && a.after?.nonce === b.after?.nonce && a.after?.accumulator === b.after?.accumulator;
}

const highest = (a: bigint, b: bigint) => (a > b ? a : b);
