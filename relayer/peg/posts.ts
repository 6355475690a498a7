// Orders and streams (protocol, section 9): a poster writes as often in a round as its limit allows.

import type { Bytes, Hex } from '../lib/bytes.ts';
import type { Overlay } from './overlay.ts';
import { postId } from './signing.ts';
import { limitTable, orderCounterCell, orderIdTable, paramsCell, roundCell, type Usage, usageTable } from './tables.ts';
import type { PostTx, StateReader, Verdict } from './types.ts';
import { accepted, refused } from './verdict.ts';

/** Judges an order or a stream of `poster`, signed as `digest`, and counts it when it is accepted. */
export function executePost(state: Overlay, post: PostTx, poster: Hex, digest: Bytes): Verdict {
  const { number } = roundCell.read(state);
  const { maxOrderBytes } = paramsCell.read(state);
  const size = post.payload.length;
  if (post.round !== number)
    return refused('ORDER_ROUND', `the ${post.type} is for round ${post.round}, the current round is ${number}`);
  if (size === 0) return refused('ORDER_EMPTY', `the ${post.type} has no payload`);
  if (BigInt(size) > maxOrderBytes)
    return refused('ORDER_TOO_LARGE', `the payload has ${size} bytes, at most ${maxOrderBytes} may be`);
  const id = postId(digest, poster);
  if (orderIdTable.get(state, id) !== undefined)
    return refused('ORDER_DUPLICATE', `${post.type} ${id} was accepted in this round`);
  const limit = limitTable.get(state, poster);
  if (limit === undefined) return refused('ORDER_UNKNOWN_POSTER', `${poster} has no limit in round ${number}`);
  const usage = usageOf(state, poster);
  const [spent, allowed] = post.type === 'order' ? [usage.orders, limit.orderLimit] : [usage.streams, limit.streamLimit];
  if (spent >= allowed)
    return refused('ORDER_LIMIT_USED_UP', `${poster} has used ${spent} of ${allowed} ${post.type}s in round ${number}`);

  orderIdTable.set(state, id, true);
  if (post.type === 'order') {
    usageTable.set(state, poster, { ...usage, orders: spent + 1n });
    orderCounterCell.set(state, orderCounterCell.read(state) + 1n);
  } else {
    usageTable.set(state, poster, { ...usage, streams: spent + 1n });
  }
  const attributes = { id, poster, round: number.toString(), size: size.toString(), left: (allowed - spent - 1n).toString() };
  return accepted([{ type: post.type, attributes }]);
}

/** What a poster has spent in this round. */
export function usageOf(state: StateReader, poster: Hex): Usage {
  return usageTable.get(state, poster) ?? { orders: 0n, streams: 0n };
}
