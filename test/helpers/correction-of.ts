// The correction that makes a scripted peg's ledger that of a history, worked out here and not by `relayer/witness`, so that
// tests compare two implementations.

import type { Hex } from '../../relayer/lib/bytes.ts';
import { balancesDigest } from '../../relayer/peg/ledger.ts';
import type { Balances, Correction } from '../../relayer/peg/types.ts';
import type { ScriptedPeg } from './scripted-peg.ts';
import type { StakingHistory } from './staking-history.ts';

export interface MadeCorrection {
  readonly change: Correction;
  readonly lists: readonly Balances[];
}

/** The correction to `history` at `height`, in lists of `size` balances. */
export function correctionTo(peg: ScriptedPeg, history: StakingHistory, height: number, size = 4_500): MadeCorrection {
  const wanted = history.balancesAt(height);
  const held = new Map(Object.entries(peg.view().balances).map(([who, amount]) => [who as Hex, BigInt(amount)]));
  const changed = [...new Set([...held.keys(), ...wanted.keys()])]
    .sort()
    .map((who) => [who, wanted.get(who) ?? 0n] as const)
    .filter(([who, balance]) => (held.get(who) ?? 0n) !== balance);
  const lists = Array.from({ length: Math.ceil(changed.length / size) }, (_, i) => changed.slice(i * size, (i + 1) * size));
  const ledger = balancesDigest([...wanted].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { hash } = history.block(height);
  const place = { height: BigInt(height), hash, ...history.commitmentAt(height), ledger };
  return { change: { type: 'correction', ...place, balances: lists.map(balancesDigest) }, lists };
}
