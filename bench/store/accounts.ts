// The state that all candidates hold: n accounts with keys of 21 bytes and amounts of 9 or 10, and blocks that change
// 1,000 accounts picked at random. Everything follows from numbers, so that each run is the same.

import { hash } from 'node:crypto';
import type { Bytes } from '../../relayer/lib/bytes.ts';

export type Entry = readonly [key: Bytes, value: Bytes];

/** The letter `b` and 20 bytes at random, like an address. */
export function accountKey(i: number): Bytes {
  const key = new Uint8Array(21);
  key.set(hash('sha256', `account ${i}`, 'buffer').subarray(0, 20), 1);
  key[0] = 0x62;
  return key;
}

export function amount(i: number, block: number): Bytes {
  return new Uint8Array(hash('sha256', `${i} in ${block}`, 'buffer').subarray(0, 9 + (i % 2)));
}

export function accounts(from: number, to: number): Entry[] {
  return Array.from({ length: to - from }, (_, i) => [accountKey(from + i), amount(from + i, 0)]);
}

/** `changes` different accounts of n, by a linear congruential walk. */
export function block(number: number, n: number, changes: number): Entry[] {
  let seed = number * 2654435761 + 12345;
  const chosen = new Set<number>();
  while (chosen.size < Math.min(changes, n)) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    chosen.add(Math.floor((seed / 2 ** 32) * n));
  }
  return [...chosen].map((i) => [accountKey(i), amount(i, number)]);
}
