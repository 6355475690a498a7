// Blocks, commits, validators, answers of the application as CometBFT's JSON: int64 as strings, int32 as numbers, bytes in
// base64, hashes and addresses in upper-case hex, Go's nil slices as null.
// Source: CometBFT libs/json, rpc/core/types, types/*.go at v0.38; checked against answers of v0.39.4.

import type {
  Event,
  ExecTxResult,
  ResponseCheckTx,
  ResponseInfo,
  ResponseQuery,
  ValidatorUpdate,
} from 'cosmjs-types/tendermint/abci/types';
import { DuplicateVoteEvidence, type Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { ConsensusParams } from 'cosmjs-types/tendermint/types/params';
import type { BlockID, Commit, Header, Vote } from 'cosmjs-types/tendermint/types/types';
import { leafHash, merkleAunts } from '../../abci/chain/merkle.ts';
import { formatTime, nanosOf } from '../../abci/chain/time.ts';
import { type Bytes, toHex } from '../../lib/bytes.ts';
import type { SealedBlock } from '../chain/block.ts';
import { transactionsHash } from '../chain/block-hashes.ts';
import { sha256 } from '../chain/sha256.ts';
import type { Validator } from '../chain/validator-set.ts';

export const upperHex = (bytes: Bytes): string => toHex(bytes).toUpperCase();
export const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString('base64');
/** Go's nil slice. */
export const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);
const base64OrNull = (bytes: Bytes): string | null => (bytes.length === 0 ? null : base64(bytes));

export function blockIdJson({ hash, partSetHeader }: BlockID) {
  return { hash: upperHex(hash), parts: { total: partSetHeader.total, hash: upperHex(partSetHeader.hash) } };
}

export function headerJson(header: Header) {
  const { block, app } = header.version;
  return {
    version: { block: String(block), ...(app === 0n ? {} : { app: String(app) }) },
    chain_id: header.chainId,
    height: String(header.height),
    time: formatTime(header.time),
    last_block_id: blockIdJson(header.lastBlockId),
    last_commit_hash: upperHex(header.lastCommitHash),
    data_hash: upperHex(header.dataHash),
    validators_hash: upperHex(header.validatorsHash),
    next_validators_hash: upperHex(header.nextValidatorsHash),
    consensus_hash: upperHex(header.consensusHash),
    app_hash: upperHex(header.appHash),
    last_results_hash: upperHex(header.lastResultsHash),
    evidence_hash: upperHex(header.evidenceHash),
    proposer_address: upperHex(header.proposerAddress),
  };
}

export function commitJson({ height, round, blockId, signatures }: Commit) {
  return {
    height: String(height),
    round,
    block_id: blockIdJson(blockId),
    signatures: signatures.map(({ blockIdFlag, validatorAddress, timestamp, signature }) => ({
      block_id_flag: blockIdFlag,
      validator_address: upperHex(validatorAddress),
      timestamp: formatTime(timestamp),
      signature: base64OrNull(signature),
    })),
  };
}

export function blockJson({ block }: SealedBlock) {
  return {
    header: headerJson(block.header),
    data: { txs: block.data.txs.map(base64) },
    evidence: { evidence: block.evidence.evidence.map(evidenceJson) },
    last_commit: block.lastCommit === undefined ? null : commitJson(block.lastCommit),
  };
}

export function blockMetaJson({ block, id, encoded }: SealedBlock) {
  return {
    block_id: blockIdJson(id),
    block_size: String(encoded.length),
    header: headerJson(block.header),
    num_txs: String(block.data.txs.length),
  };
}

export function publicKeyJson(publicKey: Bytes) {
  return { type: 'tendermint/PubKeyEd25519', value: base64(publicKey) };
}

export function validatorJson({ address, publicKey, power, priority }: Validator) {
  return {
    address: upperHex(address),
    pub_key: publicKeyJson(publicKey),
    voting_power: String(power),
    proposer_priority: String(priority),
  };
}

/** All parameters; `authority` is v0.39's, which no application of this engine can set. */
export function paramsJson(params: ConsensusParams) {
  return { ...paramsUpdateJson(params), authority: { authority: '' } };
}

/** What an application changes: the groups that it names. */
export function paramsUpdateJson({ block, evidence, validator, version, abci }: ConsensusParams) {
  return {
    ...(block && { block: { max_bytes: String(block.maxBytes), max_gas: String(block.maxGas) } }),
    ...(evidence && {
      evidence: {
        max_age_num_blocks: String(evidence.maxAgeNumBlocks),
        max_age_duration: String(nanosOf(evidence.maxAgeDuration)),
        max_bytes: String(evidence.maxBytes),
      },
    }),
    ...(validator && { validator: { pub_key_types: validator.pubKeyTypes } }),
    ...(version && { version: { app: String(version.app) } }),
    ...(abci && { abci: { vote_extensions_enable_height: String(abci.voteExtensionsEnableHeight) } }),
  };
}

export function eventsJson(events: readonly Event[]) {
  return events.map(({ type, attributes }) => ({
    type,
    attributes: attributes.map(({ key, value, index }) => ({ key, value, index })),
  }));
}

/** Of an executed transaction or of CheckTx. */
export function resultJson(result: ExecTxResult | ResponseCheckTx) {
  return {
    code: result.code,
    data: base64OrNull(result.data),
    log: result.log,
    info: result.info,
    gas_wanted: String(result.gasWanted),
    gas_used: String(result.gasUsed),
    events: eventsJson(result.events),
    codespace: result.codespace,
  };
}

/** The result of a transaction that was never executed. */
export function noResultJson() {
  return { code: 0, data: null, log: '', info: '', gas_wanted: '0', gas_used: '0', events: [], codespace: '' };
}

export function queryJson(response: ResponseQuery) {
  return {
    code: response.code,
    log: response.log,
    info: response.info,
    index: String(response.index),
    key: base64OrNull(response.key),
    value: base64OrNull(response.value),
    proofOps:
      response.proofOps === undefined
        ? null
        : {
            ops: response.proofOps.ops.map(({ type, key, data }) => ({ type, key: base64OrNull(key), data: base64OrNull(data) })),
          },
    height: String(response.height),
    codespace: response.codespace,
  };
}

/** Empty fields are left out, as Go's omitempty does. */
export function infoJson({ data, version, appVersion, lastBlockHeight, lastBlockAppHash }: ResponseInfo) {
  return {
    ...(data === '' ? {} : { data }),
    ...(version === '' ? {} : { version }),
    ...(appVersion === 0n ? {} : { app_version: String(appVersion) }),
    ...(lastBlockHeight === 0n ? {} : { last_block_height: String(lastBlockHeight) }),
    ...(lastBlockAppHash.length === 0 ? {} : { last_block_app_hash: base64(lastBlockAppHash) }),
  };
}

export function validatorUpdateJson({ pubKey, power }: ValidatorUpdate) {
  const key = {
    Sum: { type: 'tendermint.crypto.PublicKey_Ed25519', value: { ed25519: base64(pubKey.ed25519 ?? new Uint8Array()) } },
  };
  return { pub_key: key, ...(power === 0n ? {} : { power: String(power) }) };
}

/** Proof that transaction `index` is in a block with these transactions. */
export function proofJson(txs: readonly Bytes[], index: number) {
  const hashes = txs.map((tx) => sha256(tx));
  return {
    root_hash: upperHex(transactionsHash(txs)),
    data: base64(txs[index] as Bytes),
    proof: {
      total: String(txs.length),
      index: String(index),
      leaf_hash: base64(leafHash(hashes[index] as Bytes)),
      aunts: merkleAunts(hashes, index).map(base64),
    },
  };
}

function evidenceJson({ duplicateVoteEvidence: found = NO_EVIDENCE }: Evidence) {
  return {
    type: 'tendermint/DuplicateVoteEvidence',
    value: {
      vote_a: found.voteA && voteJson(found.voteA),
      vote_b: found.voteB && voteJson(found.voteB),
      TotalVotingPower: String(found.totalVotingPower),
      ValidatorPower: String(found.validatorPower),
      Timestamp: formatTime(found.timestamp),
    },
  };
}

const NO_EVIDENCE = DuplicateVoteEvidence.fromPartial({});

function voteJson(vote: Vote) {
  return {
    type: vote.type,
    height: String(vote.height),
    round: vote.round,
    block_id: blockIdJson(vote.blockId),
    timestamp: formatTime(vote.timestamp),
    validator_address: upperHex(vote.validatorAddress),
    validator_index: vote.validatorIndex,
    signature: base64OrNull(vote.signature),
    extension: base64OrNull(vote.extension),
    extension_signature: base64OrNull(vote.extensionSignature),
  };
}
