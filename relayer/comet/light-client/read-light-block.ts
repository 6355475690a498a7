// A light block from a node's JSON: the `signed_header` of `commit`, and the pages of `validators`. Shapes only; ranges and
// sizes are checked with the block (light-block.ts).
// Source: CometBFT rpc/core/types/responses.go, libs/json at v0.39.

import type { BlockID, Commit, CommitSig, Header } from 'cosmjs-types/tendermint/types/types';
import { parseTime, type Time } from '../../abci/chain/time.ts';
import { addressOfKey, type KeyPower } from '../../abci/chain/validators-hash.ts';
import { type Bytes, equalBytes, fromHex } from '../../lib/bytes.ts';
import { bigintOf, bytesOf, type Fields, fieldsOf, listOf, numberOf, textOf } from '../answer-fields.ts';
import { CometError } from '../errors.ts';

/** Header and commit of the answer to `commit`. Throws PEG_ANSWER_MALFORMED. */
export function readSignedBlock(result: unknown): { readonly header: Header; readonly commit: Commit } {
  const signed = fieldsOf(fieldsOf(result, 'commit').signed_header, 'signed_header');
  return { header: readHeader(fieldsOf(signed.header, 'header')), commit: readCommit(fieldsOf(signed.commit, 'commit')) };
}

/** One page of the answer to `validators`, and how many there are in all. Throws PEG_ANSWER_MALFORMED. */
export function readValidatorPage(result: unknown): { readonly total: number; readonly validators: readonly KeyPower[] } {
  const answer = fieldsOf(result, 'validators');
  return { total: numberOf(answer, 'total'), validators: listOf(answer, 'validators').map(readValidator) };
}

function readValidator(item: unknown): KeyPower {
  const fields = fieldsOf(item, 'validators');
  const key = fieldsOf(fields.pub_key, 'pub_key');
  if (textOf(key, 'type') !== 'tendermint/PubKeyEd25519') throw malformed('pub_key.type', 'tendermint/PubKeyEd25519');
  const publicKey = bytesOf(key, 'value');
  if (!equalBytes(addressOfKey(publicKey), hexBytes(fields, 'address'))) throw malformed('address', 'the address of the key');
  return { publicKey, power: bigintOf(fields, 'voting_power') };
}

function readHeader(fields: Fields): Header {
  const version = fieldsOf(fields.version, 'version');
  return {
    version: { block: bigintOf(version, 'block'), app: bigintOf(version, 'app') },
    chainId: textOf(fields, 'chain_id'),
    height: bigintOf(fields, 'height'),
    time: readTime(fields, 'time'),
    lastBlockId: readBlockId(fields.last_block_id, 'last_block_id'),
    lastCommitHash: hexBytes(fields, 'last_commit_hash'),
    dataHash: hexBytes(fields, 'data_hash'),
    validatorsHash: hexBytes(fields, 'validators_hash'),
    nextValidatorsHash: hexBytes(fields, 'next_validators_hash'),
    consensusHash: hexBytes(fields, 'consensus_hash'),
    appHash: hexBytes(fields, 'app_hash'),
    lastResultsHash: hexBytes(fields, 'last_results_hash'),
    evidenceHash: hexBytes(fields, 'evidence_hash'),
    proposerAddress: hexBytes(fields, 'proposer_address'),
  };
}

function readCommit(fields: Fields): Commit {
  return {
    height: bigintOf(fields, 'height'),
    round: numberOf(fields, 'round'),
    blockId: readBlockId(fields.block_id, 'block_id'),
    signatures: listOf(fields, 'signatures').map(readVote),
  };
}

function readVote(item: unknown): CommitSig {
  const fields = fieldsOf(item, 'signatures');
  return {
    blockIdFlag: numberOf(fields, 'block_id_flag'),
    validatorAddress: hexBytes(fields, 'validator_address'),
    timestamp: readTime(fields, 'timestamp'),
    signature: bytesOf(fields, 'signature'),
  };
}

function readBlockId(value: unknown, name: string): BlockID {
  const fields = fieldsOf(value, name);
  const parts = fieldsOf(fields.parts, 'parts');
  return {
    hash: hexBytes(fields, 'hash'),
    partSetHeader: { total: numberOf(parts, 'total'), hash: hexBytes(parts, 'hash') },
  };
}

function readTime(fields: Fields, name: string): Time {
  const time = parseTime(textOf(fields, name));
  if (time === undefined) throw malformed(name, 'a time as in RFC 3339');
  return time;
}

function hexBytes(fields: Fields, name: string): Bytes {
  const bytes = fromHex(textOf(fields, name));
  if (bytes === undefined) throw malformed(name, 'hex');
  return bytes;
}

function malformed(name: string, expected: string): CometError {
  return new CometError('PEG_ANSWER_MALFORMED', `the node answered something else than ${expected} for ${name}`, { name });
}
