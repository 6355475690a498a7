// A validator's signature on precommits, and its memory of the last one: it never signs two blocks in one round, nor goes
// back to an earlier one, also after a restart. With the vote it keeps the block, which is what it is locked on.
// Only precommits for a block are signed: prevotes and votes for nothing never leave the process.

import { SignedMsgType, Vote } from 'cosmjs-types/tendermint/types/types';
import { voteSignBytes } from '../../abci/chain/sign-bytes.ts';
import type { Time } from '../../abci/chain/time.ts';
import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, equalBytes, type Hex, to0x } from '../../lib/bytes.ts';
import { readBlock, type SealedBlock } from '../chain/block.ts';
import type { ConsensusKey } from '../chain/consensus-key.ts';
import type { Precommit } from '../chain/vote.ts';
import type { BlockStore } from './block-store.ts';

/** The last precommit, as a restarted validator finds it. */
export interface SignedVote {
  readonly height: bigint;
  readonly round: number;
  readonly block: SealedBlock;
  readonly precommit: Precommit;
}

export class VoteSigner {
  readonly #key: ConsensusKey;
  readonly #store: BlockStore;
  #last: SignedVote | undefined;

  private constructor(key: ConsensusKey, store: BlockStore, last: SignedVote | undefined) {
    this.#key = key;
    this.#store = store;
    this.#last = last;
  }

  static async open(key: ConsensusKey, store: BlockStore): Promise<VoteSigner> {
    const record = await store.signed();
    return new VoteSigner(key, store, record === undefined ? undefined : decode(record));
  }

  get last(): SignedVote | undefined {
    return this.#last;
  }

  /** Undefined when signing could contradict an earlier vote; the same vote again gives the same signature. */
  async precommit(chainId: string, round: number, block: SealedBlock, time: Time): Promise<Precommit | undefined> {
    const { height } = block.block.header;
    const last = this.#last;
    if (last !== undefined && height <= last.height) {
      if (height < last.height || round < last.round) return undefined;
      if (round === last.round) return equalBytes(last.block.id.hash, block.id.hash) ? last.precommit : undefined;
    }
    const signature = this.#key.sign(voteSignBytes(chainId, { height, round, blockId: block.id, time }));
    const signed: SignedVote = { height, round, block, precommit: { time, signature } };
    await this.#store.saveSigned(encode(signed, this.#key.address));
    this.#last = signed;
    return signed.precommit;
  }
}

/** Hash of the block a vote is for, as rounds name it. */
export function choiceOf(block: SealedBlock): Hex {
  return to0x(block.id.hash);
}

/** Four bytes of length, the vote, the block. */
function encode({ height, round, block, precommit }: SignedVote, validatorAddress: Bytes): Bytes {
  const vote = Vote.encode({
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height,
    round,
    blockId: block.id,
    timestamp: precommit.time,
    validatorAddress,
    validatorIndex: 0,
    signature: precommit.signature,
    extension: new Uint8Array(),
    extensionSignature: new Uint8Array(),
  }).finish();
  return concatBytes(bigintToBytes(BigInt(vote.length), 4), vote, block.encoded);
}

function decode(record: Bytes): SignedVote {
  const length = Number(bytesToBigint(record.subarray(0, 4)));
  const { height, round, timestamp, signature } = Vote.decode(record.subarray(4, 4 + length));
  return { height, round, block: readBlock(record.slice(4 + length)), precommit: { time: timestamp, signature } };
}
