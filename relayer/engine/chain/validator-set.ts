// Validators and whose turn it is to propose: CometBFT's weighted round robin with its priorities, to the last division.
// Sets are values: every operation returns a new one. Powers and priorities are int64 in CometBFT; bigint division rounds
// towards zero as Go's does, the average is Euclidean as big.Int.Div's is.
// Source: CometBFT spec/consensus/proposer-selection.md, types/validator_set.go at v0.38.

import { ValidatorSet as ValidatorSetRecord } from 'cosmjs-types/tendermint/types/validator';
import { addressOfKey, MAX_TOTAL_POWER, validatorsRoot } from '../../abci/chain/validators-hash.ts';
import { type Bytes, compareBytes, type Hex, to0x } from '../../lib/bytes.ts';

export interface Validator {
  readonly address: Bytes;
  readonly addressHex: Hex;
  /** ed25519, 32 bytes. */
  readonly publicKey: Bytes;
  readonly power: bigint;
  readonly priority: bigint;
}

export interface ValidatorSet {
  /** By power, strongest first, then by address. */
  readonly validators: readonly Validator[];
  readonly totalPower: bigint;
  readonly proposer: Validator;
}

/** A change of the set: power 0 removes. */
export interface PowerChange {
  readonly publicKey: Bytes;
  readonly power: bigint;
}

/** Set of a genesis document; throws a RangeError for what CometBFT refuses (duplicates, power ≤ 0, empty, too strong). */
export function newValidatorSet(members: readonly PowerChange[]): ValidatorSet {
  if (members.some((member) => member.power === 0n)) throw new RangeError('a validator of a new set has no power');
  return increment(changed([], members), 1);
}

/** The set after `changes`, centred, without a turn taken; throws a RangeError for changes that CometBFT refuses. */
export function updateValidators(set: ValidatorSet, changes: readonly PowerChange[]): ValidatorSet {
  return changes.length === 0 ? set : { ...asSet(changed(set.validators, changes)), proposer: set.proposer };
}

/** The set after `turns` (≥ 1) proposers had their turn; the last of them is its proposer. */
export function advanceProposer(set: ValidatorSet, turns: number): ValidatorSet {
  return increment(set.validators, turns);
}

export function findValidator(set: ValidatorSet, address: Hex): Validator | undefined {
  return set.validators.find((validator) => validator.addressHex === address);
}

/** `validators_hash` of a header with this set. */
export function validatorsHash(set: ValidatorSet): Bytes {
  let hash = HASHES.get(set.validators);
  if (hash === undefined) {
    hash = validatorsRoot(set.validators);
    HASHES.set(set.validators, hash);
  }
  return hash;
}

/** Hashes of lists that are still in use: the same set is hashed for several headers. */
const HASHES = new WeakMap<readonly Validator[], Bytes>();

export function encodeValidatorSet(set: ValidatorSet): Bytes {
  let encoded = ENCODINGS.get(set);
  if (encoded === undefined) {
    encoded = encodeAnew(set);
    ENCODINGS.set(set, encoded);
  }
  return encoded;
}

/** Encodings of sets that are still in use: a set is written for several heights. */
const ENCODINGS = new WeakMap<ValidatorSet, Bytes>();

function encodeAnew(set: ValidatorSet): Bytes {
  const record = (validator: Validator) => ({
    address: validator.address,
    pubKey: { ed25519: validator.publicKey },
    votingPower: validator.power,
    proposerPriority: validator.priority,
  });
  return ValidatorSetRecord.encode({
    validators: set.validators.map(record),
    proposer: record(set.proposer),
    totalVotingPower: set.totalPower,
  }).finish();
}

export function decodeValidatorSet(bytes: Bytes): ValidatorSet {
  const { validators, proposer } = ValidatorSetRecord.decode(bytes);
  const read = (record: (typeof validators)[number]): Validator => ({
    address: record.address,
    addressHex: to0x(record.address),
    publicKey: record.pubKey.ed25519 ?? new Uint8Array(),
    power: record.votingPower,
    priority: record.proposerPriority,
  });
  const set = asSet(validators.map(read));
  return proposer === undefined ? set : { ...set, proposer: read(proposer) };
}

function asSet(validators: readonly Validator[]): ValidatorSet {
  const proposer = validators.reduce((first, other) => (precedes(other, first) ? other : first));
  return { validators, totalPower: totalOf(validators), proposer };
}

function totalOf(validators: readonly Validator[]): bigint {
  return validators.reduce((sum, { power }) => sum + power, 0n);
}

/** Higher priority first, then lower address. */
function precedes(a: Validator, b: Validator): boolean {
  return a.priority === b.priority ? compareBytes(a.address, b.address) < 0 : a.priority > b.priority;
}

function changed(existing: readonly Validator[], changes: readonly PowerChange[]): Validator[] {
  const before = new Map(existing.map((validator) => [validator.addressHex, validator]));
  const after = new Map(before);
  const updates: Validator[] = [];
  const seen = new Set<Hex>();
  let removedPower = 0n;
  for (const { publicKey, power } of changes) {
    const address = addressOfKey(publicKey);
    const addressHex = to0x(address);
    if (seen.has(addressHex)) throw new RangeError(`validator ${addressHex} is changed twice`);
    if (power < 0n || power > MAX_TOTAL_POWER) throw new RangeError(`validator ${addressHex} cannot have power ${power}`);
    seen.add(addressHex);
    const known = before.get(addressHex);
    if (power > 0n) updates.push({ address, addressHex, publicKey, power, priority: known?.priority ?? 0n });
    else if (known === undefined) throw new RangeError(`validator ${addressHex} is not in the set and cannot be removed`);
    else {
      removedPower += known.power;
      after.delete(addressHex);
    }
  }
  for (const update of updates) after.set(update.addressHex, update);
  if (after.size === 0) throw new RangeError('the changes would leave no validator');
  const total = totalOf([...after.values()]);
  if (total > MAX_TOTAL_POWER) throw new RangeError(`total power ${total} is above ${MAX_TOTAL_POWER}`);
  // A newcomer starts behind everybody: −1.125 of the power before removals, so that leaving and joining again gains nothing.
  const reference = total + removedPower;
  for (const update of updates)
    if (!before.has(update.addressHex)) after.set(update.addressHex, { ...update, priority: -(reference + (reference >> 3n)) });
  const byPower = (a: Validator, b: Validator) =>
    a.power === b.power ? compareBytes(a.address, b.address) : a.power > b.power ? -1 : 1;
  return centred(rescaled([...after.values()], total)).sort(byPower);
}

/** Keeps the distance between highest and lowest priority within twice the total power. */
function rescaled(validators: readonly Validator[], total: bigint): Validator[] {
  const window = 2n * total;
  let [lowest, highest] = [validators[0]?.priority ?? 0n, validators[0]?.priority ?? 0n];
  for (const { priority } of validators) {
    if (priority < lowest) lowest = priority;
    if (priority > highest) highest = priority;
  }
  const distance = highest - lowest;
  if (distance <= window) return [...validators];
  const ratio = (distance + window - 1n) / window;
  return validators.map((validator) => ({ ...validator, priority: validator.priority / ratio }));
}

function centred(validators: readonly Validator[]): Validator[] {
  const sum = validators.reduce((all, { priority }) => all + priority, 0n);
  const count = BigInt(validators.length);
  const rest = ((sum % count) + count) % count;
  const average = (sum - rest) / count;
  return validators.map((validator) => ({ ...validator, priority: validator.priority - average }));
}

function increment(validators: readonly Validator[], turns: number): ValidatorSet {
  const total = totalOf(validators);
  let members = centred(rescaled(validators, total));
  let proposer: Validator | undefined;
  for (let turn = 0; turn < turns; turn++) {
    members = members.map((validator) => ({ ...validator, priority: validator.priority + validator.power }));
    const first = members.reduce((best, other) => (precedes(other, best) ? other : best));
    proposer = { ...first, priority: first.priority - total };
    members[members.indexOf(first)] = proposer;
  }
  if (proposer === undefined) throw new RangeError('at least one turn');
  const hash = HASHES.get(validators);
  if (hash !== undefined) HASHES.set(members, hash);
  return { validators: members, totalPower: total, proposer };
}
