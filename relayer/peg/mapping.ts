// From balances to rate limits: each staker's share of the period's orders, rounded down, in exact integers.

import { type Hex, hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { encodeRlp, rlpUint } from '../lib/rlp.ts';
import type { Limit } from './types.ts';

/** Limits in ascending order of address. */
export type Mapping = readonly (readonly [staker: Hex, limit: Limit])[];

/** `orderLimit = floor(P·b / Σb)` and `streamLimit = 1` for every staker with a balance b > 0; empty without stakers. */
export function constructMapping(balances: Iterable<readonly [staker: Hex, balance: bigint]>, periodLimit: bigint): Mapping {
  const staked = [...balances].filter(([, balance]) => balance > 0n);
  const total = staked.reduce((sum, [, balance]) => sum + balance, 0n);
  return staked
    .map(([staker, balance]): Mapping[number] => [staker, { orderLimit: (periodLimit * balance) / total, streamLimit: 1n }])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** keccak-256 of RLP([[staker, orderLimit, streamLimit], …]). */
export function mappingDigest(mapping: Mapping): Hex {
  return keccakHex(
    encodeRlp(mapping.map(([staker, limit]) => [hex(staker, 20), rlpUint(limit.orderLimit), rlpUint(limit.streamLimit)])),
  );
}
