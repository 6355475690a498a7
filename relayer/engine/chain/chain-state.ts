// What the next block is built on: pure functions from genesis, and from each block and the application's answer to it.
// Validator updates of block H act at H + 2, parameter updates at H + 1.
// Source: CometBFT state/state.go, state/execution.go at v0.38.

import type { ResponseFinalizeBlock, ResponseInitChain, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import type { BlockID } from 'cosmjs-types/tendermint/types/types';
import { merkleRoot } from '../../abci/chain/merkle.ts';
import { parseTime, type Time } from '../../abci/chain/time.ts';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { type Bytes, equalBytes, fromHex } from '../../lib/bytes.ts';
import { EngineError } from '../errors.ts';
import { noBlockId, resultsHash } from './block-hashes.ts';
import { type ConsensusParams, genesisParams, updateParams } from './consensus-params.ts';
import { advanceProposer, newValidatorSet, type PowerChange, updateValidators, type ValidatorSet } from './validator-set.ts';

export interface ChainState {
  readonly chainId: string;
  readonly initialHeight: bigint;
  /** 0 before the first block. */
  readonly lastHeight: bigint;
  readonly lastBlockId: BlockID;
  /** Genesis time before the first block. */
  readonly lastTime: Time;
  /** The sets of the last, the next and the block after the next; `lastValidators` is undefined before the first block. */
  readonly lastValidators: ValidatorSet | undefined;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
  readonly params: ConsensusParams;
  /** Version of the application in the headers. */
  readonly appVersion: bigint;
  readonly lastResultsHash: Bytes;
  readonly appHash: Bytes;
}

/** State before InitChain; throws ENGINE_GENESIS_INVALID naming the field. */
export function genesisState(doc: GenesisDoc): ChainState {
  const lastTime = parseTime(doc.genesis_time);
  if (lastTime === undefined) throw invalid(`genesis_time is not RFC 3339: ${doc.genesis_time}`);
  if (doc.chain_id === '' || doc.chain_id.length > 50) throw invalid('chain_id must have 1 to 50 characters');
  const initialHeight = BigInt(doc.initial_height ?? '1');
  if (initialHeight < 1n) throw invalid(`initial_height must be at least 1, not ${initialHeight}`);
  const appHash = fromHex(doc.app_hash ?? '');
  if (appHash === undefined) throw invalid('app_hash is not hex');
  const validators = guarded('ENGINE_GENESIS_INVALID', () => newValidatorSet(genesisValidators(doc)));
  return {
    chainId: doc.chain_id,
    initialHeight,
    lastHeight: 0n,
    lastBlockId: noBlockId(),
    lastTime,
    lastValidators: undefined,
    validators,
    nextValidators: advanceProposer(validators, 1),
    params: genesisParams(doc),
    appVersion: genesisParams(doc).appVersion,
    lastResultsHash: new Uint8Array(),
    appHash,
  };
}

/** The validators a genesis document names; throws ENGINE_GENESIS_INVALID for an empty list or a key that is not ed25519. */
function genesisValidators(doc: GenesisDoc): PowerChange[] {
  if (doc.validators.length === 0) throw invalid('validators: at least one is needed');
  return doc.validators.map(({ pub_key, power, name }) => {
    const publicKey = Uint8Array.from(Buffer.from(pub_key.value, 'base64'));
    if (pub_key.type !== 'tendermint/PubKeyEd25519' || publicKey.length !== 32)
      throw invalid(`validators: the key of ${name === '' ? pub_key.value : name} is not an ed25519 key`);
    return { publicKey, power: BigInt(power) };
  });
}

/** `infoVersion` is the application's version in its answer to Info. */
export function afterInitChain(state: ChainState, response: ResponseInitChain, infoVersion: bigint): ChainState {
  const params = updateParams(state.params, response.consensusParams);
  const validators =
    response.validators.length === 0
      ? state.validators
      : guarded('ENGINE_APPLICATION_INVALID', () => newValidatorSet(powerChanges(response.validators, params)));
  return {
    ...state,
    validators,
    nextValidators: advanceProposer(validators, 1),
    params,
    appVersion: response.consensusParams === undefined ? infoVersion : params.appVersion,
    appHash: response.appHash.length > 0 ? response.appHash : state.appHash,
    lastResultsHash: merkleRoot([]),
  };
}

/** The state after `block`; throws ENGINE_APPLICATION_INVALID for an answer that CometBFT would refuse. */
export function afterBlock(state: ChainState, block: Block, blockId: BlockID, response: ResponseFinalizeBlock): ChainState {
  if (response.txResults.length !== block.data.txs.length)
    throw new EngineError(
      'ENGINE_APPLICATION_INVALID',
      `FinalizeBlock of height ${block.header.height} gave ${response.txResults.length} results for ${block.data.txs.length} transactions`,
    );
  const changes = powerChanges(response.validatorUpdates, state.params);
  const updated = guarded('ENGINE_APPLICATION_INVALID', () => updateValidators(state.nextValidators, changes));
  const params = updateParams(state.params, response.consensusParamUpdates);
  return {
    ...state,
    lastHeight: block.header.height,
    lastBlockId: blockId,
    lastTime: block.header.time,
    lastValidators: state.validators,
    validators: state.nextValidators,
    nextValidators: advanceProposer(updated, 1),
    params,
    appVersion: response.consensusParamUpdates === undefined ? state.appVersion : params.appVersion,
    lastResultsHash: resultsHash(response.txResults),
    appHash: response.appHash,
  };
}

export function nextHeight(state: ChainState): bigint {
  return state.lastHeight === 0n ? state.initialHeight : state.lastHeight + 1n;
}

/** With `create_empty_blocks = false` a block without transactions is still due at the start and after a changed app hash. */
export function needsProofBlock(state: ChainState, lastBlock: Block | undefined): boolean {
  return lastBlock === undefined || !equalBytes(state.appHash, lastBlock.header.appHash);
}

function powerChanges(updates: readonly ValidatorUpdate[], params: ConsensusParams): PowerChange[] {
  return updates.map(({ pubKey, power }) => {
    if (pubKey.ed25519 === undefined || pubKey.ed25519.length !== 32 || !params.pubKeyTypes.includes('ed25519'))
      throw new EngineError('ENGINE_APPLICATION_INVALID', 'a validator update has a key that is not ed25519');
    return { publicKey: pubKey.ed25519, power };
  });
}

function guarded<T>(code: 'ENGINE_GENESIS_INVALID' | 'ENGINE_APPLICATION_INVALID', build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) throw new EngineError(code, `validators: ${error.message}`, {}, { cause: error });
    throw error;
  }
}

function invalid(message: string): EngineError {
  return new EngineError('ENGINE_GENESIS_INVALID', message);
}
