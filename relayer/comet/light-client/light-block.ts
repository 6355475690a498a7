// What a light client sees of a block: header, the commit for it, and the validators of its height; and whether the three fit
// together. This says nothing about trust, only that what is signed is what is shown: every field is within the range in
// which its encoding is unique, so that no two different blocks have one hash.
// Source: CometBFT types/{light,block,validator_set,vote}.go (ValidateBasic) at v0.39.

import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import type { BlockID, Commit, CommitSig, Header } from 'cosmjs-types/tendermint/types/types';
import { BLOCK_PROTOCOL, headerHash } from '../../abci/chain/header-hash.ts';
import { type KeyPower, MAX_TOTAL_POWER, validatorsRoot } from '../../abci/chain/validators-hash.ts';
import { type Bytes, equalBytes, to0x, toHex } from '../../lib/bytes.ts';
import { LightError } from './errors.ts';

export interface LightBlock {
  readonly header: Header;
  readonly commit: Commit;
  /** Of the header's height, in the engine's order. */
  readonly validators: readonly KeyPower[];
}

/** CometBFT's limit for validators, and so for votes in a commit. */
export const MOST_VALIDATORS = 10_000;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_UINT32 = 2 ** 32 - 1;
/** The years 1 to 9999, in seconds: what google.protobuf.Timestamp can hold. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;
/** Flags of a vote: absent, for the block, for no block. */
export const ABSENT = 1;
export const FOR_BLOCK = 2;
export const FOR_NONE = 3;

/**
 * The block's hash, when header, commit and validators are well-formed and belong together. Throws BLOCK_MALFORMED,
 * CHAIN_ID_DIFFERS, HEIGHT_DIFFERS, HASH_MISMATCH.
 */
export function checkLightBlock({ header, commit, validators }: LightBlock, chainId: string): Bytes {
  checkHeader(header);
  checkCommit(commit);
  checkValidators(validators);
  if (header.chainId !== chainId)
    throw new LightError('CHAIN_ID_DIFFERS', `the header belongs to chain "${header.chainId}", not "${chainId}"`);
  if (commit.height !== header.height)
    throw new LightError('HEIGHT_DIFFERS', `the header is of height ${header.height}, the commit of height ${commit.height}`);
  const hash = headerHash(header);
  if (!equalBytes(hash, commit.blockId.hash))
    throw new LightError('HASH_MISMATCH', `header ${header.height} hashes to ${to0x(hash)}, its commit is for another block`);
  if (!equalBytes(validatorsRoot(validators), header.validatorsHash))
    throw new LightError('HASH_MISMATCH', `the validators shown for height ${header.height} are not those of the header`);
  return hash;
}

function checkHeader(header: Header): void {
  const { version, height, time, lastBlockId } = header;
  demand(version.block === BLOCK_PROTOCOL, 'version.block');
  demand(version.app >= 0n && version.app <= MAX_UINT64, 'version.app');
  demand(header.chainId.length <= 50, 'chain_id');
  demand(height >= 1n && height <= MAX_INT64, 'height');
  checkTime(time, 'time');
  // Only the first block has no predecessor; whether this one may lack it follows from the hash.
  checkBlockId(lastBlockId, 'last_block_id', lastBlockId.hash.length === 0);
  for (const field of ['lastCommitHash', 'dataHash', 'consensusHash', 'lastResultsHash', 'evidenceHash'] as const)
    demand(header[field].length === 0 || header[field].length === 32, field);
  for (const field of ['validatorsHash', 'nextValidatorsHash'] as const) demand(header[field].length === 32, field);
  demand(header.proposerAddress.length === 20, 'proposer_address');
}

function checkCommit({ height, round, blockId, signatures }: Commit): void {
  demand(height >= 1n && height <= MAX_INT64, 'commit.height');
  demand(Number.isInteger(round) && round >= 0 && round <= MAX_INT32, 'commit.round');
  checkBlockId(blockId, 'commit.block_id', false);
  demand(signatures.length > 0 && signatures.length <= MOST_VALIDATORS, 'commit.signatures');
  signatures.forEach(checkVote);
}

function checkVote({ blockIdFlag, validatorAddress, timestamp, signature }: CommitSig, index: number): void {
  const field = `commit.signatures[${index}]`;
  const flag: number = blockIdFlag;
  demand(flag === ABSENT || flag === FOR_BLOCK || flag === FOR_NONE, `${field}.block_id_flag`);
  if (flag === ABSENT) {
    demand(validatorAddress.length === 0 && signature.length === 0, field);
    demand(timestamp.seconds === FIRST_SECOND && timestamp.nanos === 0, `${field}.timestamp`);
  } else {
    demand(validatorAddress.length === 20, `${field}.validator_address`);
    demand(signature.length === 64, `${field}.signature`);
    checkTime(timestamp, `${field}.timestamp`);
  }
}

function checkValidators(validators: readonly KeyPower[]): void {
  demand(validators.length > 0 && validators.length <= MOST_VALIDATORS, 'validators');
  const keys = new Set<string>();
  let total = 0n;
  validators.forEach(({ publicKey, power }, index) => {
    demand(publicKey.length === 32, `validators[${index}].pub_key`);
    demand(power >= 1n && power <= MAX_TOTAL_POWER, `validators[${index}].voting_power`);
    keys.add(toHex(publicKey));
    total += power;
  });
  demand(keys.size === validators.length, 'validators: a key is there twice');
  demand(total <= MAX_TOTAL_POWER, 'validators: total power');
}

function checkBlockId({ hash, partSetHeader: { total, hash: parts } }: BlockID, field: string, none: boolean): void {
  demand(hash.length === (none ? 0 : 32), `${field}.hash`);
  demand(Number.isInteger(total) && total <= MAX_UINT32 && (none ? total === 0 : total > 0), `${field}.parts.total`);
  demand(parts.length === (none ? 0 : 32), `${field}.parts.hash`);
}

function checkTime({ seconds, nanos }: Timestamp, field: string): void {
  demand(seconds >= FIRST_SECOND && seconds <= LAST_SECOND, field);
  demand(Number.isInteger(nanos) && nanos >= 0 && nanos < 1_000_000_000, field);
}

function demand(holds: boolean, field: string): void {
  if (!holds) throw new LightError('BLOCK_MALFORMED', `the block is malformed: ${field}`, { field });
}
