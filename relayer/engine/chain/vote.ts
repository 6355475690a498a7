// Votes: the bytes a validator signs, and the commit that precommits make.
// Source: CometBFT spec/core/data_structures.md (CanonicalVote), types/canonical.go at v0.38.

import { BinaryWriter } from 'cosmjs-types/binary';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { type BlockID, type Commit, type CommitSig, PartSetHeader } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import type { Bytes, Hex } from '../../lib/bytes.ts';
import { nanosOf, type Time, timeFromNanos, ZERO_TIME } from './time.ts';
import type { ValidatorSet } from './validator-set.ts';

/** Type of a precommit among signed messages; prevotes (1) are never signed here. */
const PRECOMMIT = 2;

/** A precommit as it is signed. */
export interface VoteContent {
  readonly height: bigint;
  readonly round: number;
  /** Undefined: a vote for no block. */
  readonly blockId: BlockID | undefined;
  readonly time: Time;
}

/** What is signed: length-prefixed CanonicalVote. Height and round are fixed-size there; an absent block id is left out. */
export function voteSignBytes(chainId: string, vote: VoteContent): Bytes {
  const canonical = BinaryWriter.create();
  canonical.uint32(8).int32(PRECOMMIT);
  if (vote.height !== 0n) canonical.uint32(17).sfixed64(vote.height);
  if (vote.round !== 0) canonical.uint32(25).sfixed64(BigInt(vote.round));
  if (vote.blockId !== undefined) {
    const id = canonical.uint32(34).fork();
    if (vote.blockId.hash.length > 0) id.uint32(10).bytes(vote.blockId.hash);
    PartSetHeader.encode(vote.blockId.partSetHeader, id.uint32(18).fork()).ldelim();
    id.ldelim();
  }
  Timestamp.encode(vote.time, canonical.uint32(42).fork()).ldelim();
  if (chainId !== '') canonical.uint32(50).string(chainId);
  return BinaryWriter.create().bytes(canonical.finish()).finish();
}

/** A precommit for the decided block. */
export interface Precommit {
  readonly time: Time;
  /** 64 bytes. */
  readonly signature: Bytes;
}

/** The commit of a block, one entry per validator in the set's order; who did not precommit it is absent. */
export function makeCommit(
  height: bigint,
  round: number,
  blockId: BlockID,
  validators: ValidatorSet,
  precommits: ReadonlyMap<Hex, Precommit>,
): Commit {
  const entry = (address: Bytes, precommit: Precommit | undefined): CommitSig =>
    precommit === undefined
      ? {
          blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
          validatorAddress: new Uint8Array(),
          timestamp: ZERO_TIME,
          signature: new Uint8Array(),
        }
      : {
          blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
          validatorAddress: address,
          timestamp: precommit.time,
          signature: precommit.signature,
        };
  const signatures = validators.validators.map(({ address, addressHex }) => entry(address, precommits.get(addressHex)));
  return { height, round, blockId, signatures };
}

/** A validator's clock, but later than the block it votes for: block time never stands still or runs back. */
export function voteTime(now: Time, blockTime: Time | undefined): Time {
  if (blockTime === undefined) return now;
  const earliest = nanosOf(blockTime) + 1_000_000n;
  return nanosOf(now) > earliest ? now : timeFromNanos(earliest);
}

/** BFT time: the median of the commit's vote times, weighted by power. Source: spec/consensus/bft-time.md. */
export function medianTime(commit: Commit, validators: ValidatorSet): Time {
  const votes: { time: Time; power: bigint }[] = [];
  let total = 0n;
  commit.signatures.forEach((signature, index) => {
    const power = validators.validators[index]?.power ?? 0n;
    if (signature.blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_ABSENT) return;
    votes.push({ time: signature.timestamp, power });
    total += power;
  });
  votes.sort((a, b) => (nanosOf(a.time) < nanosOf(b.time) ? -1 : nanosOf(a.time) > nanosOf(b.time) ? 1 : 0));
  let rest = total / 2n;
  for (const { time, power } of votes) {
    if (rest <= power) return time;
    rest -= power;
  }
  return ZERO_TIME;
}
