// The set-up of one run, drawn from its seed: who validates with what power, who of them lies, and the parameters.

import { type Bytes, type Hex, textBytes } from '../../relayer/lib/bytes.ts';
import { keccak256 } from '../../relayer/lib/keccak.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import type { Random } from './random.ts';

export interface World {
  /** Power of each node's validator, by index; 0 for those that may join. The simulation keeps it as the peg has it. */
  powers: readonly bigint[];
  /** Whether the set changes during the run. */
  readonly governed: boolean;
  /** Indices of those that lie: together less than 1/3 of the power. */
  readonly hostile: readonly number[];
  readonly finalityThreshold: number;
  readonly periodLength: number;
  readonly periodLimit: number;
  readonly startBlock: number;
  readonly posters: readonly Poster[];
}

/** A staker with a key, so that it can post orders. */
export interface Poster {
  readonly address: Hex;
  readonly privateKey: Bytes;
}

const POSTERS: readonly Poster[] = Array.from({ length: 12 }, (_, i) => {
  const privateKey = keccak256(textBytes(`poster ${i}`));
  return { address: addressOf(privateKey), privateKey };
});

export function drawWorld(random: Random, governed: boolean): World {
  const count = random.pick([4, 4, 4, 5, 7]);
  const even = random.chance(0.5);
  const members = Array.from({ length: count }, () => (even ? 1n : BigInt(random.between(1, 9))));
  const powers = governed ? [...members, 0n, 0n] : members;
  return {
    powers,
    governed,
    hostile: drawHostile(powers, random),
    finalityThreshold: random.between(2, 9),
    periodLength: random.between(20, 90),
    periodLimit: random.pick([17, 60, 1_000]),
    startBlock: random.pick([0, 100, 5_000_000]),
    posters: POSTERS,
  };
}

function drawHostile(powers: readonly bigint[], random: Random): readonly number[] {
  const total = sum(powers);
  const hostile: number[] = [];
  let power = 0n;
  for (const index of shuffled(powers.length, random)) {
    const more = power + (powers[index] as bigint);
    if (powers[index] === 0n || 3n * more >= total) continue;
    hostile.push(index);
    power = more;
  }
  return hostile;
}

function shuffled(count: number, random: Random): readonly number[] {
  const keyed = Array.from({ length: count }, (_, index) => ({ index, key: random.word() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ index }) => index);
}

export function sum(powers: readonly bigint[]): bigint {
  return powers.reduce((all, power) => all + power, 0n);
}
