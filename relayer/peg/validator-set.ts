// The current validators: who may speak, and what a number of voices is worth. Read once a transaction.

import type { Hex } from '../lib/bytes.ts';
import { type Validator, validatorTable } from './tables.ts';
import type { StateReader } from './types.ts';

export interface ValidatorSet {
  /** Current members by consensus address, in ascending order. */
  readonly members: ReadonlyMap<Hex, Validator>;
  readonly totalPower: bigint;
}

export function readValidatorSet(state: StateReader): ValidatorSet {
  const members = new Map<Hex, Validator>();
  let totalPower = 0n;
  for (const [address, validator] of validatorTable.entries(state)) {
    if (!validator.active) continue;
    members.set(address, validator);
    totalPower += validator.power;
  }
  return { members, totalPower };
}

/** The current validator whose witness signs with this account. */
export function validatorOf(set: ValidatorSet, witness: Hex): readonly [address: Hex, validator: Validator] | undefined {
  for (const entry of set.members) if (entry[1].witness === witness) return entry;
  return undefined;
}

/** Power of those among `voters` who are current validators. */
export function powerOf(set: ValidatorSet, voters: readonly Hex[]): bigint {
  return voters.reduce((sum, voter) => sum + (set.members.get(voter)?.power ?? 0n), 0n);
}

/** Strictly more than 2/3 of the total power. */
export function isQuorum(power: bigint, totalPower: bigint): boolean {
  return 3n * power > 2n * totalPower;
}

/** Strictly more than 1/3 of the total power: at least one of them is honest. */
export function isVouchedFor(power: bigint, totalPower: bigint): boolean {
  return 3n * power > totalPower;
}

/** The smallest power that is a quorum. */
export function quorumThreshold(totalPower: bigint): bigint {
  return (2n * totalPower) / 3n + 1n;
}
