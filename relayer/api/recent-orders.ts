// The orders and streams that the network accepted since this node's interface was started, in block order, the last ones only.

import type { NewBlock } from '../comet/new-blocks.ts';

export interface AcceptedPost {
  readonly type: 'order' | 'stream';
  readonly id: string;
  readonly poster: string;
  readonly round: number;
  readonly height: number;
  readonly size: number;
}

const KEPT = 1_000;

export class RecentOrders {
  #posts: readonly AcceptedPost[] = [];

  /** The orders and streams of a block, which are remembered. */
  add(block: NewBlock): readonly AcceptedPost[] {
    const posts = postsOf(block);
    if (posts.length > 0) this.#posts = [...this.#posts, ...posts].slice(-KEPT);
    return posts;
  }

  /** Newest last; `after` is the id to go on from. */
  list({
    round,
    after,
    limit,
  }: {
    round?: number | undefined;
    after?: string | undefined;
    limit: number;
  }): readonly AcceptedPost[] {
    const start = after === undefined ? 0 : this.#posts.findIndex(({ id }) => id === after) + 1;
    return this.#posts
      .slice(start)
      .filter((post) => round === undefined || post.round === round)
      .slice(0, limit);
  }
}

function postsOf({ block, txResults }: NewBlock): readonly AcceptedPost[] {
  return txResults.flatMap(({ code, events }) =>
    code !== 0
      ? []
      : events
          .filter(({ type }) => type === 'order' || type === 'stream')
          .map(({ type, attributes }) => ({
            type: type as AcceptedPost['type'],
            id: attributes.id ?? '',
            poster: attributes.poster ?? '',
            round: Number(attributes.round),
            height: block.height,
            size: Number(attributes.size),
          })),
  );
}
