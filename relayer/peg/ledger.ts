// Lists of balances as bytes and as one digest: a whole ledger, which validators attest when they adopt a correction and
// anybody can work out from the contract's events, or a part of what a correction changes.

import { type Hex, hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { asList, asUint, encodeRlpList, type Rlp, RlpError, rlpUint } from '../lib/rlp.ts';
import { asHex } from './records.ts';
import type { Balances } from './types.ts';

/** keccak-256 of RLP([[staker, balance], …]), in ascending order of address; of a ledger none is 0. */
export function balancesDigest(balances: Iterable<Balances[number]>): Hex {
  return keccakHex(encodeRlpList(encoded(balances)));
}

export function encodeBalances(balances: Balances): Rlp {
  return [...encoded(balances)];
}

function* encoded(balances: Iterable<Balances[number]>): Iterable<Rlp> {
  for (const [staker, balance] of balances) yield [hex(staker, 20), rlpUint(balance)];
}

/** Throws RlpError, also for stakers that are not strictly ascending: the same balances have one list. */
export function decodeBalances(item: Rlp | undefined): Balances {
  const balances = asList(item).map((entry) => {
    const [staker, balance] = asList(entry, 2);
    return [asHex(staker, 20), asUint(balance, 256)] as const;
  });
  let before = '';
  for (const [staker] of balances) {
    if (staker <= before) throw new RlpError('RLP_SHAPE', `balances are not in ascending order of address at ${staker}`);
    before = staker;
  }
  return balances;
}
