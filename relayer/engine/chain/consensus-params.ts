// Consensus parameters, complete: what genesis leaves out takes CometBFT's default; the application may change them.
// Source: CometBFT types/params.go at v0.38.

import type { ConsensusParams as ConsensusParamsRecord } from 'cosmjs-types/tendermint/types/params';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { EngineError } from '../errors.ts';

export interface ConsensusParams {
  /** Bytes of a block, −1 for the engine's own limit. */
  readonly maxBytes: bigint;
  /** Gas of a block, −1 for no limit. */
  readonly maxGas: bigint;
  readonly evidence: { readonly maxAgeNumBlocks: bigint; readonly maxAgeDurationNs: bigint; readonly maxBytes: bigint };
  readonly pubKeyTypes: readonly string[];
  readonly appVersion: bigint;
}

/** CometBFT's hard limit for a block, in bytes. */
export const MAX_BLOCK_BYTES = 104_857_600n;

const DEFAULTS: ConsensusParams = {
  maxBytes: 22_020_096n,
  maxGas: -1n,
  evidence: { maxAgeNumBlocks: 100_000n, maxAgeDurationNs: 172_800_000_000_000n, maxBytes: 1_048_576n },
  pubKeyTypes: ['ed25519'],
  appVersion: 0n,
};

const NS = 1_000_000_000n;

export function genesisParams(doc: GenesisDoc): ConsensusParams {
  const given = doc.consensus_params;
  if (given === undefined) return DEFAULTS;
  if (BigInt(given.abci?.vote_extensions_enable_height ?? 0) !== 0n)
    throw new EngineError(
      'ENGINE_GENESIS_INVALID',
      'the embedded engine has no vote extensions: abci.vote_extensions_enable_height must be 0',
    );
  const params: ConsensusParams = {
    maxBytes: BigInt(given.block.max_bytes),
    maxGas: BigInt(given.block.max_gas),
    evidence: {
      maxAgeNumBlocks: BigInt(given.evidence.max_age_num_blocks),
      maxAgeDurationNs: BigInt(given.evidence.max_age_duration),
      maxBytes: BigInt(given.evidence.max_bytes),
    },
    pubKeyTypes: given.validator.pub_key_types,
    appVersion: BigInt(given.version?.app ?? 0),
  };
  const problem = problemOf(params);
  if (problem !== undefined) throw new EngineError('ENGINE_GENESIS_INVALID', `consensus_params: ${problem}`);
  return params;
}

/** The parameters after an application's update; throws ENGINE_APPLICATION_INVALID for values that CometBFT refuses. */
export function updateParams(params: ConsensusParams, update: ConsensusParamsRecord | undefined): ConsensusParams {
  if (update === undefined) return params;
  if ((update.abci?.voteExtensionsEnableHeight ?? 0n) !== 0n)
    throw new EngineError(
      'ENGINE_APPLICATION_INVALID',
      'the application asks for vote extensions, which the embedded engine does not have',
    );
  const updated: ConsensusParams = {
    maxBytes: update.block?.maxBytes ?? params.maxBytes,
    maxGas: update.block?.maxGas ?? params.maxGas,
    evidence:
      update.evidence === undefined
        ? params.evidence
        : {
            maxAgeNumBlocks: update.evidence.maxAgeNumBlocks,
            maxAgeDurationNs: update.evidence.maxAgeDuration.seconds * NS + BigInt(update.evidence.maxAgeDuration.nanos),
            maxBytes: update.evidence.maxBytes,
          },
    pubKeyTypes: update.validator?.pubKeyTypes ?? params.pubKeyTypes,
    appVersion: update.version?.app ?? params.appVersion,
  };
  const problem = problemOf(updated);
  if (problem !== undefined) throw new EngineError('ENGINE_APPLICATION_INVALID', `consensus parameter update: ${problem}`);
  return updated;
}

export function paramsRecord(params: ConsensusParams): ConsensusParamsRecord {
  const { maxAgeNumBlocks, maxAgeDurationNs, maxBytes } = params.evidence;
  return {
    block: { maxBytes: params.maxBytes, maxGas: params.maxGas },
    evidence: {
      maxAgeNumBlocks,
      maxAgeDuration: { seconds: maxAgeDurationNs / NS, nanos: Number(maxAgeDurationNs % NS) },
      maxBytes,
    },
    validator: { pubKeyTypes: [...params.pubKeyTypes] },
    version: { app: params.appVersion },
    abci: { voteExtensionsEnableHeight: 0n },
  };
}

/** Bytes of a block that are left for transactions, with what CometBFT reserves for header, commit and evidence. */
export function maxDataBytes(params: ConsensusParams, evidenceBytes: number, validators: number): bigint {
  const block = params.maxBytes === -1n ? MAX_BLOCK_BYTES : params.maxBytes;
  return block - 11n - 626n - (94n + 144n * BigInt(validators)) - BigInt(evidenceBytes);
}

function problemOf({ maxBytes, maxGas, evidence, pubKeyTypes }: ConsensusParams): string | undefined {
  if (maxBytes === 0n || maxBytes < -1n || maxBytes > MAX_BLOCK_BYTES) return `block.max_bytes cannot be ${maxBytes}`;
  if (maxGas < -1n) return `block.max_gas cannot be ${maxGas}`;
  if (evidence.maxAgeNumBlocks <= 0n) return `evidence.max_age_num_blocks cannot be ${evidence.maxAgeNumBlocks}`;
  if (evidence.maxAgeDurationNs <= 0n) return `evidence.max_age_duration cannot be ${evidence.maxAgeDurationNs}`;
  if (evidence.maxBytes < 0n || evidence.maxBytes > (maxBytes === -1n ? MAX_BLOCK_BYTES : maxBytes))
    return `evidence.max_bytes cannot be ${evidence.maxBytes}`;
  if (!pubKeyTypes.includes('ed25519')) return 'validator.pub_key_types must have ed25519, the only type this engine signs with';
  return undefined;
}
