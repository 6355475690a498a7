// A node's JSON-RPC as the rest of the relayer uses it: the witness' view of the peg, and what interface and commands ask.
// It speaks JSON-RPC itself: the usual client throws on a node without blocks, knows no AbortSignal, reports errors as text
// and takes longer to load than a command may take to start.

import { createHash } from 'node:crypto';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { type Bytes, toHex } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import type { BroadcastResult, PegPort } from '../witness/peg-port.ts';
import { fieldsOf } from './answer-fields.ts';
import {
  type Block,
  type BlockResults,
  type IncludedTx,
  type NodeStatus,
  type QueryAnswer,
  readBlock,
  readBlockResults,
  readBroadcast,
  readIncludedTx,
  readQuery,
  readSignedHeader,
  readStatus,
  readValidators,
  type SignedHeader,
  type ValidatorEntry,
} from './answers.ts';
import { CometError } from './errors.ts';
import { callJsonRpc, callJsonRpcBatch, type JsonRpcTarget } from './json-rpc.ts';
import { followBlocks, type NewBlock } from './new-blocks.ts';
import { openHttpSender } from './send-by-http.ts';

export interface CometClientOptions {
  /** Ends every call under way and every later one, with its reason. */
  readonly signal?: AbortSignal;
  /** For one call; default 10,000. */
  readonly timeoutMs?: number;
}

export interface QueryOptions {
  /** Default: the last committed state. */
  readonly height?: number | bigint | undefined;
  /** Asks for the raw record with its proof instead of JSON. */
  readonly prove?: boolean;
  readonly data?: Bytes;
}

type Height = number | bigint;

/** Every call rejects with the codes of CometCode, or with the reason of an aborted signal. */
export interface CometClient extends PegPort {
  readonly url: string;
  /** The application's answer as it is, refusals included. */
  queryAt(path: string, options?: QueryOptions, signal?: AbortSignal): Promise<QueryAnswer>;
  /**
   * broadcast_tx_sync for several transactions in one request, settled each for itself, in their order. At most
   * MOST_IN_BATCH of them, and together within the node's limit for a request, 1,000,000 bytes in base64 and JSON.
   */
  broadcastAll(txs: readonly Bytes[], signal?: AbortSignal): Promise<readonly PromiseSettledResult<BroadcastResult>[]>;
  /** A transaction of a block by its hash (upper-case hex), as the node's index has it; undefined when it has none. */
  transaction(hash: string, signal?: AbortSignal): Promise<IncludedTx | undefined>;
  status(signal?: AbortSignal): Promise<NodeStatus>;
  /** The block of a height; the last one when none is given. Likewise below. */
  block(height?: Height, signal?: AbortSignal): Promise<Block>;
  blockResults(height?: Height, signal?: AbortSignal): Promise<BlockResults>;
  commit(height?: Height, signal?: AbortSignal): Promise<SignedHeader>;
  /** The whole set, in the engine's order. */
  validators(height?: Height, signal?: AbortSignal): Promise<readonly ValidatorEntry[]>;
  genesis(signal?: AbortSignal): Promise<GenesisDoc>;
  /** New blocks as they are committed; ends with PEG_UNREACHABLE, PEG_SUBSCRIBER_SLOW, or quietly when the signal is aborted. */
  newBlocks(signal: AbortSignal): AsyncIterable<NewBlock>;
  /** Any method, its `result` as the node sent it. */
  call(method: string, params?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown>;
  /** Ends calls and subscriptions. Idempotent. */
  close(): void;
}

/**
 * A client of the node at `url` (`http://`, `https://`, `tcp://` or just `host:port`). Sends nothing yet. Throws
 * PEG_URL_INVALID.
 */
export async function openCometClient(url: string, options: CometClientOptions = {}): Promise<CometClient> {
  return new RpcClient(httpUrl(url), options);
}

/** CometBFT's `max_request_batch_size`. */
export const MOST_IN_BATCH = 10;

const DEFAULT_TIMEOUT_MS = 10_000;
const VALIDATORS_PER_PAGE = 100;

class RpcClient implements CometClient {
  readonly url: string;
  readonly #target: JsonRpcTarget;
  readonly #sender = openHttpSender();
  readonly #closing = new AbortController();

  constructor(url: string, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CometClientOptions) {
    this.url = url;
    const signals = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    this.#target = { url, timeoutMs, signal: signals, send: this.#sender.send };
  }

  async query(path: string, signal?: AbortSignal): Promise<unknown> {
    const { code, codespace, log, value } = await this.queryAt(path, {}, signal);
    if (code !== 0) throw new CometError('PEG_QUERY_REFUSED', `the peg refused ${path}: ${log}`, { path, code, codespace });
    try {
      return JSON.parse(new TextDecoder().decode(value));
    } catch (cause) {
      throw new CometError('PEG_ANSWER_MALFORMED', `the answer to ${path} is not JSON`, { path }, { cause });
    }
  }

  async queryAt(
    path: string,
    { height = 0, prove = false, data }: QueryOptions = {},
    signal?: AbortSignal,
  ): Promise<QueryAnswer> {
    const params = { path, data: data === undefined ? '' : toHex(data), height: height.toString(), prove };
    return readQuery(await this.call('abci_query', params, signal));
  }

  async broadcast(tx: Bytes, signal?: AbortSignal): Promise<BroadcastResult> {
    try {
      return readBroadcast(await this.call('broadcast_tx_sync', paramsOf(tx), signal));
    } catch (error) {
      return knownAlready(tx, error);
    }
  }

  async broadcastAll(txs: readonly Bytes[], signal?: AbortSignal): Promise<readonly PromiseSettledResult<BroadcastResult>[]> {
    const settled = await callJsonRpcBatch(this.#target, 'broadcast_tx_sync', txs.map(paramsOf), signal);
    return settled.map((outcome, index): PromiseSettledResult<BroadcastResult> => {
      try {
        const value =
          outcome.status === 'fulfilled' ? readBroadcast(outcome.value) : knownAlready(txs[index] as Bytes, outcome.reason);
        return { status: 'fulfilled', value };
      } catch (reason) {
        return { status: 'rejected', reason };
      }
    });
  }

  async transaction(hash: string, signal?: AbortSignal): Promise<IncludedTx | undefined> {
    try {
      return readIncludedTx(await this.call('tx', { hash: Buffer.from(hash, 'hex').toString('base64') }, signal));
    } catch (error) {
      if (hasCode(error, 'PEG_RPC_REFUSED') && !hasNoIndex(error)) return undefined;
      throw error;
    }
  }

  async status(signal?: AbortSignal): Promise<NodeStatus> {
    return readStatus(await this.call('status', {}, signal));
  }

  async block(height?: Height, signal?: AbortSignal): Promise<Block> {
    return readBlock(await this.call('block', at(height), signal));
  }

  async blockResults(height?: Height, signal?: AbortSignal): Promise<BlockResults> {
    return readBlockResults(await this.call('block_results', at(height), signal));
  }

  async commit(height?: Height, signal?: AbortSignal): Promise<SignedHeader> {
    return readSignedHeader(await this.call('commit', at(height), signal));
  }

  async validators(height?: Height, signal?: AbortSignal): Promise<readonly ValidatorEntry[]> {
    const all: ValidatorEntry[] = [];
    for (let page = 1; ; page++) {
      const params = { ...at(height), page: page.toString(), per_page: VALIDATORS_PER_PAGE.toString() };
      const { total, validators } = readValidators(await this.call('validators', params, signal));
      all.push(...validators);
      if (all.length >= total || validators.length === 0) return all;
    }
  }

  async genesis(signal?: AbortSignal): Promise<GenesisDoc> {
    const answer = fieldsOf(await this.call('genesis', {}, signal), 'genesis');
    return fieldsOf(answer.genesis, 'genesis') as unknown as GenesisDoc;
  }

  newBlocks(signal: AbortSignal): AsyncIterable<NewBlock> {
    return followBlocks(this.url, this.#target.timeoutMs, AbortSignal.any([signal, this.#target.signal]));
  }

  call(method: string, params: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<unknown> {
    return callJsonRpc(this.#target, method, params, signal);
  }

  close(): void {
    if (!this.#closing.signal.aborted)
      this.#closing.abort(new CometError('PEG_CLIENT_CLOSED', `the client of ${this.url} was closed`));
    this.#sender.close();
  }
}

/**
 * Taken for accepted when the error is CometBFT's answer to a transaction that is in its cache: waiting in the mempool, or
 * lately in a block. Throws any other error.
 */
function knownAlready(tx: Bytes, error: unknown): BroadcastResult {
  if (!hasCode(error, 'PEG_RPC_REFUSED') || error.data.rpcCode !== -32603) throw error;
  if (!`${error.data.rpcMessage} ${error.data.rpcData}`.includes('tx already exists in cache')) throw error;
  return { code: 0, codespace: '', log: '', hash: createHash('sha256').update(tx).digest('hex').toUpperCase() };
}

/** Whether a node refused because it keeps no index of transactions (`tx_index.indexer = "null"`). */
export function hasNoIndex(error: unknown): boolean {
  return hasCode(error, 'PEG_RPC_REFUSED') && `${error.data.rpcData}`.includes('disabled');
}

function at(height: Height | undefined): Readonly<Record<string, unknown>> {
  return height === undefined ? {} : { height: height.toString() };
}

function paramsOf(tx: Bytes): Readonly<Record<string, unknown>> {
  return { tx: Buffer.from(tx).toString('base64') };
}

function httpUrl(text: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text.replace(/^tcp:/i, 'http:') : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new CometError('PEG_URL_INVALID', `${text} is not the address of a node: use one like http://127.0.0.1:26657`, {
      url: text,
    });
  return url.href.replace(/\/$/, '');
}
