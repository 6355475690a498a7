// What the people of a living devnet do next: now and then somebody stakes or takes some of it back, and whoever has something
// left of a limit posts orders. Pure: numbers and what is known of the stakers in, acts out; the same seed does the same.

export type Act =
  | { readonly kind: 'stake'; readonly staker: number; readonly action: 'stake' | 'remove'; readonly amount: bigint }
  | { readonly kind: 'order'; readonly staker: number; readonly payload: string };

/** A staker as the plan sees it. */
export interface Person {
  readonly staker: number;
  /** Base units in the contract now. */
  readonly staked: bigint;
  /** Orders that are left in this round. */
  readonly left: number;
}

/** Beats between two changes of stake. */
const STAKE_EVERY = 9;
const ORDER_CHANCE = 0.35;
const MOST_ORDERS = 3;
const LEAST_STAKE = 5_000;
const MOST_STAKE = 250_000;
/** Those before are the script's: their stakes stay as they are. */
export const FIRST_ACTIVE_STAKER = 3;
export const ACTIVE_STAKERS = 4;

/** A source of numbers in [0, 1) that depends on `seed` alone (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The acts of one beat, within everybody's stake and limit. */
export function planActs(random: () => number, beat: number, people: readonly Person[]): readonly Act[] {
  const acts: Act[] = [];
  for (const { staker, left } of people) {
    if (random() >= ORDER_CHANCE) continue;
    const count = Math.min(left, 1 + Math.floor(random() * MOST_ORDERS));
    for (let i = 0; i < count; i++) acts.push({ kind: 'order', staker, payload: orderText(random, `${staker}-${beat}-${i}`) });
  }
  const change = beat % STAKE_EVERY === 0 ? stakeAct(random, people) : undefined;
  return change === undefined ? acts : [...acts, change];
}

function orderText(random: () => number, reference: string): string {
  const side = random() < 0.5 ? 'buy' : 'sell';
  const price = (1_800 + random() * 400).toFixed(2);
  return JSON.stringify({ side, price, size: 1 + Math.floor(random() * 20), ref: reference });
}

function stakeAct(random: () => number, people: readonly Person[]): Act | undefined {
  const active = people.filter(({ staker }) => staker >= FIRST_ACTIVE_STAKER);
  const person = active[Math.floor(random() * active.length)];
  if (person === undefined) return undefined;
  const { staker, staked } = person;
  const removes = random() < 0.4 && staked > 1n;
  const part = BigInt(1 + Math.floor(random() * 100));
  if (removes) return { kind: 'stake', staker, action: 'remove', amount: (staked * part + 99n) / 100n };
  const amount = BigInt(LEAST_STAKE + Math.floor(random() * (MOST_STAKE - LEAST_STAKE)));
  return { kind: 'stake', staker, action: 'stake', amount };
}
