// Fills the index of posts with what was accepted before the interface started: reads blocks backwards until the last rounds
// are complete, the index is full, the node has no older block, or enough was read.

import type { BlockFeed } from './block-feed.ts';
import type { PostIndex } from './post-index.ts';

/** Rounds that are complete: the current one and the one before it. */
const ROUNDS = 2;
const MOST_BLOCKS = 20_000;
/** Blocks read at a time; the node has other work, too. */
const AT_ONCE = 8;

/** Resolves when there is nothing left to do. Rejects when the node cannot be read. */
export async function fillPastPosts(feed: BlockFeed, index: PostIndex, signal: AbortSignal): Promise<void> {
  const from = index.since;
  if (from === undefined) return;
  let rounds = 0;
  for (let height = from - 1; height > 0 && from - height <= MOST_BLOCKS; height -= AT_ONCE) {
    const heights = Array.from({ length: Math.min(AT_ONCE, height) }, (_, i) => height - i);
    for (const record of await Promise.all(heights.map((wanted) => feed.at(wanted)))) {
      // What newer blocks pushed out meanwhile must not be followed by something older.
      if (signal.aborted || record === undefined || index.isFull || index.since !== record.block.height + 1) return;
      index.prepend(record);
      rounds += record.rounds.length;
      if (rounds >= ROUNDS) return;
    }
  }
}
