// Genesis (protocol, section 3): the `app_state` of the engine's genesis file, checked field by field, and the state it makes.

import { fromHex, type Hex, to0x } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { Overlay } from './overlay.ts';
import {
  balanceTable,
  contractCell,
  ethereumCell,
  lastEventCell,
  NEW_COUNTERS,
  orderCounterCell,
  paramsCell,
  roundCell,
  validatorTable,
  type WatchedContract,
  witnessTable,
} from './tables.ts';
import type { Commitment, ConsensusParams, ConsensusValidator } from './types.ts';

/** `GENESIS_INVALID`: a field of the genesis is missing, unknown, or not what it must be; `data.field` names it. */
export type GenesisErrorCode = 'GENESIS_INVALID';

export interface AppState {
  readonly ethereum: WatchedContract;
  readonly consensusParams: ConsensusParams;
  /** By consensus address. */
  readonly witnesses: ReadonlyMap<Hex, { readonly witness: Hex; readonly name: string }>;
  readonly snapshot?: Commitment & { readonly balances: ReadonlyMap<Hex, bigint> };
}

type Fields = Readonly<Record<string, unknown>>;

const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;
export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;
/** The largest integer that JSON keeps exact: what queries show as numbers stays below it. */
const MAX_SAFE = 2n ** 53n - 1n;
/** Largest power that the engine's int64 can hold. */
const MAX_POWER = 2n ** 63n - 1n;
const U256 = 2n ** 256n - 1n;
export const MAX_NAME_LENGTH = 70;
/** Each parameter is from 1 to its limit. */
export const PARAM_LIMITS: Readonly<Record<keyof ConsensusParams, bigint>> = {
  finalityThreshold: 10_000n,
  periodLength: 1_000_000n,
  periodLimit: MAX_SAFE,
  maxOrderBytes: 131_072n,
};

/** The checked form of `app_state`; throws GENESIS_INVALID with the field named. */
export function parseAppState(value: unknown): AppState {
  const fields = record(value, 'app_state', ['ethereum', 'consensusParams', 'witnesses'], ['snapshot']);
  return {
    ethereum: parseEthereum(fields.ethereum),
    consensusParams: parseParams(fields.consensusParams),
    witnesses: parseWitnesses(fields.witnesses),
    ...(fields.snapshot !== undefined && { snapshot: parseSnapshot(fields.snapshot) }),
  };
}

/** Writes the state of genesis; throws GENESIS_INVALID when validators and witnesses do not pair off one to one. */
export function writeGenesis(state: Overlay, appState: AppState, validators: readonly ConsensusValidator[]): void {
  const { ethereum, consensusParams, snapshot } = appState;
  pairOff(appState, validators);
  contractCell.set(state, ethereum);
  paramsCell.set(state, consensusParams);
  roundCell.set(state, { number: 0n, startsAt: 0n, endsAt: 0n, limit: 0n });
  orderCounterCell.set(state, 0n);
  lastEventCell.set(state, { add: 0n, remove: 0n });
  const { nonce, accumulator } = snapshot ?? { nonce: 0n, accumulator: ZERO_HASH };
  ethereumCell.set(state, { nonce, accumulator, matureBlock: undefined, matureBlockHash: ethereum.startBlockHash });
  for (const [staker, balance] of snapshot?.balances ?? []) balanceTable.set(state, staker, balance);
  for (const { address, publicKey, power } of validators) {
    const { witness, name } = appState.witnesses.get(address) as { witness: Hex; name: string };
    const validator = { power, active: true, publicKey, witness, name, ...NEW_COUNTERS, witnessedTo: ethereum.startBlock };
    validatorTable.set(state, address, validator);
    witnessTable.set(state, witness, address);
  }
}

function pairOff({ witnesses }: AppState, validators: readonly ConsensusValidator[]): void {
  if (validators.length === 0) throw invalid('validators', 'there is no validator');
  const addresses = new Set<Hex>();
  for (const { address, power } of validators) {
    if (addresses.has(address)) throw invalid(`validators.${address}`, 'the validator is named twice');
    if (power <= 0n || power > MAX_POWER)
      throw invalid(`validators.${address}`, `the power is ${power}, it must be from 1 to ${MAX_POWER}`);
    if (!witnesses.has(address)) throw invalid(`witnesses.${address}`, 'the validator has no witness');
    addresses.add(address);
  }
  for (const address of witnesses.keys()) {
    if (!addresses.has(address)) throw invalid(`witnesses.${address}`, 'there is no validator with this consensus address');
    if (addresses.has(witnesses.get(address)?.witness as Hex)) {
      throw invalid(`witnesses.${address}.witness`, 'a witness key must not be a consensus address');
    }
  }
}

function parseEthereum(value: unknown): WatchedContract {
  const at = 'ethereum';
  const fields = record(value, at, ['chainId', 'stakingContract', 'startBlock', 'startBlockHash']);
  const stakingContract = hexOf(fields.stakingContract, 20, `${at}.stakingContract`);
  if (stakingContract === ZERO_ADDRESS) throw invalid(`${at}.stakingContract`, 'the zero address is no contract');
  return {
    chainId: integer(fields.chainId, `${at}.chainId`, 1n, MAX_SAFE),
    stakingContract,
    startBlock: integer(fields.startBlock, `${at}.startBlock`, 0n, MAX_SAFE),
    startBlockHash: hexOf(fields.startBlockHash, 32, `${at}.startBlockHash`),
  };
}

function parseParams(value: unknown): ConsensusParams {
  const names = Object.keys(PARAM_LIMITS) as (keyof ConsensusParams)[];
  const fields = record(value, 'consensusParams', names);
  const read = (name: keyof ConsensusParams) => integer(fields[name], `consensusParams.${name}`, 1n, PARAM_LIMITS[name]);
  return {
    finalityThreshold: read('finalityThreshold'),
    periodLength: read('periodLength'),
    periodLimit: read('periodLimit'),
    maxOrderBytes: read('maxOrderBytes'),
  };
}

function parseWitnesses(value: unknown): AppState['witnesses'] {
  const witnesses = new Map<Hex, { witness: Hex; name: string }>();
  const taken = new Set<Hex>();
  for (const [key, entry] of Object.entries(record(value, 'witnesses'))) {
    const at = `witnesses.${key}`;
    const address = hexOf(key, 20, at);
    if (witnesses.has(address)) throw invalid(at, 'the consensus address is named twice');
    const fields = record(entry, at, ['witness', 'name']);
    const witness = hexOf(fields.witness, 20, `${at}.witness`);
    if (witness === ZERO_ADDRESS) throw invalid(`${at}.witness`, 'the zero address has no key');
    if (taken.has(witness)) throw invalid(`${at}.witness`, `${witness} is the witness of another validator too`);
    const { name } = fields;
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
      throw invalid(`${at}.name`, `expected a name of 1 to ${MAX_NAME_LENGTH} characters`);
    }
    taken.add(witness);
    witnesses.set(address, { witness, name });
  }
  return witnesses;
}

function parseSnapshot(value: unknown): NonNullable<AppState['snapshot']> {
  const fields = record(value, 'snapshot', ['nonce', 'accumulator', 'balances']);
  const balances = new Map<Hex, bigint>();
  for (const [key, amount] of Object.entries(record(fields.balances, 'snapshot.balances'))) {
    const at = `snapshot.balances.${key}`;
    const staker = hexOf(key, 20, at);
    if (balances.has(staker)) throw invalid(at, 'the staker is named twice');
    if (typeof amount !== 'string') throw invalid(at, 'expected an amount as decimal text');
    balances.set(staker, integer(amount, at, 1n, U256));
  }
  const accumulator = hexOf(fields.accumulator, 32, 'snapshot.accumulator');
  return { nonce: integer(fields.nonce, 'snapshot.nonce', 0n, MAX_SAFE), accumulator, balances };
}

/** The fields of a JSON object; with `required`, exactly these and at most the `optional` ones. */
function record(value: unknown, field: string, required?: readonly string[], optional: readonly string[] = []): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, 'expected an object');
  if (required === undefined) return value as Fields;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw invalid(`${field}.${missing}`, 'the field is missing');
  const unknown = Object.keys(value).find((name) => !required.includes(name) && !optional.includes(name));
  if (unknown !== undefined)
    throw invalid(`${field}.${unknown}`, `the field is unknown (known: ${[...required, ...optional].join(', ')})`);
  return value as Fields;
}

function integer(value: unknown, field: string, least: bigint, most: bigint): bigint {
  const isInteger =
    typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^(0|[1-9][0-9]{0,77})$/.test(value);
  const number = isInteger ? BigInt(value as number | string) : -1n;
  if (!isInteger || number < least || number > most)
    throw invalid(field, `expected an integer from ${least} to ${most}, not ${JSON.stringify(value)}`);
  return number;
}

function hexOf(value: unknown, length: number, field: string): Hex {
  const bytes = typeof value === 'string' && value.startsWith('0x') ? fromHex(value, length) : undefined;
  if (bytes === undefined) throw invalid(field, `expected 0x and ${2 * length} hex digits`);
  return to0x(bytes);
}

function invalid(field: string, what: string): CodedError<GenesisErrorCode> {
  return new CodedError<GenesisErrorCode>('GENESIS_INVALID', `genesis, ${field}: ${what}`, { field });
}
