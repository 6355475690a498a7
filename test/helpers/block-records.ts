// Blocks of the interface, made up: for tests of what happens to them.

import type { BlockRecord } from '../../relayer/api/block-record.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { textBytes, to0x } from '../../relayer/lib/bytes.ts';

/** 32 bytes that follow from a number. */
export const id = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;

/** A block with one order for each payload. */
export function recordWith(height: number, payloads: readonly string[]): BlockRecord {
  return {
    block: { height, hash: id(height), time: '', proposer: '0x', transactions: payloads.length, appHash: id(height) },
    posts: payloads.map((payload, index) => ({
      ...{ type: 'order', id: id(height * 100_000 + index), poster: `0x${'aa'.repeat(20)}`, round: 1, height, index, left: 1 },
      ...{ size: payload.length, payload: to0x(textBytes(payload)), hash: `${height}/${index}` },
    })),
    refused: [],
    rounds: [],
    events: [],
  };
}
