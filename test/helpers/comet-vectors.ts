// The recorded chain of the real engine, in the types of the engine under test.

import { readFileSync } from 'node:fs';
import { type ExecTxResult, ResponseFinalizeBlock, type ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { BlockID, Commit, Vote } from 'cosmjs-types/tendermint/types/types';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { type SealedBlock, sealBlock } from '../../relayer/engine/chain/block.ts';
import { type Json, timestampOf } from './light-client.ts';

export interface RecordedBlock {
  readonly block: Json;
  readonly results: Json;
  readonly validators: Json;
  readonly params: Json;
  readonly commit: Json;
}

const folder = new URL('../vectors/cometbft/', import.meta.url);
const BIG = Buffer.from(`big=${'z'.repeat(150_000)}`).toString('base64');

export function recordedChain(): { genesis: GenesisDoc; search: Json; blocks: RecordedBlock[] } {
  const chain = JSON.parse(readFileSync(new URL('chain.json', folder), 'utf8'));
  for (const { block } of chain.blocks) {
    const { data } = block.block;
    data.txs = data.txs.map((tx: string) => (tx === '<big>' ? BIG : tx));
  }
  return chain;
}

export function recordedEvents(): Record<string, Json> {
  return JSON.parse(readFileSync(new URL('events.json', folder), 'utf8'));
}

export const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
export const fromBase64 = (text: string | null | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'base64'));

export function readBlockId(json: Json): BlockID {
  return { hash: fromHex(json.hash), partSetHeader: { total: json.parts.total, hash: fromHex(json.parts.hash) } };
}

export function readCommit(json: Json): Commit {
  return {
    height: BigInt(json.height),
    round: json.round,
    blockId: readBlockId(json.block_id),
    signatures: json.signatures.map((vote: Json) => ({
      blockIdFlag: vote.block_id_flag,
      validatorAddress: fromHex(vote.validator_address),
      timestamp: vote.timestamp.startsWith('0001') ? { seconds: -62_135_596_800n, nanos: 0 } : timestampOf(vote.timestamp),
      signature: fromBase64(vote.signature),
    })),
  };
}

export function readEvidence({ value }: Json): Evidence {
  return {
    duplicateVoteEvidence: {
      voteA: readVote(value.vote_a),
      voteB: readVote(value.vote_b),
      totalVotingPower: BigInt(value.TotalVotingPower),
      validatorPower: BigInt(value.ValidatorPower),
      timestamp: timestampOf(value.Timestamp),
    },
  };
}

function readVote(json: Json): Vote {
  return {
    type: json.type,
    height: BigInt(json.height),
    round: json.round,
    blockId: readBlockId(json.block_id),
    timestamp: timestampOf(json.timestamp),
    validatorAddress: fromHex(json.validator_address),
    validatorIndex: json.validator_index,
    signature: fromBase64(json.signature),
    extension: new Uint8Array(),
    extensionSignature: new Uint8Array(),
  };
}

export function readSealed(json: Json): SealedBlock {
  const { header } = json;
  return sealBlock({
    header: {
      version: { block: BigInt(header.version.block), app: BigInt(header.version.app ?? 0) },
      chainId: header.chain_id,
      height: BigInt(header.height),
      time: timestampOf(header.time),
      lastBlockId: readBlockId(header.last_block_id),
      lastCommitHash: fromHex(header.last_commit_hash),
      dataHash: fromHex(header.data_hash),
      validatorsHash: fromHex(header.validators_hash),
      nextValidatorsHash: fromHex(header.next_validators_hash),
      consensusHash: fromHex(header.consensus_hash),
      appHash: fromHex(header.app_hash),
      lastResultsHash: fromHex(header.last_results_hash),
      evidenceHash: fromHex(header.evidence_hash),
      proposerAddress: fromHex(header.proposer_address),
    },
    data: { txs: json.data.txs.map(fromBase64) },
    evidence: { evidence: json.evidence.evidence.map(readEvidence) },
    lastCommit: readCommit(json.last_commit),
  });
}

/** block_results, or result_finalize_block of an event. */
export function readAnswer(json: Json): ResponseFinalizeBlock {
  return ResponseFinalizeBlock.fromPartial({
    appHash: fromBase64(json.app_hash),
    txResults: (json.txs_results ?? json.tx_results ?? []).map(readResult),
    validatorUpdates: (json.validator_updates ?? []).map(
      ({ pub_key, power }: Json): ValidatorUpdate => ({
        pubKey: { ed25519: fromBase64(pub_key.Sum.value.ed25519) },
        power: BigInt(power ?? 0),
      }),
    ),
  });
}

export function readResult(json: Json): ExecTxResult {
  return {
    code: json.code ?? 0,
    data: fromBase64(json.data),
    log: json.log ?? '',
    info: json.info ?? '',
    gasWanted: BigInt(json.gas_wanted ?? 0),
    gasUsed: BigInt(json.gas_used ?? 0),
    events: json.events ?? [],
    codespace: json.codespace ?? '',
  };
}
