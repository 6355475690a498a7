// Turns and changes of the validator set beyond what the recorded chain shows.

import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_TOTAL_POWER } from '../../../relayer/abci/chain/validators-hash.ts';
import {
  advanceProposer,
  decodeValidatorSet,
  encodeValidatorSet,
  newValidatorSet,
  type PowerChange,
  updateValidators,
  validatorsHash,
} from '../../../relayer/engine/chain/validator-set.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';

const keys = testValidators(new Array<number>(8).fill(1)).map(({ key }) => key.publicKey);
const members = (...powers: bigint[]): PowerChange[] =>
  powers.map((power, index) => ({ publicKey: keys[index] as Uint8Array, power }));

describe('engine: validator set', () => {
  it('gives everybody turns in proportion to power', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 50n }), { minLength: 1, maxLength: 8 }), (powers) => {
        let set = newValidatorSet(members(...powers));
        const turns = new Map<string, bigint>();
        for (let i = 0n; i < set.totalPower; i++) {
          turns.set(set.proposer.addressHex, (turns.get(set.proposer.addressHex) ?? 0n) + 1n);
          set = advanceProposer(set, 1);
        }
        for (const { addressHex, power } of set.validators) expect(turns.get(addressHex)).to.equal(power);
      }),
    );
  });

  it('keeps priorities centred and within twice the power, through any changes', () => {
    const change = fc.record({ index: fc.integer({ min: 0, max: 7 }), power: fc.bigInt({ min: 0n, max: 1_000n }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let set = newValidatorSet(members(5n, 3n));
        for (const { index, power } of changes) {
          const publicKey = keys[index] as Uint8Array;
          const known = set.validators.some((validator) => validator.publicKey === publicKey);
          if (power === 0n && (!known || set.validators.length === 1)) continue;
          set = advanceProposer(updateValidators(set, [{ publicKey, power }]), 1);
          const priorities = set.validators.map(({ priority }) => priority).sort((a, b) => Number(a - b));
          expect((priorities.at(-1) ?? 0n) - (priorities[0] ?? 0n) <= 3n * set.totalPower).to.equal(true);
          expect(set.totalPower).to.equal(set.validators.reduce((sum, validator) => sum + validator.power, 0n));
          expect(decodeValidatorSet(encodeValidatorSet(set))).to.deep.equal(set);
          expect(validatorsHash(decodeValidatorSet(encodeValidatorSet(set)))).to.deep.equal(validatorsHash(set));
        }
      }),
    );
  });

  it('refuses what CometBFT refuses', () => {
    const set = newValidatorSet(members(1n, 1n));
    const publicKey = keys[0] as Uint8Array;
    for (const [changes, problem] of [
      [[...members(1n), ...members(2n)], /changed twice/],
      [members(-1n), /cannot have power/],
      [members(MAX_TOTAL_POWER + 1n), /cannot have power/],
      [members(MAX_TOTAL_POWER, 1n), /total power/],
      [members(0n, 0n), /no validator/],
      [[{ publicKey: keys[5] as Uint8Array, power: 0n }], /not in the set/],
    ] as const)
      expect(() => updateValidators(set, changes)).to.throw(RangeError, problem);
    expect(() => newValidatorSet([{ publicKey, power: 0n }])).to.throw(RangeError, /no power/);
    expect(() => newValidatorSet([])).to.throw(RangeError);
    expect(() => advanceProposer(set, 0)).to.throw(RangeError);
    expect(updateValidators(set, [])).to.equal(set);
  });
});
