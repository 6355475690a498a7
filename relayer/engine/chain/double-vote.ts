// Evidence that a validator signed twice, made with its own key: the only misbehaviour this engine can bring about.
// Source: CometBFT spec/core/data_structures.md (DuplicateVoteEvidence), types/evidence.go at v0.38.

import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import { type BlockID, SignedMsgType, type Vote } from 'cosmjs-types/tendermint/types/types';
import { voteSignBytes } from '../../abci/chain/sign-bytes.ts';
import { compareBytes, concatBytes } from '../../lib/bytes.ts';
import type { SealedBlock } from './block.ts';
import type { ConsensusKey } from './consensus-key.ts';
import { sha256 } from './sha256.ts';
import { findValidator, type ValidatorSet } from './validator-set.ts';

/** Two precommits of `key` in round 0 of `block`'s height: one for the block, one for a block that does not exist. */
export function duplicateVote(
  chainId: string,
  key: ConsensusKey,
  { block, id }: SealedBlock,
  validators: ValidatorSet,
): Evidence {
  const { height, time } = block.header;
  const index = validators.validators.findIndex(({ addressHex }) => addressHex === key.addressHex);
  const other: BlockID = { hash: sha256(id.hash), partSetHeader: { total: 1, hash: sha256(id.partSetHeader.hash) } };
  const vote = (blockId: BlockID): Vote => ({
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height,
    round: 0,
    blockId,
    timestamp: time,
    validatorAddress: key.address,
    validatorIndex: index,
    signature: key.sign(voteSignBytes(chainId, { height, round: 0, blockId, time })),
    extension: new Uint8Array(),
    extensionSignature: new Uint8Array(),
  });
  const keyOf = (blockId: BlockID) => concatBytes(blockId.hash, blockId.partSetHeader.hash);
  const [first, second] = compareBytes(keyOf(id), keyOf(other)) < 0 ? [id, other] : [other, id];
  return {
    duplicateVoteEvidence: {
      voteA: vote(first),
      voteB: vote(second),
      totalVotingPower: validators.totalPower,
      validatorPower: findValidator(validators, key.addressHex)?.power ?? 0n,
      timestamp: time,
    },
  };
}
