// What one block of the peg brought to the world: accepted orders and streams in their order, rounds, events, and the refusals
// of posts. Made from the node's blocks and results alone, so a record read again from history equals the one seen live.

import { createHash } from 'node:crypto';
import type { PostDocument } from '../client/documents.ts';
import type { NewBlock } from '../comet/new-blocks.ts';
import { type Bytes, type Hex, to0x } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { decodeTransaction } from '../peg/transaction.ts';
import type { PegEvent, PostTx } from '../peg/types.ts';

/** An order or stream that was in a block and refused there. */
export interface RefusedPost {
  readonly hash: string;
  readonly height: number;
  readonly index: number;
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
}

/** An event of the application in words: its attributes in camel case, integers as numbers. */
export interface RecordedEvent {
  readonly height: number;
  /** Place of the transaction that caused it; null for the block itself. */
  readonly index: number | null;
  readonly event: string;
  readonly [attribute: string]: string | number | null;
}

export interface BlockSummary {
  readonly height: number;
  readonly hash: Hex;
  /** RFC 3339. */
  readonly time: string;
  readonly proposer: Hex;
  readonly transactions: number;
  /** Of the state after the block. */
  readonly appHash: Hex;
}

export interface BlockRecord {
  readonly block: BlockSummary;
  readonly posts: readonly PostDocument[];
  readonly refused: readonly RefusedPost[];
  /** Rebalances: `{height, index, event, round, startsAt, endsAt, stakers, mapping}`. */
  readonly rounds: readonly RecordedEvent[];
  /** Everything but posts, rebalances included. */
  readonly events: readonly RecordedEvent[];
}

const POSTS = ['order', 'stream'];
/** Attributes that stay text although they are digits: amounts may be wider than a double. */
const AMOUNTS = new Set(['amount', 'balance']);

export function recordOf({ block, txResults, events, appHash }: NewBlock): BlockRecord {
  const { height, hash, time, proposer, txs } = block;
  const posts: PostDocument[] = [];
  const refused: RefusedPost[] = [];
  const recorded: RecordedEvent[] = [];
  txResults.forEach((result, index) => {
    const tx = txs[index] as Bytes;
    if (result.code !== 0) {
      const { code, codespace, log } = result;
      if (readPost(tx) !== undefined) refused.push({ hash: txHash(tx), height, index, code, codespace, log });
      return;
    }
    for (const event of result.events) {
      if (POSTS.includes(event.type)) posts.push(postOf(event, tx, height, index));
      else recorded.push(inWords(event, height, index));
    }
  });
  for (const event of events) recorded.push(inWords(event, height, null));
  return {
    block: { height, hash, time, proposer, transactions: txResults.length, appHash },
    posts,
    refused,
    rounds: recorded.filter(({ event }) => event === 'rebalance'),
    events: recorded,
  };
}

/** CometBFT's name of a transaction. */
export function txHash(tx: Bytes): string {
  return createHash('sha256').update(tx).digest('hex').toUpperCase();
}

function postOf({ type, attributes }: PegEvent, tx: Bytes, height: number, index: number): PostDocument {
  const payload = readPost(tx)?.payload ?? new Uint8Array(0);
  return {
    type: type as PostDocument['type'],
    id: attributes.id as Hex,
    poster: attributes.poster as Hex,
    round: Number(attributes.round),
    height,
    index,
    left: Number(attributes.left),
    size: payload.length,
    payload: to0x(payload),
    hash: txHash(tx),
  };
}

/** The order or stream that the bytes are; undefined for any other. */
function readPost(tx: Bytes): PostTx | undefined {
  try {
    const { transaction } = decodeTransaction(tx);
    return transaction.type === 'order' || transaction.type === 'stream' ? transaction : undefined;
  } catch (error) {
    if (!hasCode(error)) throw error;
    return undefined;
  }
}

function inWords({ type, attributes }: PegEvent, height: number, index: number | null): RecordedEvent {
  const words = Object.entries(attributes).map(([name, text]) => {
    const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [key, /^(0|[1-9][0-9]{0,14})$/.test(text) && !AMOUNTS.has(name) ? Number(text) : text] as const;
  });
  return { ...Object.fromEntries(words), height, index, event: type };
}
