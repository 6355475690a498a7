// `newHeads` over WebSocket, as a hint only: a message means "look now", nothing in it is believed, and none is needed. A
// socket that hangs, closes, or replays nothing after a reconnect leaves the polls as they are.

import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';

export interface HintContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const RECONNECT = { baseDelayMs: 1_000, maxDelayMs: 60_000 };
/** A subscription that has said nothing for so long is given up: Ethereum's slots are 12 s. */
const SILENCE_MS = 60_000;
const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] });

/** Subscribes, again and again, until the signal is aborted; never throws. */
export async function followHints(url: string, onHead: () => void, context: HintContext): Promise<void> {
  const { log, clock, signal } = context;
  const endpoint = nameOf(url);
  for (let failures = 0; !signal.aborted; ) {
    const heads = await subscription(url, onHead, context);
    if (signal.aborted) return;
    if (heads > 0) failures = 0;
    failures += 1;
    if (failures === 1) log.info({ endpoint, heads }, 'lost the announcements of new heads; the polls go on');
    await clock.sleep(backoffMs(failures, RECONNECT), signal).catch(() => {});
  }
}

/** One connection from its opening to its end; resolves to the number of heads announced. */
function subscription(url: string, onHead: () => void, { clock, signal }: HintContext): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(withoutFragment(url));
    const over = new AbortController();
    let heads = 0;
    let heard = clock.now();
    const end = () => {
      if (over.signal.aborted) return;
      over.abort(new Error('the connection ended'));
      signal.removeEventListener('abort', end);
      socket.close();
      resolve(heads);
    };
    const watch = async () => {
      while (clock.now() - heard < SILENCE_MS) await clock.sleep(SILENCE_MS - (clock.now() - heard), over.signal);
      end();
    };
    signal.addEventListener('abort', end, { once: true });
    socket.addEventListener('open', () => socket.send(SUBSCRIBE));
    socket.addEventListener('message', ({ data }) => {
      heard = clock.now();
      if (!String(data).includes('eth_subscription')) return;
      heads += 1;
      onHead();
    });
    socket.addEventListener('close', end);
    socket.addEventListener('error', end);
    watch().catch(() => {});
    if (signal.aborted) end();
  });
}

/** A fragment means nothing to a server, and a WebSocket refuses it. */
function withoutFragment(url: string): URL {
  const address = new URL(url);
  address.hash = '';
  return address;
}

/** Scheme and host: paths hold API keys. */
function nameOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
