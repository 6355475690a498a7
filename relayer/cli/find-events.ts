// Finds stake events for `peg explain`: those of an Ethereum transaction, or the one with a nonce. What Ethereum says is taken
// from the endpoint as it is; the command explains, it does not prove.

import { type CometClient, hasNoIndex } from '../comet/rpc-client.ts';
import { asArray, asData, asIndex, asObject, asQuantity, type Json, quantity } from '../ethereum/fields.ts';
import type { Rpc } from '../ethereum/rpc.ts';
import { decodeStakeLog, parseRawLog, STAKE_TOPICS } from '../ethereum/stake-logs.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { ObservedEvent } from '../witness/explanation.ts';

/**
 * `EVENT_UNKNOWN`: neither Ethereum nor the peg knows it; the message says why. `EVENT_PENDING`: the transaction waits for a
 * block. `EVENT_REVERTED`: the transaction failed, or moved no stake.
 */
export type FindErrorCode = 'EVENT_UNKNOWN' | 'EVENT_PENDING' | 'EVENT_REVERTED';

export interface Search {
  readonly rpc: Rpc;
  readonly client: CometClient;
  readonly contract: Hex;
  /** Events count after this block. */
  readonly startBlock: bigint;
  /** The last event that the peg has applied, and its last final block. */
  readonly applied: { readonly nonce: bigint; readonly block: bigint };
  readonly head: bigint;
  readonly signal: AbortSignal;
}

const RANGE = 1_000n;

/** The contract's events in a transaction, at least one. */
export async function eventsOfTransaction(hash: Hex, { rpc, contract, signal }: Search): Promise<readonly ObservedEvent[]> {
  const receipt = await rpc.call('eth_getTransactionReceipt', [hash], signal);
  if (receipt === null) {
    const known = await rpc.call('eth_getTransactionByHash', [hash], signal);
    if (known === null)
      throw failed('EVENT_UNKNOWN', `${rpc.name} does not know transaction ${hash}: it was never sent there, or dropped`);
    throw failed('EVENT_PENDING', `transaction ${hash} waits for a block: is its fee high enough?`);
  }
  const { status, blockNumber, logs } = asObject(receipt, 'receipt');
  const block = asQuantity(blockNumber, 'receipt.blockNumber');
  if (status === '0x0')
    throw failed('EVENT_REVERTED', `transaction ${hash} was mined in block ${block} and reverted: nothing was staked`);
  const events = asArray(logs, 'receipt.logs').flatMap((log) => observe(log, contract));
  if (events.length === 0)
    throw failed(
      'EVENT_REVERTED',
      `transaction ${hash} in block ${block} holds no event of the contract ${contract} that this peg watches`,
    );
  return events;
}

/** The event with this nonce: looked for where the peg's index says, otherwise in all blocks where it can be. */
export async function eventOfNonce(nonce: bigint, search: Search): Promise<ObservedEvent> {
  const { startBlock, applied, head } = search;
  const block = await appliedBlock(nonce, search);
  const first = block ?? (nonce <= applied.nonce ? startBlock : applied.block) + 1n;
  const last = block ?? head;
  const found = await scan(nonce, first, last, search);
  if (found !== undefined) return found;
  throw failed('EVENT_UNKNOWN', `the contract has no event with nonce ${nonce} in the Ethereum blocks ${first} to ${last}`);
}

/** The Ethereum block of an event that the peg has applied, by the peg's own index. */
async function appliedBlock(nonce: bigint, { client, signal }: Search): Promise<bigint | undefined> {
  const transaction = await applyingTransaction(client, nonce, signal);
  const events = transaction?.tx_result?.events ?? [];
  for (const { type, attributes } of events) {
    const value = (key: string) => attributes.find((attribute) => attribute.key === key)?.value;
    if (type === 'stake_event' && value('nonce') === nonce.toString()) return BigInt(value('eth_block') ?? 0);
  }
  return undefined;
}

interface IndexedTransaction {
  readonly height: string;
  readonly tx_result: {
    readonly events?: readonly {
      readonly type: string;
      readonly attributes: readonly { readonly key: string; readonly value: string }[];
    }[];
  };
}

/** The transaction of the peg by which an event was applied, undefined while it is not, or when the node's index has none. */
export async function applyingTransaction(
  client: CometClient,
  nonce: bigint,
  signal: AbortSignal,
): Promise<IndexedTransaction | undefined> {
  const params = { query: `stake_event.nonce='${nonce}'`, prove: false, page: '1', per_page: '1', order_by: 'asc' };
  try {
    const { txs } = (await client.call('tx_search', params, signal)) as { txs: readonly IndexedTransaction[] };
    return txs[0];
  } catch (error) {
    if (hasNoIndex(error)) return undefined;
    throw error;
  }
}

async function scan(nonce: bigint, first: bigint, last: bigint, search: Search): Promise<ObservedEvent | undefined> {
  for (let from = first; from <= last; from += RANGE) {
    const to = from + RANGE - 1n < last ? from + RANGE - 1n : last;
    const found = await inRange(nonce, from, to, search);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function inRange(
  nonce: bigint,
  from: bigint,
  to: bigint,
  { rpc, contract, signal }: Search,
): Promise<ObservedEvent | undefined> {
  const filter = { address: contract, topics: [STAKE_TOPICS], fromBlock: quantity(from), toBlock: quantity(to) };
  const logs = asArray(await rpc.call('eth_getLogs', [filter], signal), 'logs');
  return logs.flatMap((log) => observe(log, contract)).find((event) => event.nonce === nonce);
}

function observe(json: Json, contract: Hex): readonly ObservedEvent[] {
  const { transactionHash, logIndex, blockNumber, blockHash } = asObject(json, 'log');
  const place = {
    transactionHash: asData(transactionHash, 'log.transactionHash', 32),
    logIndex: asIndex(logIndex, 'log.logIndex'),
  };
  const log = decodeStakeLog(parseRawLog(json), contract, place);
  if (log === undefined) return [];
  return [{ ...log, block: asQuantity(blockNumber, 'log.blockNumber'), blockHash: asData(blockHash, 'log.blockHash', 32) }];
}

function failed(code: FindErrorCode, message: string): CodedError<FindErrorCode> {
  return new CodedError(code, message);
}
