// The newest accepted orders, as the node's stream tells them. A connection that breaks is made again from the block where it
// stood, so that none is missing and none is there twice.

import { useEffect, useState } from 'preact/hooks';
import type { PostDocument } from '../relayer/client/documents.ts';
import { streamMessages } from '../relayer/client/stream-connection.ts';
import { systemClock } from '../relayer/lib/clock.ts';
import { read } from './node-data.ts';

export interface LiveOrders {
  /** Newest first. */
  readonly orders: readonly PostDocument[];
  /** Whether the stream is connected at this moment. */
  readonly live: boolean;
}

const MOST_SHOWN = 12;
const RECONNECT_MS = 1_000;

/** Adds what is newer than what is there; a block may be told again after a lost connection. Pure. */
export function withNewer(orders: readonly PostDocument[], more: readonly PostDocument[]): readonly PostDocument[] {
  const [newest] = orders;
  const newer = more.filter(
    ({ height, index }) => newest === undefined || height > newest.height || (height === newest.height && index > newest.index),
  );
  return newer.length === 0 ? orders : [...newer.toReversed(), ...orders].slice(0, MOST_SHOWN);
}

/** Follows the stream until the page is left. */
export function useOrders(): LiveOrders {
  const [state, setState] = useState<LiveOrders>({ orders: [], live: false });
  useEffect(() => {
    const left = new AbortController();
    void follow((change) => setState(change), left.signal);
    return () => left.abort();
  }, []);
  return state;
}

async function follow(tell: (change: (state: LiveOrders) => LiveOrders) => void, signal: AbortSignal): Promise<void> {
  const address = new URL('./stream?channels=orders', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  let from: number | undefined;
  while (!signal.aborted) {
    try {
      if (from === undefined) {
        const { orders } = await read<{ orders: readonly PostDocument[] }>(`./orders?sort=desc&limit=${MOST_SHOWN}`);
        tell((state) => ({ ...state, orders: withNewer(state.orders, orders.toReversed()) }));
        from = orders[0]?.height;
      }
      if (from !== undefined) address.searchParams.set('from', `${from}`);
      const messages = streamMessages(address.href, systemClock, signal);
      let step = await messages.next();
      for (; !step.done; step = await messages.next()) {
        const { type, channel, height, data } = step.value;
        if (type === 'subscribed') tell((state) => ({ ...state, live: true }));
        if (height !== undefined) from = Math.max(from ?? 1, type === 'heartbeat' ? height + 1 : height);
        if (channel === 'orders')
          tell((state) => ({ ...state, orders: withNewer(state.orders, data as readonly PostDocument[]) }));
      }
      // Blocks that the node no longer keeps cannot be told again: the list begins anew with what it has.
      if (step.value.startsWith('STREAM_GONE')) from = undefined;
    } catch {
      // The node cannot be read, which the rest of the page says.
    }
    tell((state) => ({ ...state, live: false }));
    await systemClock.sleep(RECONNECT_MS, signal).catch(() => {});
  }
}
