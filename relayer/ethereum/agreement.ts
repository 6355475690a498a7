// What several endpoints say together. The hash at the height to be voted for must be the same on `required` of them, and
// so many must have buried it; so one endpoint can neither invent blocks, nor make a shallow block look deep, nor hold up
// the others by lagging. Pure: the pool hands in what each endpoint's own header chain says.

import type { Hex } from '../lib/bytes.ts';
import type { Header } from './types.ts';

/** What one endpoint says. */
export interface Opinion {
  /** Its newest block; undefined before the first answer. */
  readonly head: Header | undefined;
  readonly finalized: bigint | undefined;
  /** False while it fails, syncs or serves another chain: it has no say. */
  readonly usable: boolean;
  /** Genesis hash and code of the contract as one text, as soon as both are known. */
  readonly identity?: string | undefined;
  /** Its header at a height, where its chain in memory covers that height. */
  at(number: bigint): Header | undefined;
}

export interface AgreementRule {
  /** Endpoints that must say the same. */
  readonly required: number;
  /** x. */
  readonly finalityThreshold: bigint;
}

export interface Judgement {
  /** The newest block that `required` endpoints have reached on the agreed branch; undefined when there is no agreement. */
  readonly head: Header | undefined;
  /** What `required` endpoints call finalized. */
  readonly finalized: bigint | undefined;
  /** Endpoints that said the agreed hash x below the head, of those that said anything. */
  readonly agreed: number;
  readonly asked: number;
  /** Indices of endpoints outvoted: on the hash, or on what chain this is. */
  readonly dissenting: readonly number[];
  readonly foreign: readonly number[];
  /** Why there is no head: too few endpoints have a say, or they say different things. */
  readonly trouble?: 'too-few' | 'disagreement';
}

/** Two of three: ⌈2n/3⌉. What `ethereum.agreement` is when it is not set. */
export function defaultAgreement(endpoints: number): number {
  return Math.ceil((2 * endpoints) / 3);
}

/** Groups by what is said; undefined says nothing. The largest group first, the earliest of equal ones. */
export function groupBy<T>(
  said: readonly (T | undefined)[],
): readonly { readonly value: T; readonly members: readonly number[] }[] {
  const groups = new Map<T, number[]>();
  for (const [i, value] of said.entries()) {
    if (value === undefined) continue;
    const members = groups.get(value) ?? [];
    groups.set(value, [...members, i]);
  }
  return [...groups].map(([value, members]) => ({ value, members })).sort((a, b) => b.members.length - a.members.length);
}

/** What the endpoints say together at the moment. Cost: O(n log n) for n endpoints. */
export function judge(opinions: readonly Opinion[], rule: AgreementRule): Judgement {
  const { required, finalityThreshold } = rule;
  const foreign = foreigners(opinions, required);
  const voices = opinions.map((opinion, i) => (opinion.usable && !foreign.includes(i) ? opinion : undefined));
  const none = { head: undefined, finalized: undefined, agreed: 0, asked: 0, dissenting: [], foreign };
  const reached = nthHighest(
    voices.map((voice) => voice?.head?.number),
    required,
  );
  if (reached === undefined) return { ...none, trouble: 'too-few' };
  const depth = reached > finalityThreshold ? reached - finalityThreshold : 0n;
  const groups = groupBy<Hex>(voices.map((voice) => voice?.at(depth)?.hash));
  const asked = groups.reduce((sum, { members }) => sum + members.length, 0);
  const group = groups[0];
  if (group === undefined || group.members.length < required) {
    const dissenting = groups.length > 1 ? groups.flatMap(({ members }) => members) : [];
    return { ...none, asked, dissenting, trouble: groups.length > 1 ? 'disagreement' : 'too-few' };
  }
  const members = group.members.map((i) => voices[i] as Opinion);
  const height = nthHighest(
    members.map(({ head }) => head?.number),
    required,
  ) as bigint;
  const finalized = nthHighest(
    members.map((member) => member.finalized),
    required,
  );
  const [top] = groupBy(members.map((member) => member.at(height)?.hash));
  return {
    head: members[top?.members[0] as number]?.at(height),
    finalized,
    agreed: members.length,
    asked,
    dissenting: groups.slice(1).flatMap((other) => other.members),
    foreign,
  };
}

/** Endpoints of another chain or contract than `required` others. */
function foreigners(opinions: readonly Opinion[], required: number): readonly number[] {
  const [first, ...others] = groupBy(opinions.map(({ usable, identity }) => (usable ? identity : undefined)));
  return first !== undefined && first.members.length >= required ? others.flatMap(({ members }) => members) : [];
}

/** The n-th highest number (n from 1), undefined when there are fewer. */
export function nthHighest(numbers: readonly (bigint | undefined)[], n: number): bigint | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))[n - 1];
}
