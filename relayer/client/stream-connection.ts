// One connection to a node's stream as a sequence of messages. What the reader does not take in time is bounded: beyond that
// the connection is given up, to be made again where the reader stands.

import type { Clock } from '../lib/clock.ts';

export interface StreamMessage {
  readonly type?: 'subscribed' | 'heartbeat';
  readonly channel?: string;
  readonly height?: number;
  readonly from?: number;
  readonly data?: readonly unknown[];
}

/** Characters that may wait for the reader. */
const MOST_WAITING = 32 * 2 ** 20;
/** The node beats every ten seconds; a connection that is silent for longer is dead. */
const SILENCE_MS = 30_000;

/** Yields messages until the connection ends; returns the reason that the node gave, or an empty text. */
export async function* streamMessages(
  url: string,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, string, undefined> {
  const socket = new WebSocket(url);
  const inbox: string[] = [];
  let waiting = 0;
  let ended: string | undefined;
  let wake = () => {};
  const end = (reason: string) => {
    ended ??= reason;
    wake();
  };
  socket.addEventListener('message', ({ data }) => {
    if (ended !== undefined) return;
    inbox.push(String(data));
    waiting += String(data).length;
    if (waiting > MOST_WAITING) end('');
    wake();
  });
  socket.addEventListener('error', () => end(''));
  socket.addEventListener('close', ({ reason }) => end(reason));
  const abort = () => end('');
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const text = inbox.shift();
      if (text !== undefined) {
        waiting -= text.length;
        yield JSON.parse(text) as StreamMessage;
        continue;
      }
      if (ended !== undefined || signal.aborted) return ended ?? '';
      const heard = new AbortController();
      const something = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([
        something,
        clock.sleep(SILENCE_MS, heard.signal).then(
          () => end(''),
          () => {},
        ),
      ]);
      heard.abort();
    }
  } finally {
    signal.removeEventListener('abort', abort);
    socket.close();
  }
}
