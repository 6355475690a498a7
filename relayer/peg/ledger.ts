// The ledger as one digest: what validators attest when they adopt a correction, and what anybody can work out from the
// contract's events.

import { type Hex, hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { encodeRlp, type Rlp, rlpUint } from '../lib/rlp.ts';

/** keccak-256 of RLP([[staker, balance], …]); `balances` in ascending order of address, none of them 0. */
export function ledgerDigest(balances: Iterable<readonly [staker: Hex, balance: bigint]>): Hex {
  return keccakHex(encodeRlp(encodeBalances([...balances])));
}

export function encodeBalances(balances: readonly (readonly [staker: Hex, balance: bigint])[]): Rlp {
  return balances.map(([staker, balance]) => [hex(staker, 20), rlpUint(balance)]);
}
