// What stakers do on the model chain: random stakes and removals that the contract would accept, on whatever branch is
// canonical. Most amounts are ordinary; some are 1 wei, some everything that is there.

import type { Hex } from '../../relayer/lib/bytes.ts';
import type { StakeEvent } from '../../relayer/peg/types.ts';
import type { Random } from './random.ts';

const E = 10n ** 18n;

export class Stakers {
  readonly #addresses: readonly Hex[];
  readonly #random: Random;
  /** Balances after each block that had events, to go back to when it is dropped. */
  #states: { readonly number: bigint; readonly balances: ReadonlyMap<Hex, bigint> }[] = [];

  constructor(addresses: readonly Hex[], random: Random) {
    this.#addresses = addresses;
    this.#random = random;
  }

  /** Forgets everything after block `number`, as a reorg does. */
  revertTo(number: bigint): void {
    while ((this.#states.at(-1)?.number ?? 0n) > number) this.#states.pop();
  }

  /** The events of block `number`; usually none. */
  block(number: bigint): readonly StakeEvent[] {
    if (!this.#random.chance(0.15)) return [];
    const balances = new Map(this.#states.at(-1)?.balances);
    const events = Array.from({ length: this.#random.chance(0.05) ? 12 : this.#random.between(1, 3) }, () =>
      this.#event(balances),
    );
    this.#states.push({ number, balances });
    if (this.#states.length > 4_096) this.#states = this.#states.slice(-2_048);
    return events;
  }

  #event(balances: Map<Hex, bigint>): StakeEvent {
    const staker = this.#random.pick(this.#addresses);
    const balance = balances.get(staker) ?? 0n;
    const remove = balance > 0n && this.#random.chance(0.45);
    const amount = remove
      ? this.#part(balance)
      : this.#random.chance(0.1)
        ? 1n
        : BigInt(this.#random.between(1, 1_000_000)) * (E / 1_000n);
    balances.set(staker, remove ? balance - amount : balance + amount);
    return { kind: remove ? 'remove' : 'add', staker, amount };
  }

  #part(balance: bigint): bigint {
    if (this.#random.chance(0.4)) return balance;
    const part = (balance * BigInt(this.#random.between(1, 99))) / 100n;
    return part === 0n ? balance : part;
  }
}
