// InitChain: from the engine's genesis to the first state. Pure but for the hash, which the store computes.

import type { RequestInitChain, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, type Hex, to0x } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { type AppState, parseAppState, writeGenesis } from '../peg/genesis.ts';
import { Overlay } from '../peg/overlay.ts';
import { networkDomain } from '../peg/signing.ts';
import type { ConsensusValidator, StateReader } from '../peg/types.ts';
import type { Change } from '../store/state-store.ts';
import type { ChainRecord } from './chain-record.ts';
import { consensusAddress } from './consensus-address.ts';
import { AbciError } from './errors.ts';

export interface GenesisState {
  readonly chain: ChainRecord;
  readonly initialHeight: bigint;
  /** Everything that the first state holds. */
  readonly changes: readonly Change[];
  /** 32 bytes. */
  readonly appHash: Bytes;
}

/**
 * Builds the first state over an empty one. Throws GENESIS_INVALID naming the field.
 *
 * @param empty reader of the store before its first commit
 * @param hash app hash of a set of changes over it
 */
export function genesisState(
  request: RequestInitChain,
  empty: StateReader,
  hash: (changes: readonly Change[]) => Bytes,
): GenesisState {
  const appState = readAppState(request.appStateBytes);
  const validators = readValidators(request.validators);
  const overlay = new Overlay(empty);
  writeGenesis(overlay, appState, validators);
  const changes = [...overlay.changes()];
  const appHash = hash(changes);
  const domain = networkDomain({
    chainId: appState.ethereum.chainId,
    stakingContract: appState.ethereum.stakingContract,
    pegChainId: request.chainId,
    genesisTimeNs: request.time.seconds * 1_000_000_000n + BigInt(request.time.nanos),
    genesisAppHash: to0x(appHash),
  });
  const chain = { chainId: request.chainId, domain };
  return { chain, initialHeight: request.initialHeight === 0n ? 1n : request.initialHeight, changes, appHash };
}

function readAppState(bytes: Bytes): AppState {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new AbciError('GENESIS_INVALID', `app_state of the genesis file is not JSON: ${describe(error)}`);
  }
  return parseAppState(value);
}

function readValidators(updates: readonly ValidatorUpdate[]): readonly ConsensusValidator[] {
  const seen = new Set<Hex>();
  const validators = updates.map(({ pubKey, power }, index) => {
    const key = pubKey.ed25519;
    if (key?.length !== 32)
      throw new AbciError('GENESIS_INVALID', `validators[${index}].pub_key is not an ed25519 key`, { index });
    const address = consensusAddress(key);
    if (power <= 0n)
      throw new AbciError('GENESIS_INVALID', `validators[${index}].power must be positive, not ${power}`, { address });
    if (seen.has(address))
      throw new AbciError('GENESIS_INVALID', `validators[${index}] is listed twice: ${address}`, { address });
    seen.add(address);
    return { address, publicKey: new Uint8Array(key), power };
  });
  if (validators.length === 0) throw new AbciError('GENESIS_INVALID', 'validators must not be empty');
  return validators;
}
