// What one node keeps: blocks with the commit it saw, the application's answers, the chain state after each height, the
// last vote it signed. One record per thing and height; every write is one atomic batch.

import { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { ConsensusParams as ConsensusParamsRecord } from 'cosmjs-types/tendermint/types/params';
import { Commit } from 'cosmjs-types/tendermint/types/types';
import { type Bytes, bigintToBytes, bytesToBigint, concatBytes } from '../../lib/bytes.ts';
import { readBlock, type SealedBlock } from '../chain/block.ts';
import type { ChainState } from '../chain/chain-state.ts';
import { paramsRecord } from '../chain/consensus-params.ts';
import { decodeValidatorSet, encodeValidatorSet, type ValidatorSet } from '../chain/validator-set.ts';
import type { KeyValue, Write } from './key-value.ts';
import { decodeState, encodeState } from './state-record.ts';

/** First byte of a key: what the record is. Kinds from 64 on belong to the event index. */
const KIND = { state: 1, base: 2, height: 3, signed: 4, block: 16, commit: 17, answer: 18, validators: 19, params: 20, hash: 32 };

export interface StoredBlock extends SealedBlock {
  /** The precommits by which this node decided the block. */
  readonly seenCommit: Commit;
}

export class BlockStore {
  readonly #db: KeyValue;
  /** Heights of the oldest and of the newest block; 0 while there is none. */
  base = 0n;
  height = 0n;

  private constructor(db: KeyValue) {
    this.#db = db;
  }

  static async open(db: KeyValue): Promise<BlockStore> {
    const store = new BlockStore(db);
    store.base = bytesToBigint((await db.get(key(KIND.base))) ?? new Uint8Array());
    store.height = bytesToBigint((await db.get(key(KIND.height))) ?? new Uint8Array());
    return store;
  }

  async saveBlock({ block, id, encoded, seenCommit }: StoredBlock): Promise<void> {
    const { height } = block.header;
    const base = this.base === 0n ? height : this.base;
    await this.#db.write([
      [key(KIND.block, height), encoded],
      [key(KIND.commit, height), Commit.encode(seenCommit).finish()],
      [concatBytes(key(KIND.hash), id.hash), bigintToBytes(height, 8)],
      [key(KIND.base), bigintToBytes(base, 8)],
      [key(KIND.height), bigintToBytes(height, 8)],
    ]);
    this.base = base;
    this.height = height;
  }

  async block(height: bigint): Promise<StoredBlock | undefined> {
    const [encoded, commit] = [await this.#db.get(key(KIND.block, height)), await this.#db.get(key(KIND.commit, height))];
    return encoded === undefined || commit === undefined
      ? undefined
      : { ...readBlock(encoded), seenCommit: Commit.decode(commit) };
  }

  /** Height of the block with this hash. */
  async heightOf(hash: Bytes): Promise<bigint | undefined> {
    const found = hash.length === 32 ? await this.#db.get(concatBytes(key(KIND.hash), hash)) : undefined;
    return found === undefined ? undefined : bytesToBigint(found);
  }

  async saveAnswer(height: bigint, answer: ResponseFinalizeBlock): Promise<void> {
    await this.#db.write([[key(KIND.answer, height), ResponseFinalizeBlock.encode(answer).finish()]]);
  }

  async answer(height: bigint): Promise<ResponseFinalizeBlock | undefined> {
    const record = await this.#db.get(key(KIND.answer, height));
    return record === undefined ? undefined : ResponseFinalizeBlock.decode(record);
  }

  /** The state after the last block, with the sets and parameters it gives to later heights and what `index` adds. */
  async saveState(state: ChainState, index: readonly Write[] = []): Promise<void> {
    const next = state.lastHeight === 0n ? state.initialHeight : state.lastHeight + 1n;
    await this.#db.write([
      [key(KIND.state), encodeState(state)],
      [key(KIND.validators, next), encodeValidatorSet(state.validators)],
      [key(KIND.validators, next + 1n), encodeValidatorSet(state.nextValidators)],
      [key(KIND.params, next), ConsensusParamsRecord.encode(paramsRecord(state.params)).finish()],
      ...index,
    ]);
  }

  async state(): Promise<ChainState | undefined> {
    const record = await this.#db.get(key(KIND.state));
    return record === undefined ? undefined : decodeState(record);
  }

  /** The set that signs the block of `height`. */
  async validators(height: bigint): Promise<ValidatorSet | undefined> {
    const record = await this.#db.get(key(KIND.validators, height));
    return record === undefined ? undefined : decodeValidatorSet(record);
  }

  /** The parameters in force for the block of `height`. */
  async params(height: bigint): Promise<ConsensusParamsRecord | undefined> {
    const record = await this.#db.get(key(KIND.params, height));
    return record === undefined ? undefined : ConsensusParamsRecord.decode(record);
  }

  /** Forgets blocks and answers below `height`. */
  async prune(height: bigint): Promise<void> {
    const removed: Write[] = [];
    for (let old = this.base; old < height && old < this.height; old++) {
      const block = await this.block(old);
      if (block !== undefined) removed.push([concatBytes(key(KIND.hash), block.id.hash), undefined]);
      for (const kind of [KIND.block, KIND.commit, KIND.answer, KIND.params]) removed.push([key(kind, old), undefined]);
      // The set of the height before the oldest block is still needed to replay that block.
      removed.push([key(KIND.validators, old - 1n), undefined]);
    }
    if (removed.length === 0) return;
    const base = height < this.height ? height : this.height;
    await this.#db.write([...removed, [key(KIND.base), bigintToBytes(base, 8)]]);
    this.base = base;
  }

  async saveSigned(record: Bytes): Promise<void> {
    await this.#db.write([[key(KIND.signed), record]]);
  }

  signed(): Promise<Bytes | undefined> {
    return this.#db.get(key(KIND.signed));
  }
}

/** Kind and, where a record belongs to one, height as eight bytes. */
function key(kind: number, height?: bigint): Bytes {
  const head = Uint8Array.of(kind);
  return height === undefined ? head : concatBytes(head, bigintToBytes(height, 8));
}
