// What a motion may change, and what must hold before and after. Trying it out is the same as doing it, on a fork that is
// dropped: so a motion is judged by exactly the rules by which it takes effect.

import type { Hex } from '../lib/bytes.ts';
import { consensusAddress } from './consensus-address.ts';
import { judgeCorrection } from './correction.ts';
import { MAX_NAME_LENGTH, PARAM_LIMITS, ZERO_ADDRESS } from './genesis.ts';
import type { Overlay } from './overlay.ts';
import { matureOf, NEW_COUNTERS, paramsCell, type Validator, validatorTable, witnessTable } from './tables.ts';
import type { Change, StateReader, Verdict } from './types.ts';
import { readValidatorSet } from './validator-set.ts';
import { refused } from './verdict.ts';

/** Most power that all validators may have together: CometBFT's MaxTotalVotingPower, an eighth of the int64 range. */
export const MAX_TOTAL_POWER = (2n ** 63n - 1n) / 8n;

type AddChange = Extract<Change, { type: 'add' }>;
type ParamChange = Extract<Change, { value: bigint }>;

/**
 * Makes the changes in their order, all but the balances of a correction, which may not be on record yet. Returns the refusal
 * of the first that cannot be made, or of the set that they would leave; `state` is then to be dropped. What the removed had
 * voted for is not touched.
 */
export function enact(state: Overlay, changes: readonly Change[]): Verdict | undefined {
  if (changes.length === 0) return refused('MOTION_EMPTY', 'the motion changes nothing');
  const subjects = changes.map(subjectOf);
  const twice = subjects.find((subject, index) => subjects.indexOf(subject) !== index);
  if (twice !== undefined) return refused('CHANGE_TWICE', `two changes are about ${twice}`);
  for (const change of changes) {
    const refusal = make(state, change);
    if (refusal !== undefined) return refusal;
  }
  return judgeSet(state);
}

/** What a change is about: no motion has two changes about the same, so their order cannot matter to the engine. */
function subjectOf(change: Change): string {
  switch (change.type) {
    case 'add':
      return `validator ${consensusAddress(change.publicKey)}`;
    case 'remove':
    case 'power':
      return `validator ${change.validator}`;
    case 'witness':
      return `the witness key of validator ${change.validator}`;
    case 'periodLimit':
    case 'periodLength':
      return change.type;
    case 'correction':
      return 'the ledger';
  }
}

function make(state: Overlay, change: Change): Verdict | undefined {
  if (change.type === 'add') return add(state, change);
  if ('value' in change) return setParam(state, change);
  if (change.type === 'correction') return judgeCorrection(state, change);
  const address = change.validator;
  const validator = validatorTable.get(state, address);
  if (validator?.active !== true) return refused('CHANGE_NOT_A_VALIDATOR', `${address} is not a current validator`);
  switch (change.type) {
    case 'remove':
      validatorTable.set(state, address, { ...validator, active: false, power: 0n, witnessedTo: matureOf(state) });
      return undefined;
    case 'power':
      return setPower(state, address, validator, change.power);
    case 'witness':
      return setWitness(state, address, validator, change.witness);
  }
}

function add(state: Overlay, { publicKey, power, witness, name }: AddChange): Verdict | undefined {
  const address = consensusAddress(publicKey);
  const known = validatorTable.get(state, address);
  const refusal = judgePower(power) ?? judgeName(name);
  if (refusal !== undefined) return refusal;
  if (known?.active === true) return refused('CHANGE_KEY_TAKEN', `${address} is a validator already`);
  if (witnessTable.get(state, address) !== undefined)
    return refused('CHANGE_WITNESS_INVALID', `the consensus address ${address} is a witness key`);
  const clash = judgeWitness(state, address, witness);
  if (clash !== undefined) return clash;
  const place = { power, active: true, publicKey, witness, name, witnessedTo: matureOf(state) };
  validatorTable.set(state, address, { ...(known ?? NEW_COUNTERS), ...place });
  witnessTable.set(state, witness, address);
  return undefined;
}

function setPower(state: Overlay, address: Hex, validator: Validator, power: bigint): Verdict | undefined {
  const refusal = judgePower(power);
  if (refusal !== undefined) return refusal;
  if (validator.power === power) return refused('CHANGE_NOTHING', `${validator.name} has power ${power} already`);
  validatorTable.set(state, address, { ...validator, power });
  return undefined;
}

function setWitness(state: Overlay, address: Hex, validator: Validator, witness: Hex): Verdict | undefined {
  const refusal = judgeWitness(state, address, witness);
  if (refusal !== undefined) return refusal;
  if (validator.witness === witness) return refused('CHANGE_NOTHING', `${witness} is the witness of ${validator.name} already`);
  validatorTable.set(state, address, { ...validator, witness });
  witnessTable.set(state, witness, address);
  return undefined;
}

function setParam(state: Overlay, { type, value }: ParamChange): Verdict | undefined {
  const params = paramsCell.read(state);
  if (value < 1n || value > PARAM_LIMITS[type])
    return refused('CHANGE_PARAMETER', `${type} is from 1 to ${PARAM_LIMITS[type]}, not ${value}`);
  if (params[type] === value) return refused('CHANGE_NOTHING', `${type} is ${value} already`);
  paramsCell.set(state, { ...params, [type]: value });
  return undefined;
}

function judgePower(power: bigint): Verdict | undefined {
  if (power > 0n && power <= MAX_TOTAL_POWER) return undefined;
  return refused('CHANGE_POWER', `a power is from 1 to ${MAX_TOTAL_POWER}, not ${power}`);
}

function judgeName(name: string): Verdict | undefined {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH) return undefined;
  return refused('CHANGE_NAME', `a name has 1 to ${MAX_NAME_LENGTH} characters, not ${name.length}`);
}

function judgeWitness(state: StateReader, address: Hex, witness: Hex): Verdict | undefined {
  if (witness === ZERO_ADDRESS || witness === address || validatorTable.get(state, witness) !== undefined)
    return refused('CHANGE_WITNESS_INVALID', `${witness} is the zero address or a consensus address`);
  const owner = witnessTable.get(state, witness);
  if (owner === undefined || owner === address) return undefined;
  return refused('CHANGE_WITNESS_TAKEN', `${witness} is or was the witness of validator ${owner}`);
}

function judgeSet(state: StateReader): Verdict | undefined {
  const { members, totalPower } = readValidatorSet(state);
  if (members.size === 0) return refused('CHANGE_SET_EMPTY', 'no validator would be left');
  if (totalPower <= MAX_TOTAL_POWER) return undefined;
  return refused('CHANGE_SET_TOO_STRONG', `the power of all would be ${totalPower}, above ${MAX_TOTAL_POWER}`);
}
