// The contract's running hash over its own events, as it computes it.
// Source: MakerStaking, `accumulator' = keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number))`.

import { bigintToBytes, concatBytes, hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import type { Commitment, StakeEvent, StakeKind } from './types.ts';

/** How the contract and the transactions number the kinds of events. */
export const KIND_NUMBER: Readonly<Record<StakeKind, bigint>> = { add: 0n, remove: 1n };

/** The commitment after `event`, which happened in Ethereum block `height`. `abi.encode` of six words is their concatenation. */
export function foldEvent(before: Commitment, height: bigint, event: StakeEvent): Commitment {
  const nonce = before.nonce + 1n;
  const words = concatBytes(
    hex(before.accumulator, 32),
    word(nonce),
    word(KIND_NUMBER[event.kind]),
    new Uint8Array(12),
    hex(event.staker, 20),
    word(event.amount),
    word(height),
  );
  return { nonce, accumulator: keccakHex(words) };
}

/** The commitment after all `events` of one block, in log order. */
export function foldEvents(before: Commitment, height: bigint, events: readonly StakeEvent[]): Commitment {
  return events.reduce((commitment, event) => foldEvent(commitment, height, event), before);
}

function word(value: bigint): Uint8Array {
  return bigintToBytes(value, 32);
}
