// Building a block on a state, and telling an application about it.

import type { CommitInfo, ExtendedCommitInfo, Misbehavior } from 'cosmjs-types/tendermint/abci/types';
import { MisbehaviorType } from 'cosmjs-types/tendermint/abci/types';
import { Block } from 'cosmjs-types/tendermint/types/block';
import { type Evidence, Evidence as EvidenceRecord } from 'cosmjs-types/tendermint/types/evidence';
import type { BlockID, Commit } from 'cosmjs-types/tendermint/types/types';
import { BLOCK_PROTOCOL } from '../../abci/chain/header-hash.ts';
import type { Bytes } from '../../lib/bytes.ts';
import { blockIdOf, commitHash, consensusHash, evidenceHash, noBlockId, transactionsHash } from './block-hashes.ts';
import { type ChainState, nextHeight } from './chain-state.ts';
import { type ValidatorSet, validatorsHash } from './validator-set.ts';
import { medianTime } from './vote.ts';

/** A block with its id and its encoding, which is what the id's parts and the stores are made of. */
export interface SealedBlock {
  readonly block: Block;
  readonly id: BlockID;
  readonly encoded: Bytes;
}

/** The commit that the first block of a chain carries. */
export function emptyCommit(): Commit {
  return { height: 0n, round: 0, blockId: noBlockId(), signatures: [] };
}

/** The next block on `state`. Its time is the median of the last commit's votes, genesis time for the first. */
export function makeBlock(
  state: ChainState,
  txs: readonly Bytes[],
  lastCommit: Commit,
  evidence: readonly Evidence[],
  proposer: Bytes,
): SealedBlock {
  const block: Block = {
    header: {
      version: { block: BLOCK_PROTOCOL, app: state.appVersion },
      chainId: state.chainId,
      height: nextHeight(state),
      time: state.lastValidators === undefined ? state.lastTime : medianTime(lastCommit, state.lastValidators),
      lastBlockId: state.lastBlockId,
      lastCommitHash: commitHash(lastCommit),
      dataHash: transactionsHash(txs),
      validatorsHash: validatorsHash(state.validators),
      nextValidatorsHash: validatorsHash(state.nextValidators),
      consensusHash: consensusHash(state.params),
      appHash: state.appHash,
      lastResultsHash: state.lastResultsHash,
      evidenceHash: evidenceHash(evidence),
      proposerAddress: proposer,
    },
    data: { txs: [...txs] },
    evidence: { evidence: [...evidence] },
    lastCommit,
  };
  return sealBlock(block);
}

export function sealBlock(block: Block): SealedBlock {
  const encoded = Block.encode(block).finish();
  return { block, id: blockIdOf(block, encoded), encoded };
}

export function readBlock(encoded: Bytes): SealedBlock {
  const block = Block.decode(encoded);
  return { block, id: blockIdOf(block, encoded), encoded };
}

/** Who of the last block's validators signed it: `decided_last_commit` and `proposed_last_commit`. */
export function commitInfo(commit: Commit, validators: ValidatorSet | undefined): CommitInfo {
  return {
    round: commit.round,
    votes: commit.signatures.map((signature, index) => ({
      validator: memberOf(validators, index),
      blockIdFlag: signature.blockIdFlag,
    })),
  };
}

/** The same for the proposer, with room for the vote extensions that this engine does not have. */
export function extendedCommitInfo(commit: Commit, validators: ValidatorSet | undefined): ExtendedCommitInfo {
  const { round, votes } = commitInfo(commit, validators);
  const nothing = { voteExtension: new Uint8Array(), extensionSignature: new Uint8Array() };
  return { round, votes: votes.map((vote) => ({ ...vote, ...nothing })) };
}

function memberOf(validators: ValidatorSet | undefined, index: number): { address: Bytes; power: bigint } {
  const validator = validators?.validators[index];
  if (validator === undefined) throw new RangeError(`the commit has more votes than validators (${index})`);
  return { address: validator.address, power: validator.power };
}

/** Evidence as an application hears of it. */
export function misbehaviorOf(evidence: readonly Evidence[]): Misbehavior[] {
  return evidence.flatMap(({ duplicateVoteEvidence: found }) =>
    found?.voteA === undefined
      ? []
      : [
          {
            type: MisbehaviorType.DUPLICATE_VOTE,
            validator: { address: found.voteA.validatorAddress, power: found.validatorPower },
            height: found.voteA.height,
            time: found.timestamp,
            totalVotingPower: found.totalVotingPower,
          },
        ],
  );
}

/** Bytes that `evidence` takes in a block. */
export function evidenceSize(evidence: readonly Evidence[]): number {
  return evidence.reduce((sum, item) => {
    const length = EvidenceRecord.encode(item).finish().length;
    return sum + 1 + varintSize(length) + length;
  }, 0);
}

/** Bytes that a transaction takes in a block: tag, length, content. */
export function txSize(tx: Bytes): number {
  return 1 + varintSize(tx.length) + tx.length;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
}
