// RPC methods that hand transactions in and find them again.
// Source: CometBFT rpc/core/{mempool,tx,blocks}.go at v0.38.

import type { ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, equalBytes, toHex } from '../../lib/bytes.ts';
import { describe } from '../../lib/errors.ts';
import { sha256 } from '../chain/sha256.ts';
import type { ChainEvent } from '../replica/chain-events.ts';
import type { Place } from '../replica/event-index.ts';
import { type Condition, parseQuery, QuerySyntaxError } from '../replica/event-query.ts';
import { MempoolRefusal } from '../replica/mempool.ts';
import type { Argument } from './arguments.ts';
import { base64, noResultJson, proofJson, resultJson, upperHex } from './chain-json.ts';
import { blockResult } from './chain-methods.ts';
import { internal } from './json-rpc.ts';
import { type MethodContext, type Methods, pageOf } from './method.ts';

/** How long `broadcast_tx_commit` waits for the block. */
const COMMIT_TIMEOUT_MS = 10_000;
const MAX_QUERY_LENGTH = 512;

export const transactionMethods: Methods = {
  broadcast_tx_sync: {
    parameters: [['tx', 'bytes']],
    run: async (context, [tx]) => {
      const { code, data, log, codespace } = await submit(context, tx as Bytes);
      return { code, data: upperHex(data), log, codespace, hash: hashOf(tx as Bytes) };
    },
  },
  broadcast_tx_async: {
    parameters: [['tx', 'bytes']],
    run: async (context, [tx]) => {
      const refusal = context.replica.running.mempool.refusal(tx as Bytes);
      if (refusal !== undefined) throw internal(refusal);
      // What CheckTx says comes too late for this answer.
      submit(context, tx as Bytes).catch((error: unknown) =>
        context.replica.log.debug({ error: describe(error) }, 'transaction not taken'),
      );
      return { code: 0, data: '', log: '', codespace: '', hash: hashOf(tx as Bytes) };
    },
  },
  broadcast_tx_commit: { parameters: [['tx', 'bytes']], run: (context, [tx]) => broadcastAndWait(context, tx as Bytes) },
  tx: {
    parameters: [
      ['hash', 'bytes'],
      ['prove', 'boolean'],
    ],
    run: async (context, [hash, prove]) => {
      const place = await context.replica.running.index.find(hash as Bytes);
      if (place === undefined) throw internal(`tx (${upperHex(hash as Bytes)}) not found`);
      return transactionAt(context, place, prove as boolean);
    },
  },
  tx_search: {
    parameters: [
      ['query', 'text'],
      ['prove', 'boolean'],
      ['page', 'integer?'],
      ['per_page', 'integer?'],
      ['order_by', 'text'],
    ],
    run: async (context, [query, prove, page, perPage, order]) => {
      const places = ordered(await context.replica.running.index.searchTransactions(conditionsOf(query)), order);
      const txs: unknown[] = [];
      for (const place of pageOf(places, page, perPage)) txs.push(await transactionAt(context, place, prove as boolean));
      return { txs, total_count: String(places.length) };
    },
  },
  block_search: {
    parameters: [
      ['query', 'text'],
      ['page', 'integer?'],
      ['per_page', 'integer?'],
      ['order_by', 'text'],
    ],
    run: async ({ replica }, [query, page, perPage, order]) => {
      const { index, store } = replica.running;
      const heights = ordered(await index.searchBlocks(conditionsOf(query)), order === '' ? 'desc' : order);
      const blocks: unknown[] = [];
      for (const height of pageOf(heights, page, perPage)) blocks.push(blockResult(await store.block(height)));
      return { blocks, total_count: String(heights.length) };
    },
  },
};

async function submit({ replica, gossip }: MethodContext, tx: Bytes): Promise<ResponseCheckTx> {
  try {
    return await gossip.submit(replica, tx);
  } catch (error) {
    throw error instanceof MempoolRefusal ? internal(error.message) : error;
  }
}

async function broadcastAndWait(context: MethodContext, tx: Bytes): Promise<unknown> {
  const { replica, clock } = context;
  const done = new AbortController();
  const included = new Promise<Extract<ChainEvent, { name: 'Tx' }>>((resolve) => {
    const listen = (event: ChainEvent): void => {
      if (event.name === 'Tx' && equalBytes(event.tx, tx)) resolve(event);
    };
    replica.listeners.add(listen);
    done.signal.addEventListener('abort', () => replica.listeners.delete(listen), { once: true });
  });
  try {
    const checked = await submit(context, tx);
    const answer = { check_tx: resultJson(checked), hash: hashOf(tx) };
    if (checked.code !== 0) return { ...answer, tx_result: noResultJson(), height: '0' };
    const timeout = clock.sleep(COMMIT_TIMEOUT_MS, done.signal).catch(() => undefined);
    const event = await Promise.race([included, timeout]);
    if (event === undefined) throw internal('timed out waiting for tx to be included in a block');
    return { check_tx: answer.check_tx, tx_result: resultJson(event.result), hash: answer.hash, height: String(event.height) };
  } finally {
    done.abort();
  }
}

async function transactionAt({ replica }: MethodContext, { height, index }: Place, prove: boolean): Promise<unknown> {
  const { store } = replica.running;
  const [stored, answer] = [await store.block(height), await store.answer(height)];
  const [tx, result] = [stored?.block.data.txs[index], answer?.txResults[index]];
  if (stored === undefined || tx === undefined || result === undefined)
    throw internal(`the block of height ${height} is no longer kept`);
  return {
    hash: hashOf(tx),
    height: String(height),
    index,
    tx_result: resultJson(result),
    tx: base64(tx),
    ...(prove ? { proof: proofJson(stored.block.data.txs, index) } : {}),
  };
}

function conditionsOf(query: Argument): readonly Condition[] {
  const text = query as string;
  if (text.length > MAX_QUERY_LENGTH) throw internal('maximum query length exceeded');
  try {
    return parseQuery(text);
  } catch (error) {
    throw error instanceof QuerySyntaxError ? internal(error.message) : error;
  }
}

function ordered<T>(items: readonly T[], order: Argument): readonly T[] {
  if (order === 'desc') return [...items].reverse();
  if (order === 'asc' || order === '') return items;
  throw internal('expected order_by to be either `asc` or `desc` or empty');
}

function hashOf(tx: Bytes): string {
  return toHex(sha256(tx)).toUpperCase();
}
