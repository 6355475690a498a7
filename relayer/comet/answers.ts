// A node's answers as the project's words: heights and codes as numbers, hashes and addresses as lower-case `0x` text, bytes
// as bytes. Source of the shapes: CometBFT rpc/core/types/responses.go at v0.38.

import { type Bytes, type Hex, to0x } from '../lib/bytes.ts';
import type { PegEvent } from '../peg/types.ts';
import type { BroadcastResult } from '../witness/peg-port.ts';
import { base64Bytes, bigintOf, bytesOf, type Fields, fieldsOf, hashOf, listOf, numberOf, textOf } from './answer-fields.ts';

export interface NodeStatus {
  /** Chain id. */
  readonly network: string;
  readonly moniker: string;
  readonly version: string;
  /** Last block; 0 before the first. */
  readonly height: number;
  readonly blockHash: Hex;
  /** RFC 3339. */
  readonly blockTime: string;
  /** As the last block's header has it: of the state before that block. */
  readonly appHash: Hex;
  readonly catchingUp: boolean;
  /** Consensus address of the node's key, and its power: 0 when it is not a validator. */
  readonly address: Hex;
  readonly power: number;
}

export interface ProofOp {
  readonly type: string;
  readonly key: Bytes;
  readonly data: Bytes;
}

export interface QueryAnswer {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  /** Height of the state that answered; a proof verifies against the app hash in the header of the next. */
  readonly height: number;
  readonly key: Bytes;
  readonly value: Bytes;
  readonly proof: readonly ProofOp[];
}

export interface TxResult {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  readonly events: readonly PegEvent[];
}

/** A transaction of a block, accepted or refused there. */
export interface IncludedTx extends TxResult {
  readonly height: number;
  readonly index: number;
}

export interface Block {
  readonly height: number;
  readonly hash: Hex;
  readonly time: string;
  /** Of the state before the block. */
  readonly appHash: Hex;
  readonly proposer: Hex;
  readonly txs: readonly Bytes[];
}

export interface BlockResults {
  readonly height: number;
  readonly txResults: readonly TxResult[];
  /** Of the block itself. */
  readonly events: readonly PegEvent[];
  /** Of the state after the block. */
  readonly appHash: Hex;
}

/** A header and the signatures for it, as the node sent them: what a light client checks. */
export interface SignedHeader {
  readonly height: number;
  readonly appHash: Hex;
  readonly header: Fields;
  readonly commit: Fields;
}

export interface ValidatorEntry {
  readonly address: Hex;
  /** ed25519, 32 bytes. */
  readonly publicKey: Bytes;
  readonly power: bigint;
}

export function readStatus(result: unknown): NodeStatus {
  const answer = fieldsOf(result, 'status');
  const node = fieldsOf(answer.node_info, 'node_info');
  const sync = fieldsOf(answer.sync_info, 'sync_info');
  const validator = fieldsOf(answer.validator_info, 'validator_info');
  return {
    network: textOf(node, 'network'),
    moniker: textOf(node, 'moniker'),
    version: textOf(node, 'version'),
    height: numberOf(sync, 'latest_block_height'),
    blockHash: hashOf(sync, 'latest_block_hash'),
    blockTime: textOf(sync, 'latest_block_time'),
    appHash: hashOf(sync, 'latest_app_hash'),
    catchingUp: sync.catching_up === true,
    address: hashOf(validator, 'address'),
    power: numberOf(validator, 'voting_power'),
  };
}

export function readQuery(result: unknown): QueryAnswer {
  const response = fieldsOf(fieldsOf(result, 'abci_query').response, 'response');
  const ops =
    response.proofOps === undefined || response.proofOps === null ? [] : listOf(fieldsOf(response.proofOps, 'proofOps'), 'ops');
  return {
    code: numberOf(response, 'code'),
    codespace: textOf(response, 'codespace'),
    log: textOf(response, 'log'),
    height: numberOf(response, 'height'),
    key: bytesOf(response, 'key'),
    value: bytesOf(response, 'value'),
    proof: ops.map((op) => {
      const fields = fieldsOf(op, 'ops');
      return { type: textOf(fields, 'type'), key: bytesOf(fields, 'key'), data: bytesOf(fields, 'data') };
    }),
  };
}

export function readBroadcast(result: unknown): BroadcastResult {
  const answer = fieldsOf(result, 'broadcast_tx_sync');
  const { code, codespace, log } = readTxResult(answer);
  return { code, codespace, log, hash: textOf(answer, 'hash') };
}

export function readIncludedTx(result: unknown): IncludedTx {
  const answer = fieldsOf(result, 'tx');
  return { ...readTxResult(answer.tx_result), height: numberOf(answer, 'height'), index: numberOf(answer, 'index') };
}

export function readBlock(result: unknown): Block {
  const answer = fieldsOf(result, 'block');
  const block = fieldsOf(answer.block, 'block');
  const header = fieldsOf(block.header, 'header');
  const data = fieldsOf(block.data ?? {}, 'data');
  return {
    height: numberOf(header, 'height'),
    hash: hashOf(fieldsOf(answer.block_id, 'block_id'), 'hash'),
    time: textOf(header, 'time'),
    appHash: hashOf(header, 'app_hash'),
    proposer: hashOf(header, 'proposer_address'),
    txs: listOf(data, 'txs').map((tx) => base64Bytes(tx, 'txs')),
  };
}

export function readBlockResults(result: unknown): BlockResults {
  const answer = fieldsOf(result, 'block_results');
  return {
    height: numberOf(answer, 'height'),
    txResults: listOf(answer, 'txs_results').map(readTxResult),
    events: listOf(answer, 'finalize_block_events').map(readEvent),
    // The one hash that stands in base64 here: Go writes it as plain bytes.
    appHash: to0x(bytesOf(answer, 'app_hash')),
  };
}

export function readSignedHeader(result: unknown): SignedHeader {
  const signed = fieldsOf(fieldsOf(result, 'commit').signed_header, 'signed_header');
  const header = fieldsOf(signed.header, 'header');
  return {
    height: numberOf(header, 'height'),
    appHash: hashOf(header, 'app_hash'),
    header,
    commit: fieldsOf(signed.commit, 'commit'),
  };
}

/** One page of a validator set, and how many there are in all. */
export function readValidators(result: unknown): { readonly total: number; readonly validators: readonly ValidatorEntry[] } {
  const answer = fieldsOf(result, 'validators');
  const validators = listOf(answer, 'validators').map((item): ValidatorEntry => {
    const fields = fieldsOf(item, 'validators');
    const publicKey = bytesOf(fieldsOf(fields.pub_key, 'pub_key'), 'value');
    return { address: hashOf(fields, 'address'), publicKey, power: bigintOf(fields, 'voting_power') };
  });
  return { total: numberOf(answer, 'total'), validators };
}

export function readTxResult(value: unknown): TxResult {
  const fields = fieldsOf(value, 'result of a transaction');
  return {
    code: numberOf(fields, 'code'),
    codespace: textOf(fields, 'codespace'),
    log: textOf(fields, 'log'),
    events: listOf(fields, 'events').map(readEvent),
  };
}

export function readEvent(value: unknown): PegEvent {
  const fields = fieldsOf(value, 'event');
  const attributes = listOf(fields, 'attributes').map((attribute) => {
    const pair = fieldsOf(attribute, 'attribute');
    return [textOf(pair, 'key'), textOf(pair, 'value')] as const;
  });
  return { type: textOf(fields, 'type'), attributes: Object.fromEntries(attributes) };
}
