// The chain state as one record: JSON, with protobuf where CometBFT has a message for a part.

import { BlockID } from 'cosmjs-types/tendermint/types/types';
import { type Bytes, textBytes } from '../../lib/bytes.ts';
import type { ChainState } from '../chain/chain-state.ts';
import { decodeValidatorSet, encodeValidatorSet, type ValidatorSet } from '../chain/validator-set.ts';
import { EngineError } from '../errors.ts';

const FORMAT = 1;

/** Nodes in lockstep share their states, so that each is written out once. */
const RECORDS = new WeakMap<ChainState, Bytes>();

export function encodeState(state: ChainState): Bytes {
  const known = RECORDS.get(state);
  if (known !== undefined) return known;
  const record = recordOf(state);
  RECORDS.set(state, record);
  return record;
}

function recordOf(state: ChainState): Bytes {
  const { params } = state;
  return textBytes(
    JSON.stringify({
      format: FORMAT,
      chainId: state.chainId,
      initialHeight: String(state.initialHeight),
      lastHeight: String(state.lastHeight),
      lastBlockId: base64(BlockID.encode(state.lastBlockId).finish()),
      lastTime: [String(state.lastTime.seconds), state.lastTime.nanos],
      lastValidators: state.lastValidators === undefined ? null : base64(encodeValidatorSet(state.lastValidators)),
      validators: base64(encodeValidatorSet(state.validators)),
      nextValidators: base64(encodeValidatorSet(state.nextValidators)),
      params: {
        maxBytes: String(params.maxBytes),
        maxGas: String(params.maxGas),
        evidence: [params.evidence.maxAgeNumBlocks, params.evidence.maxAgeDurationNs, params.evidence.maxBytes].map(String),
        pubKeyTypes: params.pubKeyTypes,
        appVersion: String(params.appVersion),
      },
      appVersion: String(state.appVersion),
      lastResultsHash: base64(state.lastResultsHash),
      appHash: base64(state.appHash),
    }),
  );
}

/** Throws ENGINE_STORE_INVALID when the record is not one of this format. */
export function decodeState(record: Bytes): ChainState {
  try {
    const json = JSON.parse(new TextDecoder().decode(record));
    if (json.format !== FORMAT) throw new RangeError(`format ${json.format}`);
    const [maxAgeNumBlocks, maxAgeDurationNs, maxBytes] = json.params.evidence.map(BigInt);
    const set = (text: string): ValidatorSet => decodeValidatorSet(bytes(text));
    return {
      chainId: json.chainId,
      initialHeight: BigInt(json.initialHeight),
      lastHeight: BigInt(json.lastHeight),
      lastBlockId: BlockID.decode(bytes(json.lastBlockId)),
      lastTime: { seconds: BigInt(json.lastTime[0]), nanos: json.lastTime[1] },
      lastValidators: json.lastValidators === null ? undefined : set(json.lastValidators),
      validators: set(json.validators),
      nextValidators: set(json.nextValidators),
      params: {
        maxBytes: BigInt(json.params.maxBytes),
        maxGas: BigInt(json.params.maxGas),
        evidence: { maxAgeNumBlocks, maxAgeDurationNs, maxBytes },
        pubKeyTypes: json.params.pubKeyTypes,
        appVersion: BigInt(json.params.appVersion),
      },
      appVersion: BigInt(json.appVersion),
      lastResultsHash: bytes(json.lastResultsHash),
      appHash: bytes(json.appHash),
    };
  } catch (cause) {
    throw new EngineError('ENGINE_STORE_INVALID', 'the chain state in the block store cannot be read', {}, { cause });
  }
}

const base64 = (value: Bytes): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'base64'));
