// A block header that proves itself: its fields are encoded as consensus does and hashed. Then its parent, roots and
// bloom are as certain as its hash is.
// Source of the order of fields: Ethereum yellow paper, section 4.3, with EIP-1559, EIP-4895, EIP-4844, EIP-4788, EIP-7685.

import type { Hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { encodeRlp, type Rlp } from '../lib/rlp.ts';
import { EthereumError } from './errors.ts';
import { asData, asDataBytes, asObject, asQuantity, asQuantityBytes, type Json, type JsonObject } from './fields.ts';
import type { Header } from './types.ts';

/** A header whose hash was recomputed. */
export interface VerifiedHeader extends Header {
  readonly stateRoot: Hex;
  readonly receiptsRoot: Hex;
  /** 256 bytes. */
  readonly logsBloom: Hex;
  /** Seconds since the Unix epoch. */
  readonly timestamp: bigint;
  /** Its parent hash is zero, as in blocks of Hardhat's `hardhat_mine`: `parentHash` is what the endpoint names one below. */
  readonly hollow?: true;
}

/** What a header was asked for by; `{}` for a tag. */
export interface HeaderAsked {
  readonly number?: bigint;
  readonly hash?: Hex;
}

/** Bytes of fixed length, bytes of any length, or an integer of that many bits. */
type Form = { readonly bytes: number } | 'bytes' | { readonly bits: number };

/** In the order of the encoding. */
const FIELDS: readonly (readonly [name: string, form: Form])[] = [
  ['parentHash', { bytes: 32 }],
  ['sha3Uncles', { bytes: 32 }],
  ['miner', { bytes: 20 }],
  ['stateRoot', { bytes: 32 }],
  ['transactionsRoot', { bytes: 32 }],
  ['receiptsRoot', { bytes: 32 }],
  ['logsBloom', { bytes: 256 }],
  ['difficulty', { bits: 256 }],
  ['number', { bits: 64 }],
  ['gasLimit', { bits: 64 }],
  ['gasUsed', { bits: 64 }],
  ['timestamp', { bits: 64 }],
  ['extraData', 'bytes'],
  ['mixHash', { bytes: 32 }],
  ['nonce', { bytes: 8 }],
];

/** Fields that forks have appended, oldest first: London, Shanghai, Cancun (three), Prague. A header has a prefix of them. */
const APPENDED: readonly (readonly [name: string, form: Form])[] = [
  ['baseFeePerGas', { bits: 256 }],
  ['withdrawalsRoot', { bytes: 32 }],
  ['blobGasUsed', { bits: 64 }],
  ['excessBlobGas', { bits: 64 }],
  ['parentBeaconBlockRoot', { bytes: 32 }],
  ['requestsHash', { bytes: 32 }],
];

/** What endpoints add to a block's JSON that is not part of the header. */
const BESIDE = new Set(['hash', 'size', 'totalDifficulty', 'transactions', 'uncles', 'withdrawals']);
const KNOWN = new Set([...FIELDS, ...APPENDED].map(([name]) => name));

/**
 * Reads a block's JSON and recomputes its hash. Throws `ETH_MALFORMED` for a field out of form, `ETH_MISMATCH` when it is
 * not the block that was asked for, `ETH_HEADER_HASH` when the fields do not hash to `hash`, and
 * `ETH_HEADER_UNKNOWN_FIELD` when in that case fields are there that no fork known here has.
 */
export function parseHeader(json: Json, asked: HeaderAsked = {}): VerifiedHeader {
  const block = asObject(json, 'block');
  const hash = asData(block.hash, 'hash', 32);
  const number = asQuantity(block.number, 'number');
  if ((asked.number ?? number) !== number || (asked.hash ?? hash) !== hash) {
    const wanted = asked.hash ?? `number ${asked.number}`;
    throw new EthereumError('ETH_MISMATCH', `asked for block ${wanted}, got ${number} (${hash})`, { eth_block: number, hash });
  }
  const computed = keccakHex(encodeHeader(block));
  if (computed !== hash) throw hashError(block, number, hash, computed);
  return {
    number,
    hash,
    parentHash: asData(block.parentHash, 'parentHash', 32),
    stateRoot: asData(block.stateRoot, 'stateRoot', 32),
    receiptsRoot: asData(block.receiptsRoot, 'receiptsRoot', 32),
    logsBloom: asData(block.logsBloom, 'logsBloom', 256),
    timestamp: asQuantity(block.timestamp, 'timestamp'),
  };
}

function encodeHeader(block: JsonObject): Uint8Array {
  const last = APPENDED.findLastIndex(([name]) => block[name] !== undefined && block[name] !== null);
  return encodeRlp([...FIELDS, ...APPENDED.slice(0, last + 1)].map(([name, form]) => encodeField(block[name], name, form)));
}

function encodeField(value: Json | undefined, name: string, form: Form): Rlp {
  if (form === 'bytes') return asDataBytes(value, name);
  if ('bytes' in form) return asDataBytes(value, name, form.bytes);
  return asQuantityBytes(value, name, form.bits);
}

function hashError(block: JsonObject, number: bigint, hash: Hex, computed: Hex): EthereumError {
  const unknown = Object.keys(block).filter((name) => !KNOWN.has(name) && !BESIDE.has(name));
  const data = { eth_block: number, hash, computed, unknown_fields: unknown };
  if (unknown.length === 0)
    return new EthereumError('ETH_HEADER_HASH', `the header of block ${number} hashes to ${computed}, not to ${hash}`, data);
  const message = `block ${number} (${hash}) has header fields unknown to this version (${unknown.join(', ')}) and cannot be verified`;
  return new EthereumError('ETH_HEADER_UNKNOWN_FIELD', message, data);
}

/** The header as the rest of the relayer sees it. */
export function bare({ number, hash, parentHash }: Header): Header {
  return { number, hash, parentHash };
}

/** A header from a call that may answer `null`; `null` is "this endpoint does not know the block". */
export function parseHeaderAnswer(json: Json, asked: HeaderAsked): VerifiedHeader {
  if (json !== null) return parseHeader(json, asked);
  const what = asked.hash ?? asked.number ?? 'latest';
  throw new EthereumError('ETH_BLOCK_UNKNOWN', `the endpoint does not know block ${what}`, {
    eth_block: asked.number,
    hash: asked.hash,
  });
}

/** Throws `ETH_REORGED` unless the second header is the child of the first. */
export function assertLinked(parent: Header, child: Header): void {
  if (child.parentHash === parent.hash && child.number === parent.number + 1n) return;
  throw new EthereumError('ETH_REORGED', `block ${child.number} (${child.hash}) is not on top of ${parent.hash}`, {
    eth_block: child.number,
    hash: child.hash,
    parent_hash: child.parentHash,
    expected_parent: parent.hash,
  });
}
