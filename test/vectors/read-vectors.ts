// The JSON files beside this one, with the shapes that make-vectors.py gives them.

import { readFileSync } from 'node:fs';
import { type Bytes, type Hex, hex } from '../../relayer/lib/bytes.ts';
import type { BlockContent, Change, Commitment, StakeEvent, StakeKind, Transaction } from '../../relayer/peg/types.ts';

export interface RawCommitment {
  readonly nonce: string;
  readonly accumulator: Hex;
}

export interface RawEvent {
  readonly kind: StakeKind;
  readonly staker: Hex;
  readonly amount: string;
}

export interface RawNetwork {
  readonly chainId: string;
  readonly stakingContract: Hex;
  readonly pegChainId: string;
  readonly genesisTimeNs: string;
  readonly genesisAppHash: Hex;
}

interface RawFields {
  readonly [field: string]: unknown;
}

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
}

export function commitment({ nonce, accumulator }: RawCommitment): Commitment {
  return { nonce: BigInt(nonce), accumulator };
}

export function stakeEvent({ kind, staker, amount }: RawEvent): StakeEvent {
  return { kind, staker, amount: BigInt(amount) };
}

export function network(raw: RawNetwork) {
  return {
    chainId: BigInt(raw.chainId),
    stakingContract: raw.stakingContract,
    pegChainId: raw.pegChainId,
    genesisTimeNs: BigInt(raw.genesisTimeNs),
    genesisAppHash: raw.genesisAppHash,
  };
}

/** The transaction that a case's `type` and `fields` describe. */
export function transaction(type: string, fields: RawFields): Transaction {
  const uint = (name: string) => BigInt(fields[name] as string);
  switch (type) {
    case 'witness':
      return { type, sequence: uint('sequence'), fromBlock: uint('fromBlock'), blocks: (fields.blocks as RawContent[]).map(content) };
    case 'events':
      return {
        type,
        height: uint('height'),
        before: commitment(fields.before as RawCommitment),
        events: (fields.events as RawEvent[]).map(stakeEvent),
      };
    case 'rebalance':
      return { type, round: uint('round'), startsAt: uint('startsAt'), endsAt: uint('endsAt'), mapping: fields.mapping as Hex };
    case 'govern': {
      const changes = (fields.changes as RawChange[]).map(change);
      return { type, sequence: uint('sequence'), support: fields.support === true, motion: { expiry: uint('expiry'), changes } };
    }
    case 'contest':
      return { type, sequence: uint('sequence'), height: uint('height'), hash: fields.hash as Hex };
    case 'balances':
      return { type, balances: (fields.balances as [Hex, string][]).map(([staker, balance]) => [staker, BigInt(balance)] as const) };
    case 'order':
    case 'stream':
      return { type, round: uint('round'), payload: hex(fields.payload as string) };
    default:
      throw new RangeError(`no such type: ${type}`);
  }
}

interface RawContent {
  readonly hash: Hex;
  readonly after?: RawCommitment;
}

interface RawChange {
  readonly type: Change['type'];
  readonly publicKey: string;
  readonly power: string;
  readonly witness: Hex;
  readonly name: string;
  readonly validator: Hex;
  readonly value: string;
  readonly height: string;
  readonly hash: Hex;
  readonly nonce: string;
  readonly accumulator: Hex;
  readonly ledger: Hex;
  readonly balances: readonly Hex[];
}

function change(raw: RawChange): Change {
  const { type, validator, witness, name, hash, accumulator, ledger } = raw;
  switch (type) {
    case 'add':
      return { type, publicKey: hex(raw.publicKey, 32), power: BigInt(raw.power), witness, name };
    case 'remove':
      return { type, validator };
    case 'power':
      return { type, validator, power: BigInt(raw.power) };
    case 'witness':
      return { type, validator, witness };
    case 'periodLimit':
    case 'periodLength':
      return { type, value: BigInt(raw.value) };
    case 'correction': {
      const { height, nonce, balances } = raw;
      return { type, height: BigInt(height), hash, nonce: BigInt(nonce), accumulator, ledger, balances };
    }
  }
}

function content({ hash, after }: RawContent): BlockContent {
  return after === undefined ? { hash } : { hash, after: commitment(after) };
}

/** Bytes of a case that is written as head, `repeat` times `fill`, tail. */
export function sized(raw: { head: Hex; fill: Hex; repeat: number; tail: Hex }): Bytes {
  const [head, fill, tail] = [hex(raw.head), hex(raw.fill, 1), hex(raw.tail)];
  const bytes = new Uint8Array(head.length + raw.repeat + tail.length).fill(fill[0] as number);
  bytes.set(head, 0);
  bytes.set(tail, head.length + raw.repeat);
  return bytes;
}
