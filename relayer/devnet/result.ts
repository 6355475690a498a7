// The result of a devnet: one state, read from every validator at one peg height, as people and programs see it.

import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';

/** `APP_HASH_MISMATCH`: validators disagree about the state. `LEDGER_MISMATCH`: the peg's ledger is not the contract's. */
export type ResultErrorCode = 'APP_HASH_MISMATCH' | 'LEDGER_MISMATCH';

/** The `/state` document of the application, as far as the result shows it (docs/protocol.md). */
export interface StateDocument {
  readonly round: { readonly number: number; readonly startsAt: number; readonly endsAt: number; readonly limit: number };
  readonly matureEthBlock: number | null;
  readonly ethereum: { readonly nonce: number; readonly accumulator: Hex };
  readonly balances: Readonly<Record<Hex, string>>;
  readonly limits: Readonly<Record<Hex, { readonly orderLimit: number; readonly streamLimit: number }>>;
  readonly orderCounter: number;
  readonly validators: Readonly<Record<Hex, { readonly name: string; readonly power: number }>>;
  readonly lastBlockHeight: number;
  readonly lastBlockAppHash: string;
  readonly breach: { readonly height: number; readonly reason: string } | null;
}

export interface DevnetResult {
  readonly round: StateDocument['round'];
  readonly matureEthBlock: number | null;
  readonly accumulator: Hex;
  readonly balances: StateDocument['balances'];
  readonly limits: StateDocument['limits'];
  readonly orderCounter: number;
  readonly validators: readonly { address: Hex; name: string; power: number; height: number; appHash: string }[];
  readonly ethereum: { readonly chainId: number; readonly contract: Hex; readonly head: number };
  /** Milliseconds of each phase, and of all. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Puts the result together from one state document a validator (in the validators' order, all of one height). */
export function composeResult(
  states: readonly { readonly address: Hex; readonly state: StateDocument }[],
  ethereum: DevnetResult['ethereum'],
  timings: DevnetResult['timings'],
): DevnetResult {
  const state = states[0]?.state as StateDocument;
  const validators = states.map(({ address, state: own }) => ({
    address,
    name: own.validators[address]?.name ?? '',
    power: own.validators[address]?.power ?? 0,
    height: own.lastBlockHeight,
    appHash: own.lastBlockAppHash,
  }));
  const other = validators.find(({ appHash }) => appHash !== validators[0]?.appHash);
  if (other !== undefined) {
    const message = `${other.name} has app hash ${other.appHash} at height ${other.height}, ${validators[0]?.name} has ${validators[0]?.appHash}`;
    throw new CodedError<ResultErrorCode>('APP_HASH_MISMATCH', message, { height: other.height });
  }
  const { round, matureEthBlock, balances, limits, orderCounter } = state;
  return {
    round,
    matureEthBlock,
    accumulator: state.ethereum.accumulator,
    balances,
    limits,
    orderCounter,
    validators,
    ethereum,
    timings,
  };
}

/** The result for people: who may write how much, and that all agree. */
export function formatResult(result: DevnetResult): string {
  const rows = Object.entries(result.balances).map(([staker, balance]) => {
    const limit = result.limits[staker as Hex];
    return `  ${staker}  ${balance.padStart(24)}  ${String(limit?.orderLimit ?? 0).padStart(12)}  ${String(limit?.streamLimit ?? 0).padStart(7)}`;
  });
  const { round, validators } = result;
  return [
    `round ${round.number}: Ethereum blocks ${round.startsAt + 1} to ${round.endsAt}, ${round.limit} orders shared by stake`,
    `  ${'staker'.padEnd(42)}  ${'staked (base units)'.padStart(24)}  ${'order limit'.padStart(12)}  streams`,
    ...rows,
    `validators at height ${validators[0]?.height}`,
    ...validators.map(
      ({ name, power, appHash }) => `  ${name.padEnd(14)} power ${String(power).padStart(3)}  app hash ${appHash}`,
    ),
    `accumulator ${result.accumulator} (equal to the contract's at block ${result.matureEthBlock})`,
  ].join('\n');
}
