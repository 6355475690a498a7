// The JSON files beside this one, with the shapes that make-vectors.py gives them.

import { readFileSync } from 'node:fs';
import { type Bytes, type Hex, hex } from '../../relayer/lib/bytes.ts';
import type { BlockContent, Commitment, StakeEvent, StakeKind, Transaction } from '../../relayer/peg/types.ts';

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
