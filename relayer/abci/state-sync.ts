// The four snapshot calls of ABCI: which snapshots a node offers, and how one that joins takes one in. What comes from peers
// is judged by three things they cannot change: the app hash that the engine verified, the genesis file, and the hashes of
// the chunks, which the offer binds. Source of the rules: CometBFT spec/abci (state sync) at v0.38.

import {
  ResponseApplySnapshotChunk_Result as Applied,
  ResponseOfferSnapshot_Result as Offered,
  type RequestApplySnapshotChunk,
  type RequestLoadSnapshotChunk,
  type RequestOfferSnapshot,
  type ResponseApplySnapshotChunk,
  type ResponseListSnapshots,
  type ResponseLoadSnapshotChunk,
  type ResponseOfferSnapshot,
} from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, bigintToBytes, bytesToBigint, equalBytes, to0x } from '../lib/bytes.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { sha256 } from '../store/sha256.ts';
import type { SnapshotFolder } from '../store/snapshot-folder.ts';
import { decodeManifest, MANIFEST_LIMIT, type Manifest, SNAPSHOT_FORMAT } from '../store/snapshot-format.ts';
import { SnapshotRestore } from '../store/snapshot-restore.ts';
import type { StateStore } from '../store/state-store.ts';
import { chainOfGenesis, sameChain } from './chain-of-genesis.ts';
import { CHAIN_RECORD, type ChainRecord, decodeChainRecord, encodeChainRecord } from './chain-record.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import { retainHeight } from './retain-height.ts';

/** Name of a record in the store: the version that came from a snapshot. */
const RESTORED = 'restored';
const NO_BYTES = new Uint8Array(0);

export interface StateSyncOptions {
  readonly store: StateStore;
  /** What this node offers; absent: nothing. */
  readonly snapshots?: SnapshotFolder | undefined;
  /** One is taken at every height that this divides; 0: never. Default: 0. */
  readonly snapshotInterval?: number;
  /** See `Retention`. Default: 0. */
  readonly retainBlocks?: number;
  /** What a snapshot is held against; absent: none is accepted. */
  readonly genesis?: GenesisDoc | undefined;
  readonly log: Log;
}

export interface AppliedChunk {
  readonly response: ResponseApplySnapshotChunk;
  /** The chain whose state the store now has; undefined until the last chunk. */
  readonly adopted: ChainRecord | undefined;
}

/** Thrown within an offer, never out of it. */
class Refusal extends Error {
  readonly result: Offered;

  constructor(result: Offered, why: string) {
    super(why);
    this.result = result;
  }
}

export class StateSync {
  readonly #options: StateSyncOptions;
  #restore: SnapshotRestore | undefined;
  /** Peers whose chunks the restore has taken: they all offered this snapshot, since an engine asks nobody else. */
  #senders = new Set<string>();
  #chain: ChainRecord | undefined;

  constructor(options: StateSyncOptions) {
    this.#options = options;
  }

  /** Takes a snapshot when one is due, and says which block is the lowest that the engine must keep (0: all). */
  committed(height: bigint): bigint {
    const { store, snapshots, snapshotInterval = 0, retainBlocks = 0, genesis } = this.#options;
    if (snapshotInterval > 0 && height % BigInt(snapshotInterval) === 0n) snapshots?.take(store);
    const evidence = genesis?.consensus_params?.evidence.max_age_num_blocks;
    return retainHeight(
      height,
      { retainBlocks, evidenceBlocks: evidence === undefined ? undefined : BigInt(evidence) },
      snapshots?.oldest,
    );
  }

  list(): ResponseListSnapshots {
    const snapshots = (this.#options.snapshots?.snapshots ?? []).map(({ manifest, manifestBytes, hash }) => ({
      height: manifest.version,
      format: SNAPSHOT_FORMAT,
      chunks: manifest.chunks.length,
      hash,
      metadata: manifestBytes,
    }));
    return { snapshots };
  }

  /** No bytes tell the engine that the chunk is not there. */
  async load({ height, format, chunk }: RequestLoadSnapshotChunk): Promise<ResponseLoadSnapshotChunk> {
    const found = format === SNAPSHOT_FORMAT ? await this.#options.snapshots?.chunk(height, chunk) : undefined;
    return { chunk: found ?? NO_BYTES };
  }

  /**
   * Begins a restore when the offer is accepted: `forget` is called, and the store is empty from then on until all chunks were
   * applied.
   */
  async offer({ snapshot, appHash }: RequestOfferSnapshot, forget: () => void): Promise<ResponseOfferSnapshot> {
    const { store, log } = this.#options;
    await this.giveUp();
    try {
      this.#mayRestore();
      const manifest = this.#judge(snapshot, appHash);
      forget();
      this.#senders = new Set();
      this.#restore = await SnapshotRestore.begin(store, manifest);
      log.info({ height: manifest.version, chunks: manifest.chunks.length, entries: manifest.entries }, 'snapshot was accepted');
      return { result: Offered.ACCEPT };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.warn({ height: snapshot?.height, reason: error.message }, 'snapshot was refused');
      return { result: error.result };
    }
  }

  async apply({ index, chunk, sender }: RequestApplySnapshotChunk): Promise<AppliedChunk> {
    const { log } = this.#options;
    const restore = this.#restore;
    if (restore === undefined) {
      log.error({ index }, 'a chunk came without a snapshot');
      return { response: answer(Applied.ABORT), adopted: undefined };
    }
    try {
      const verdict = await restore.take(index, chunk);
      if (verdict === 'altered') {
        log.warn({ index, sender }, 'a chunk of the snapshot was altered');
        return { response: answer(Applied.RETRY, [index], sender === '' ? [] : [sender]), adopted: undefined };
      }
      if (verdict === 'early') return { response: answer(Applied.RETRY, [restore.next]), adopted: undefined };
      if (verdict === 'taken') this.#senders.add(sender);
      return { response: answer(Applied.ACCEPT), adopted: restore.complete ? await this.#adopt(restore) : undefined };
    } catch (error) {
      if (!hasCode(error, 'SNAPSHOT_INVALID')) throw error;
      log.warn({ height: restore.manifest.version, reason: describe(error) }, 'snapshot was refused');
      await this.giveUp();
      // Whoever is not named may offer the next false one, above every true one, for ever.
      const liars = [...this.#senders.add(sender)].filter((liar) => liar !== '');
      return { response: answer(Applied.REJECT_SNAPSHOT, [], liars), adopted: undefined };
    }
  }

  async #adopt(restore: SnapshotRestore): Promise<ChainRecord> {
    const chain = this.#expected();
    const { version, root, entries } = restore.manifest;
    await restore.finish({ [CHAIN_RECORD]: encodeChainRecord(chain), [RESTORED]: bigintToBytes(version, 8) });
    this.#restore = undefined;
    this.#options.log.info({ height: version, app_hash: to0x(root), entries }, 'state was restored from a snapshot');
    return chain;
  }

  /** Throws away a restore that is under way. */
  async giveUp(): Promise<void> {
    const restore = this.#restore;
    this.#restore = undefined;
    await restore?.abandon();
  }

  /**
   * A state is only given up when nothing can be lost with it: when it is itself a snapshot's and no block came after it. That
   * is how an engine finds it that was stopped after the last chunk, before it wrote down that it has the snapshot.
   */
  #mayRestore(): void {
    const { store, genesis } = this.#options;
    const restored = store.meta(RESTORED);
    if (store.version > 0n && (restored === undefined || bytesToBigint(restored) !== store.version))
      throw new Refusal(
        Offered.ABORT,
        `the application has a state at height ${store.version}, its engine none: remove the folder of the state to begin anew`,
      );
    if (genesis === undefined) throw new Refusal(Offered.ABORT, 'there is no genesis file to hold it against');
  }

  #judge(offer: RequestOfferSnapshot['snapshot'], appHash: Bytes): Manifest {
    if (offer === undefined) throw new Refusal(Offered.REJECT, 'the offer is empty');
    if (offer.format !== SNAPSHOT_FORMAT) throw new Refusal(Offered.REJECT_FORMAT, `its format is ${offer.format}`);
    if (offer.metadata.length > MANIFEST_LIMIT || !equalBytes(sha256(offer.metadata), offer.hash))
      throw new Refusal(Offered.REJECT_SENDER, 'its metadata does not have its hash');
    const manifest = readManifest(offer.metadata);
    if (manifest.version !== offer.height || manifest.chunks.length !== offer.chunks)
      throw new Refusal(Offered.REJECT_SENDER, 'its metadata contradicts it');
    if (!equalBytes(manifest.root, appHash))
      throw new Refusal(Offered.REJECT_SENDER, `it leads to ${to0x(manifest.root)}, the chain has ${to0x(appHash)}`);
    if (!sameChain(readChain(manifest), this.#expected())) throw new Refusal(Offered.REJECT_SENDER, 'it is of another chain');
    return manifest;
  }

  #expected(): ChainRecord {
    this.#chain ??= chainOfGenesis(this.#options.genesis as GenesisDoc);
    return this.#chain;
  }
}

function readManifest(metadata: Bytes): Manifest {
  try {
    return decodeManifest(metadata);
  } catch (error) {
    throw new Refusal(Offered.REJECT_SENDER, describe(error));
  }
}

function readChain({ records }: Manifest): ChainRecord {
  try {
    return decodeChainRecord(records.get(CHAIN_RECORD));
  } catch (error) {
    throw new Refusal(Offered.REJECT_SENDER, describe(error));
  }
}

function answer(result: Applied, refetchChunks: number[] = [], rejectSenders: string[] = []): ResponseApplySnapshotChunk {
  return { result, refetchChunks, rejectSenders };
}
