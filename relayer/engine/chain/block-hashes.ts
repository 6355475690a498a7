// The hashes that a header carries, and the id of a block, from the protobuf records that CometBFT hashes.
// Source: CometBFT spec/core/data_structures.md and encoding.md at v0.38; checked against blocks of the real engine.

import { ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import { DuplicateVoteEvidence, type Evidence } from 'cosmjs-types/tendermint/types/evidence';
import { HashedParams } from 'cosmjs-types/tendermint/types/params';
import { type BlockID, type Commit, CommitSig } from 'cosmjs-types/tendermint/types/types';
import { headerHash } from '../../abci/chain/header-hash.ts';
import { merkleRoot } from '../../abci/chain/merkle.ts';
import type { Bytes } from '../../lib/bytes.ts';
import { sha256 } from './sha256.ts';

/** Blocks travel, and are hashed for their id, in parts of this size. */
const PART_SIZE = 65_536;

const NO_EVIDENCE = DuplicateVoteEvidence.fromPartial({});

/** `data_hash`: root over the transactions' hashes. */
export function transactionsHash(txs: readonly Bytes[]): Bytes {
  return merkleRoot(txs.map((tx) => sha256(tx)));
}

/** `last_commit_hash`: root over the commit's signatures; of the empty commit of the first block, the empty root. */
export function commitHash(commit: Commit): Bytes {
  return merkleRoot(commit.signatures.map((signature) => CommitSig.encode(signature).finish()));
}

/** `evidence_hash`: root over the evidence without the envelope that it has in a block. */
export function evidenceHash(evidence: readonly Evidence[]): Bytes {
  return merkleRoot(
    evidence.map(({ duplicateVoteEvidence }) => DuplicateVoteEvidence.encode(duplicateVoteEvidence ?? NO_EVIDENCE).finish()),
  );
}

/** `last_results_hash`: root over code, data and gas of each result. Log, info, events and codespace are not agreed on. */
export function resultsHash(results: readonly ExecTxResult[]): Bytes {
  const agreed = ({ code, data, gasWanted, gasUsed }: ExecTxResult) =>
    ExecTxResult.encode({ code, data, gasWanted, gasUsed, log: '', info: '', events: [], codespace: '' }).finish();
  return merkleRoot(results.map(agreed));
}

/** `consensus_hash`: only the size and gas of blocks enter it. */
export function consensusHash(params: { readonly maxBytes: bigint; readonly maxGas: bigint }): Bytes {
  return sha256(HashedParams.encode({ blockMaxBytes: params.maxBytes, blockMaxGas: params.maxGas }).finish());
}

/** The id of a block whose encoding is `encoded`: its hash, and number and root of its parts. */
export function blockIdOf(block: Block, encoded: Bytes): BlockID {
  const parts: Bytes[] = [];
  for (let at = 0; at < encoded.length; at += PART_SIZE) parts.push(encoded.subarray(at, at + PART_SIZE));
  return { hash: headerHash(block.header), partSetHeader: { total: parts.length, hash: merkleRoot(parts, sha256) } };
}

/** The id of no block: what the first block names as its predecessor. */
export function noBlockId(): BlockID {
  return { hash: new Uint8Array(), partSetHeader: { total: 0, hash: new Uint8Array() } };
}
