// The peg as an ABCI 2.0 application: the state machine of peg/ over the versions of store/. It decides nothing; it keeps
// which state each call is about. Calls come from several connections at once, and only `commit` waits for the disk:
// everything else runs in one go on the last committed state, which changes in one assignment when the commit is on disk.
// Source of the rules for each call: CometBFT spec/abci at v0.38.

import {
  CheckTxType,
  type RequestApplySnapshotChunk,
  type RequestCheckTx,
  type RequestFinalizeBlock,
  type RequestInitChain,
  type RequestLoadSnapshotChunk,
  type RequestOfferSnapshot,
  type RequestPrepareProposal,
  type RequestProcessProposal,
  type RequestQuery,
  type ResponseApplySnapshotChunk,
  type ResponseCheckTx,
  type ResponseCommit,
  type ResponseExtendVote,
  type ResponseFinalizeBlock,
  type ResponseInfo,
  type ResponseInitChain,
  type ResponseListSnapshots,
  type ResponseLoadSnapshotChunk,
  type ResponseOfferSnapshot,
  type ResponsePrepareProposal,
  type ResponseProcessProposal,
  ResponseProcessProposal_ProposalStatus,
  type ResponseQuery,
  type ResponseVerifyVoteExtension,
  ResponseVerifyVoteExtension_VerifyStatus,
} from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, equalBytes, to0x } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import { Overlay } from '../peg/overlay.ts';
import { acceptsProposal, arrangeProposal } from '../peg/proposal.ts';
import type { SnapshotFolder } from '../store/snapshot-folder.ts';
import type { Change, StateStore } from '../store/state-store.ts';
import type { Application } from './application.ts';
import { type BlockRequest, type Execution, executeBlock, pegBlock } from './block-execution.ts';
import { logBlock } from './block-log.ts';
import { CHAIN_RECORD, type ChainRecord, decodeChainRecord, encodeChainRecord } from './chain-record.ts';
import { AbciError } from './errors.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import { genesisState } from './genesis-state.ts';
import { MempoolView } from './mempool-view.ts';
import { toCheckTx, toEvents, toValidatorUpdates } from './responses.ts';
import { answerStateQuery, type Committed } from './state-query.ts';
import { StateSync } from './state-sync.ts';

/** Version of the rules; stands in every block header as `version.app`. */
export const APP_VERSION = 1n;
/** CometBFT's limit for a block whatever the parameters say; a proposal within the parameters is always within it. */
const MAX_BLOCK_BYTES = 104_857_600;

export interface PegApplicationOptions {
  /** Stays the caller's: it opens and closes it. */
  readonly store: StateStore;
  readonly log: Log;
  /** The engine's genesis file: without it the node joins by no snapshot. */
  readonly genesis?: GenesisDoc | undefined;
  /** Snapshots for others to join by; stays the caller's. Default: none. */
  readonly snapshots?: SnapshotFolder | undefined;
  /** A snapshot is taken at every height that this divides; 0: never. Default: 0. */
  readonly snapshotInterval?: number;
  /** Blocks that the engine shall keep at least; 0: all. Default: 0. */
  readonly retainBlocks?: number;
}

/** What is known from InitChain on, and after a restart from the store. */
interface Chain {
  readonly record: ChainRecord;
  /** Height of the first block; only known, and only needed, until that is committed. */
  readonly initialHeight: bigint | undefined;
  /** Written over the empty store until the first block is committed. */
  readonly genesis: readonly Change[];
}

/** A proposal that was executed when it was judged; block hashes commit to everything that execution reads. */
interface Judged {
  readonly hash: Bytes;
  readonly execution: Execution;
}

/** An Application over an open store, where the last commit left it. Rejects calls only with the codes of AbciCode and StoreCode. */
export class PegApplication implements Application {
  readonly #store: StateStore;
  readonly #log: Log;
  #chain: Chain | undefined;
  #committed: Committed;
  readonly #mempool: MempoolView;
  #judged: Judged | undefined;
  #finalized: Execution | undefined;
  readonly #stateSync: StateSync;

  /** Throws ABCI_RECORD_INVALID when the store has a state and no record of its chain. */
  constructor(options: PegApplicationOptions) {
    const { store, log } = options;
    this.#store = store;
    this.#log = log;
    this.#stateSync = new StateSync(options);
    this.#mempool = new MempoolView(log);
    this.#committed = { height: store.version, appHash: store.root, state: store.reader() };
    if (store.version > 0n) this.#resume(decodeChainRecord(store.meta(CHAIN_RECORD)));
  }

  /** Votes against final blocks that CheckTx has met since the start: the sign of a validator on another Ethereum. */
  get contradictions(): number {
    return this.#mempool.contradictions;
  }

  async info(): Promise<ResponseInfo> {
    const { height, appHash } = this.#committed;
    const lastBlockAppHash = height === 0n ? new Uint8Array(0) : appHash;
    return { data: 'peg', version: '', appVersion: APP_VERSION, lastBlockHeight: height, lastBlockAppHash };
  }

  async initChain(request: RequestInitChain): Promise<ResponseInitChain> {
    if (this.#store.version > 0n) throw outOfOrder(`InitChain came after height ${this.#committed.height} was committed`);
    await this.#stateSync.giveUp();
    const empty = this.#store.reader();
    const { chain, initialHeight, changes, appHash } = genesisState(request, empty, (all) => this.#store.stage(all));
    this.#chain = { record: chain, initialHeight, genesis: changes };
    this.#committed = { height: 0n, appHash, state: this.#overlay() };
    this.#mempool.renew(this.#committed.state, chain.domain, initialHeight - 1n);
    this.#judged = undefined;
    this.#finalized = undefined;
    this.#log.info({ chain_id: chain.chainId, app_hash: to0x(appHash), entries: changes.length }, 'genesis state was built');
    return { validators: [], appHash };
  }

  async checkTx({ tx, type }: RequestCheckTx): Promise<ResponseCheckTx> {
    const verdict = this.#mempool.check(tx);
    if (type === CheckTxType.RECHECK && verdict.code !== 0) {
      this.#log.debug({ code: verdict.code, codespace: verdict.codespace }, 'transaction left the mempool');
    }
    return toCheckTx(verdict);
  }

  async prepareProposal({ maxTxBytes, ...request }: RequestPrepareProposal): Promise<ResponsePrepareProposal> {
    const { domain } = this.#known('PrepareProposal').record;
    const limit = maxTxBytes < 0n ? MAX_BLOCK_BYTES : Number(maxTxBytes);
    return { txs: arrangeProposal(this.#committed.state, pegBlock(request), domain, request.txs, limit) };
  }

  async processProposal(request: RequestProcessProposal): Promise<ResponseProcessProposal> {
    this.#known('ProcessProposal');
    if (request.height !== this.#nextHeight() || !acceptsProposal(request.txs, MAX_BLOCK_BYTES)) {
      this.#log.warn({ height: request.height, proposer: to0x(request.proposerAddress) }, 'proposal was rejected');
      return { status: ResponseProcessProposal_ProposalStatus.REJECT };
    }
    this.#judged = { hash: request.hash, execution: this.#execute(request) };
    return { status: ResponseProcessProposal_ProposalStatus.ACCEPT };
  }

  async extendVote(): Promise<ResponseExtendVote> {
    return { voteExtension: new Uint8Array(0) };
  }

  async verifyVoteExtension(): Promise<ResponseVerifyVoteExtension> {
    return { status: ResponseVerifyVoteExtension_VerifyStatus.ACCEPT };
  }

  async finalizeBlock(request: RequestFinalizeBlock): Promise<ResponseFinalizeBlock> {
    this.#known('FinalizeBlock');
    const next = this.#nextHeight();
    if (request.height !== next) throw outOfOrder(`FinalizeBlock came for height ${request.height}, the next is ${next}`);
    const execution = this.#executionOf(request);
    this.#judged = undefined;
    const appHash = this.#store.stage(execution.state.changes());
    this.#finalized = execution;
    return {
      events: toEvents(execution.events),
      txResults: [...execution.txResults],
      validatorUpdates: toValidatorUpdates(execution.validatorUpdates),
      appHash,
    };
  }

  async commit(): Promise<ResponseCommit> {
    const chain = this.#known('Commit');
    const block = this.#finalized;
    if (block === undefined) throw outOfOrder('Commit came without FinalizeBlock');
    this.#finalized = undefined;
    const meta = chain.initialHeight === undefined ? {} : { [CHAIN_RECORD]: encodeChainRecord(chain.record) };
    await this.#store.commit(block.height, meta);
    this.#resume(chain.record);
    logBlock(this.#log, block, this.#committed.appHash);
    return { retainHeight: this.#stateSync.committed(block.height) };
  }

  async query(request: RequestQuery): Promise<ResponseQuery> {
    return answerStateQuery(this.#store, this.#chain?.record.domain, this.#committed, request);
  }

  async listSnapshots(): Promise<ResponseListSnapshots> {
    return this.#stateSync.list();
  }

  async loadSnapshotChunk(request: RequestLoadSnapshotChunk): Promise<ResponseLoadSnapshotChunk> {
    return this.#stateSync.load(request);
  }

  async offerSnapshot(request: RequestOfferSnapshot): Promise<ResponseOfferSnapshot> {
    return this.#stateSync.offer(request, () => this.#forget());
  }

  async applySnapshotChunk(request: RequestApplySnapshotChunk): Promise<ResponseApplySnapshotChunk> {
    const { response, adopted } = await this.#stateSync.apply(request);
    if (adopted !== undefined) this.#resume(adopted);
    return response;
  }

  /** Goes on from what the store holds. */
  #resume(record: ChainRecord): void {
    const { version, root } = this.#store;
    this.#chain = { record, initialHeight: undefined, genesis: [] };
    this.#committed = { height: version, appHash: root, state: this.#store.reader() };
    this.#mempool.renew(this.#committed.state, record.domain, version);
    this.#judged = undefined;
    this.#finalized = undefined;
  }

  /** The store is about to be emptied for a snapshot: nothing may be read of it until that is in. */
  #forget(): void {
    this.#chain = undefined;
    this.#committed = { height: 0n, appHash: this.#store.root, state: this.#store.reader() };
    this.#mempool.close();
    this.#judged = undefined;
    this.#finalized = undefined;
  }

  #known(call: string): Chain {
    if (this.#chain === undefined) throw outOfOrder(`${call} came before InitChain`);
    return this.#chain;
  }

  #nextHeight(): bigint {
    return this.#chain?.initialHeight ?? this.#committed.height + 1n;
  }

  /** A buffer over what is on disk; before the first commit it begins with genesis, so that this is committed with the block. */
  #overlay(): Overlay {
    const overlay = new Overlay(this.#store.reader());
    for (const [key, value] of this.#chain?.genesis ?? []) if (value !== undefined) overlay.set(key, value);
    return overlay;
  }

  #execute(request: BlockRequest): Execution {
    return executeBlock(this.#overlay(), this.#known('a block').record.domain, request);
  }

  #executionOf(request: RequestFinalizeBlock): Execution {
    const judged = this.#judged;
    const same =
      judged?.hash.length === 32 && equalBytes(judged.hash, request.hash) && judged.execution.height === request.height;
    return same && judged !== undefined ? judged.execution : this.#execute(request);
  }
}

function outOfOrder(message: string): AbciError {
  return new AbciError('ABCI_CALL_ORDER', message);
}
