// The contract's two events, from logs to StakeLogs. Every field of a log is held against the verified header and the
// filter that was asked for: endpoints have answered with other blocks' and other contracts' logs.
// Source of the events: contracts/interfaces/IMakerStaking.sol; of the encoding: the Solidity ABI specification.

import { type Hex, textBytes } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { EthereumError } from './errors.ts';
import { asArray, asData, asIndex, asObject, asQuantity, type Json, malformed } from './fields.ts';
import type { Header, StakeLog } from './types.ts';

const MADE = keccakHex(textBytes('StakeMade(address,uint256,uint256)'));
const REMOVED = keccakHex(textBytes('StakeRemoved(address,uint256,uint256)'));

/** First topics of the contract's events. */
export const STAKE_TOPICS: readonly Hex[] = [MADE, REMOVED];

/** The part of a log that receipts commit to. */
export interface RawLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** Where a log stands; endpoints say it, nothing in the header proves it. */
export interface LogPlace {
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

export function parseRawLog(json: Json): RawLog {
  const log = asObject(json, 'log');
  return {
    address: asData(log.address, 'log.address', 20),
    topics: asArray(log.topics, 'log.topics').map((topic) => asData(topic, 'log.topics', 32)),
    data: asData(log.data, 'log.data'),
  };
}

/**
 * The answer to eth_getLogs for one block, the contract and the two topics. Throws `ETH_MALFORMED` for a field out of form,
 * `ETH_MISMATCH` for a log of another block, contract or event, a removed log, or logs out of order.
 */
export function parseStakeLogs(json: Json, header: Header, contract: Hex): readonly StakeLog[] {
  const logs = asArray(json, 'logs').map((entry) => {
    const raw = parseRawLog(entry);
    const place = parsePlace(entry, header);
    const log = decodeStakeLog(raw, contract, place);
    if (log === undefined) throw mismatch(header, `a log of ${raw.address} with topic ${raw.topics[0]} that was not asked for`);
    return log;
  });
  return inOrder(logs, header);
}

/** Throws `ETH_MISMATCH` unless each log comes after the one before, in place and in nonce. */
export function inOrder(logs: readonly StakeLog[], header: Header): readonly StakeLog[] {
  for (const [i, log] of logs.entries()) {
    const previous = logs[i - 1];
    if (previous === undefined) continue;
    if (log.logIndex <= previous.logIndex || log.nonce !== previous.nonce + 1n)
      throw mismatch(header, `log ${log.logIndex} (nonce ${log.nonce}) after log ${previous.logIndex} (nonce ${previous.nonce})`);
  }
  return logs;
}

/** Throws `ETH_MISMATCH` unless a log or receipt says that it belongs to this block. */
export function assertOfBlock(json: Json, header: Header, what: string): void {
  const { blockHash, blockNumber } = asObject(json, what);
  const hash = asData(blockHash, `${what}.blockHash`, 32);
  const number = asQuantity(blockNumber, `${what}.blockNumber`);
  if (hash !== header.hash || number !== header.number) throw mismatch(header, `a ${what} of block ${number} (${hash})`);
}

function parsePlace(json: Json, header: Header): LogPlace {
  assertOfBlock(json, header, 'log');
  const { removed, transactionHash, logIndex } = asObject(json, 'log');
  if (removed !== undefined && removed !== false) throw mismatch(header, 'a removed log');
  return { transactionHash: asData(transactionHash, 'log.transactionHash', 32), logIndex: asIndex(logIndex, 'log.logIndex') };
}

/** undefined for a log of another contract or another event; throws `ETH_MALFORMED` for one that the contract cannot emit. */
export function decodeStakeLog({ address, topics, data }: RawLog, contract: Hex, place: LogPlace): StakeLog | undefined {
  if (address !== contract || (topics[0] !== MADE && topics[0] !== REMOVED)) return undefined;
  const staker = topics[1];
  if (topics.length !== 2 || staker === undefined || !staker.startsWith(`0x${'00'.repeat(12)}`))
    throw malformed('log.topics', topics);
  if (data.length !== 2 + 2 * 64) throw malformed('log.data', data);
  return {
    kind: topics[0] === MADE ? 'add' : 'remove',
    staker: `0x${staker.slice(26)}`,
    amount: BigInt(data.slice(0, 66)),
    nonce: BigInt(`0x${data.slice(66)}`),
    ...place,
  };
}

function mismatch(header: Header, what: string): EthereumError {
  return new EthereumError('ETH_MISMATCH', `the endpoint's answer for block ${header.number} (${header.hash}) holds ${what}`, {
    eth_block: header.number,
    hash: header.hash,
  });
}
