// A light client of the tests' own: recomputes hashes and checks commits from the JSON of a node, with the protobuf codecs of
// cosmjs-types and the curve of @noble/curves. It stays beside the project's light client because that shares its formats
// (relayer/abci/chain) with the engine: here is the code that shares none with either of the two it judges.
// Source: CometBFT spec/core/{data_structures,encoding}.md, spec/light-client at v0.38.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { BinaryWriter } from 'cosmjs-types/binary';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { BlockID, CommitSig } from 'cosmjs-types/tendermint/types/types';
import { SimpleValidator } from 'cosmjs-types/tendermint/types/validator';
import { Consensus } from 'cosmjs-types/tendermint/version/types';

// biome-ignore lint/suspicious/noExplicitAny: the answers of a node, whose shape is what the tests check
export type Json = any;

const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const upper = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** RFC 6962, recursively, as the RFC writes it. */
export function merkleTreeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return sha256(join(Uint8Array.of(0), leaves[0] as Uint8Array));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(join(Uint8Array.of(1), merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k))));
}

export function timestampOf(text: string): Timestamp {
  const [, whole = '', fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(text) ?? [];
  return { seconds: BigInt(Date.parse(`${whole}Z`) / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}

function blockIdOf(json: Json): BlockID {
  return { hash: fromHex(json.hash), partSetHeader: { total: json.parts.total, hash: fromHex(json.parts.hash) } };
}

/** The block hash, upper-case hex, from a header in JSON. */
export function headerHashOf(header: Json): string {
  const bytes = (text: string) =>
    text === '' ? new Uint8Array() : BinaryWriter.create().uint32(10).bytes(fromHex(text)).finish();
  const version = { block: BigInt(header.version.block), app: BigInt(header.version.app ?? 0) };
  return upper(
    merkleTreeHash([
      Consensus.encode(version).finish(),
      BinaryWriter.create().uint32(10).string(header.chain_id).finish(),
      BinaryWriter.create().uint32(8).int64(BigInt(header.height)).finish(),
      Timestamp.encode(timestampOf(header.time)).finish(),
      BlockID.encode(blockIdOf(header.last_block_id)).finish(),
      bytes(header.last_commit_hash),
      bytes(header.data_hash),
      bytes(header.validators_hash),
      bytes(header.next_validators_hash),
      bytes(header.consensus_hash),
      bytes(header.app_hash),
      bytes(header.last_results_hash),
      bytes(header.evidence_hash),
      bytes(header.proposer_address),
    ]),
  );
}

export function validatorsHashOf(validators: readonly Json[]): string {
  const leaf = ({ pub_key, voting_power }: Json) =>
    SimpleValidator.encode({ pubKey: { ed25519: fromBase64(pub_key.value) }, votingPower: BigInt(voting_power) }).finish();
  return upper(merkleTreeHash(validators.map(leaf)));
}

export function dataHashOf(txs: readonly string[]): string {
  return upper(merkleTreeHash(txs.map((tx) => sha256(fromBase64(tx)))));
}

export function commitHashOf(commit: Json): string {
  const leaf = ({ block_id_flag, validator_address, timestamp, signature }: Json) =>
    CommitSig.encode({
      blockIdFlag: block_id_flag,
      validatorAddress: fromHex(validator_address),
      timestamp: timestampOf(timestamp),
      signature: fromBase64(signature ?? ''),
    }).finish();
  return upper(merkleTreeHash(commit.signatures.map(leaf)));
}

/** Whether validators with more than 2/3 of the power signed this block; throws on any signature that is wrong. */
export function verifyCommit(chainId: string, commit: Json, validators: readonly Json[]): boolean {
  if (commit.signatures.length !== validators.length) throw new Error('commit and validator set differ in size');
  let [signed, total] = [0n, 0n];
  commit.signatures.forEach((vote: Json, index: number) => {
    const { address, pub_key, voting_power } = validators[index];
    total += BigInt(voting_power);
    if (vote.block_id_flag === 1) return;
    if (vote.validator_address !== address) throw new Error(`vote ${index} is not of ${address}`);
    const message = signBytes(chainId, commit, vote);
    if (!ed25519.verify(fromBase64(vote.signature), message, fromBase64(pub_key.value)))
      throw new Error(`signature ${index} is wrong`);
    if (vote.block_id_flag === 2) signed += BigInt(voting_power);
  });
  return 3n * signed > 2n * total;
}

function signBytes(chainId: string, { height, round, block_id }: Json, vote: Json): Uint8Array {
  const message = BinaryWriter.create().uint32(8).int32(2).uint32(17).sfixed64(BigInt(height));
  if (round !== 0) message.uint32(25).sfixed64(BigInt(round));
  // CanonicalBlockID has BlockID's fields under the same numbers.
  if (vote.block_id_flag === 2) message.uint32(34).bytes(BlockID.encode(blockIdOf(block_id)).finish());
  message.uint32(42).bytes(Timestamp.encode(timestampOf(vote.timestamp)).finish());
  message.uint32(50).string(chainId);
  return BinaryWriter.create().bytes(message.finish()).finish();
}
