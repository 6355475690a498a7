// The bytes that a validator signs when it precommits a block. Needs no module of Node; the light client uses it in browsers.
// Source: CometBFT spec/core/data_structures.md (CanonicalVote), types/canonical.go at v0.38.

import { BinaryWriter } from 'cosmjs-types/binary';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { type BlockID, PartSetHeader } from 'cosmjs-types/tendermint/types/types';
import type { Bytes } from '../../lib/bytes.ts';
import type { Time } from './time.ts';

/** Type of a precommit among signed messages; prevotes (1) are not in commits. */
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
