// What is said on the stream. In: one message, `{"subscribe": [channels], "from": height}`. Out: data by channel and height,
// in pieces that fit a reader's buffer, and control messages with a `type`. Texts are made once a block, not once a reader.

import { z } from 'zod';
import type { BlockRecord } from './block-record.ts';

export const CHANNELS = ['blocks', 'orders', 'rounds', 'events', 'alarms'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Subscription {
  readonly channels: ReadonlySet<Channel>;
  /** First height wanted; undefined: what comes next. */
  readonly from: number | undefined;
}

/** Largest message that a reader may send, in bytes. */
export const MOST_MESSAGE_BYTES = 1_024;
/** Characters of one message to readers, unless a single order is longer. */
const PIECE_LENGTH = 128 * 1024;

const subscribeSchema = z.strictObject({
  subscribe: z.array(z.enum(CHANNELS)).max(CHANNELS.length),
  from: z.int().min(1).optional(),
});

/** The subscription that a reader's text asks for, or why it is none. */
export function parseSubscription(text: string): Subscription | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'the message is not JSON' };
  }
  const parsed = subscribeSchema.safeParse(value);
  if (parsed.success) return { channels: new Set(parsed.data.subscribe), from: parsed.data.from };
  const issue = parsed.error.issues[0];
  return { reason: `${issue?.path.join('.') || 'the message'}: ${issue?.message}` };
}

/** The same from the address: `?channels=orders,blocks&from=12`; no channels are all of them. */
export function subscriptionOf({ channels, from }: { channels?: string | undefined; from?: string | undefined }) {
  return parseSubscription(
    JSON.stringify({
      subscribe: channels === undefined || channels === '' ? CHANNELS : channels.split(','),
      ...(from !== undefined && { from: /^[1-9][0-9]{0,15}$/.test(from) ? Number(from) : from }),
    }),
  );
}

const rendered = new WeakMap<BlockRecord, Map<Channel, readonly Buffer[]>>();

/** The messages of one channel about one block, as UTF-8; none when the block brought nothing there. */
export function messagesOf(record: BlockRecord, channel: Channel): readonly Buffer[] {
  let byChannel = rendered.get(record);
  if (byChannel === undefined) {
    byChannel = new Map();
    rendered.set(record, byChannel);
  }
  let messages = byChannel.get(channel);
  if (messages === undefined) {
    messages = render(channel, record.block.height, entriesOf(record, channel));
    byChannel.set(channel, messages);
  }
  return messages;
}

/** Answer to a subscription. */
export function subscribed(channels: Iterable<Channel>, from: number): string {
  return JSON.stringify({ type: 'subscribed', channels: [...channels], from });
}

/** Everything up to `height` has been sent. */
export function heartbeat(height: number): string {
  return JSON.stringify({ type: 'heartbeat', height });
}

/** What an operator must look at, as of now: not part of any block. */
export function alarmsMessage(height: number, alarms: readonly string[]): string {
  return JSON.stringify({ channel: 'alarms', height, data: alarms });
}

function entriesOf(record: BlockRecord, channel: Channel): readonly unknown[] {
  switch (channel) {
    case 'blocks':
      return [record.block];
    case 'orders':
      return record.posts;
    case 'rounds':
      return record.rounds;
    case 'events':
      return record.events;
    case 'alarms':
      return [];
  }
}

function render(channel: Channel, height: number, entries: readonly unknown[]): readonly Buffer[] {
  const head = `{"channel":"${channel}","height":${height},"data":[`;
  const messages: Buffer[] = [];
  let piece: string[] = [];
  let length = 0;
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    if (length > 0 && length + text.length > PIECE_LENGTH) {
      messages.push(Buffer.from(`${head}${piece.join(',')}]}`));
      piece = [];
      length = 0;
    }
    piece.push(text);
    length += text.length;
  }
  if (piece.length > 0) messages.push(Buffer.from(`${head}${piece.join(',')}]}`));
  return messages;
}
