// The subscription to new blocks, over the node's WebSocket. A connection that breaks ends it: whoever follows blocks knows
// the last height it saw, subscribes again and fetches what it missed.

import { WebSocket } from 'ws';
import type { Hex } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import type { PegEvent } from '../peg/types.ts';
import { bytesOf, fieldsOf, listOf } from './answer-fields.ts';
import { type Block, readBlock, readEvent, readTxResult, type TxResult } from './answers.ts';
import { CometError } from './errors.ts';

/** A block with what it did. */
export interface NewBlock {
  readonly block: Block;
  readonly txResults: readonly TxResult[];
  readonly events: readonly PegEvent[];
  /** Of the state after the block. */
  readonly appHash: Hex;
}

/** Blocks that may wait for a slow reader. */
const MOST_WAITING = 256;

/** Yields blocks from the moment the node has confirmed the subscription. */
export async function* followBlocks(
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): AsyncGenerator<NewBlock, void, undefined> {
  if (signal.aborted) return;
  const inbox = new Inbox(url);
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/websocket`, { handshakeTimeout: timeoutMs });
  socket.on('open', () =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { query: "tm.event='NewBlock'" } })),
  );
  socket.on('message', (data) => inbox.receive(data.toString()));
  socket.on('error', (error) => inbox.end(unreachable(url, describe(error))));
  socket.on('close', () => inbox.end(unreachable(url, 'the connection was closed')));
  const abort = () => inbox.end(undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (let block = await inbox.next(); block !== undefined; block = await inbox.next()) yield block;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
}

/** Messages between the socket, which pushes, and the reader, who pulls. */
class Inbox {
  readonly #url: string;
  #blocks: NewBlock[] = [];
  /** Set once: how the subscription ended, an error or (undefined) by the reader's wish. */
  #end: { readonly error: CometError | undefined } | undefined;
  #wake: () => void = () => {};

  constructor(url: string) {
    this.#url = url;
  }

  receive(text: string): void {
    if (this.#end !== undefined) return;
    try {
      const block = readMessage(this.#url, text);
      if (block === undefined) return;
      if (this.#blocks.length >= MOST_WAITING)
        throw new CometError('PEG_SUBSCRIBER_SLOW', `${MOST_WAITING} blocks were waiting to be read`, { url: this.#url });
      this.#blocks.push(block);
      this.#wake();
    } catch (error) {
      this.end(error instanceof CometError ? error : unreachable(this.#url, describe(error)));
    }
  }

  end(error: CometError | undefined): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The next block; undefined at the end that was wished for. Throws the error that ended the subscription. */
  async next(): Promise<NewBlock | undefined> {
    while (this.#blocks.length === 0 && this.#end === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#end !== undefined && this.#end.error === undefined) return undefined;
    const block = this.#blocks.shift();
    if (block === undefined && this.#end?.error !== undefined) throw this.#end.error;
    return block;
  }
}

/** A block event, or undefined for the confirmation of the subscription. */
function readMessage(url: string, text: string): NewBlock | undefined {
  const message = fieldsOf(JSON.parse(text), 'message');
  if (message.error !== undefined)
    throw new CometError('PEG_RPC_REFUSED', `the node at ${url} refused the subscription: ${JSON.stringify(message.error)}`, {
      url,
    });
  const { data } = fieldsOf(message.result, 'result');
  if (data === undefined) return undefined;
  const value = fieldsOf(fieldsOf(data, 'data').value, 'value');
  const result = fieldsOf(value.result_finalize_block, 'result_finalize_block');
  return {
    block: readBlock(value),
    txResults: listOf(result, 'tx_results').map(readTxResult),
    events: listOf(result, 'events').map(readEvent),
    appHash: `0x${Buffer.from(bytesOf(result, 'app_hash')).toString('hex')}`,
  };
}

function unreachable(url: string, reason: string): CometError {
  return new CometError('PEG_UNREACHABLE', `the subscription to blocks of ${url} ended: ${reason}`, { url });
}
