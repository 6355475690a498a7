// The people behind the honest validators: now and then one of them moves that somebody joins, leaves or weighs more or less,
// and the others support it, each in its own time. They never give the hostile a third of the power.

import type { Bytes, Hex } from '../../relayer/lib/bytes.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { motionId } from '../../relayer/peg/motion.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { Change, Domain, Motion } from '../../relayer/peg/types.ts';
import type { StateView } from '../helpers/peg-views.ts';
import type { SimNetwork } from './network.ts';
import type { Random } from './random.ts';
import { sum, type World } from './world.ts';

/** Members that the operators keep at least. */
const LEAST_MEMBERS = 3;

export class Operators {
  readonly #world: World;
  readonly #validators: SimNetwork['validators'];
  readonly #domain: Domain;
  readonly #random: Random;
  #motion: Motion | undefined;

  constructor(world: World, network: Pick<SimNetwork, 'validators' | 'domain'>, random: Random) {
    this.#world = world;
    this.#validators = network.validators;
    this.#domain = network.domain;
    this.#random = random;
  }

  /** What they send in this tick. */
  transactions(view: StateView, height: bigint): readonly Bytes[] {
    const record = this.#motion && view.motions[motionId(this.#motion)];
    if (this.#motion !== undefined && (this.#motion.expiry <= height || (record && record.decision !== null)))
      this.#motion = undefined;
    if (this.#motion === undefined && this.#random.chance(0.1)) {
      const change = this.#draw();
      if (change !== undefined) this.#motion = { expiry: height + BigInt(this.#random.between(2, 60)), changes: [change] };
    }
    const motion = this.#motion;
    if (motion === undefined) return [];
    return this.#members()
      .filter(({ address, index }) => !this.#world.hostile.includes(index) && !record?.voters.includes(address))
      .filter(() => this.#random.chance(0.4))
      .map(({ address, privateKey }) => {
        const sequence = BigInt(view.validators[address]?.governSequence ?? 0) + 1n;
        return signTransaction(this.#domain, { type: 'govern', sequence, support: true, motion }, privateKey);
      });
  }

  #draw(): Change | undefined {
    const members = this.#members();
    const index = this.#random.between(0, this.#world.powers.length - 1);
    const { address, publicKey, privateKey } = this.#validators[index] as SimNetwork['validators'][number];
    const old = this.#world.powers[index] as bigint;
    const power = BigInt(this.#random.between(1, 9));
    const leaves = old > 0n && this.#random.chance(0.5);
    if ((leaves && members.length <= LEAST_MEMBERS) || (!leaves && old === power)) return undefined;
    const powers = this.#world.powers.with(index, leaves ? 0n : power);
    const hostile = sum(this.#world.hostile.map((at) => powers[at] as bigint));
    if (3n * hostile >= sum(powers) || (old === 0n && this.#world.hostile.includes(index))) return undefined;
    if (leaves) return { type: 'remove', validator: address };
    if (old > 0n) return { type: 'power', validator: address, power };
    return { type: 'add', publicKey, power, witness: addressOf(privateKey), name: `candidate ${index}` };
  }

  #members(): readonly { readonly address: Hex; readonly privateKey: Bytes; readonly index: number }[] {
    return this.#validators
      .map(({ address, privateKey }, index) => ({ address, privateKey, index }))
      .filter(({ index }) => (this.#world.powers[index] as bigint) > 0n);
  }
}
