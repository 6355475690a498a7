// One node's mempool: a list in order of arrival with a cache of hashes, as CometBFT's "flood" (CList) mempool.
// CheckTx and commit never overlap: the pool is locked from the application's Commit until the recheck is done.
// Source: CometBFT mempool/clist_mempool.go at v0.38.

import { CheckTxType, type ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, toHex } from '../../lib/bytes.ts';
import { txSize } from '../chain/block.ts';
import { sha256 } from '../chain/sha256.ts';
import { Turns } from '../turns.ts';

export interface MempoolLimits {
  /** Transactions in the pool. */
  readonly size: number;
  /** Bytes of all of them together. */
  readonly maxTotalBytes: number;
  /** Bytes of one. */
  readonly maxTxBytes: number;
  /** Hashes that are remembered. */
  readonly cacheSize: number;
}

/** CometBFT's defaults. */
export const MEMPOOL_LIMITS: MempoolLimits = {
  size: 5_000,
  maxTotalBytes: 1_073_741_824,
  maxTxBytes: 1_048_576,
  cacheSize: 10_000,
};

/** A transaction that is not even shown to the application; the message is CometBFT's. */
export class MempoolRefusal extends Error {}

interface Entry {
  readonly tx: Bytes;
  readonly gasWanted: bigint;
}

export interface MempoolRules {
  /** The application's CheckTx. */
  check(tx: Bytes, type: CheckTxType): Promise<ResponseCheckTx>;
  /** Bytes and gas that one transaction may take in a block now; −1 for any. */
  room(): { readonly bytes: bigint; readonly gas: bigint };
}

export class Mempool {
  readonly #rules: MempoolRules;
  readonly #limits: MempoolLimits;
  /** By hash, in order of arrival. */
  readonly #entries = new Map<string, Entry>();
  /** Hashes seen, the longest unseen first. */
  readonly #cache = new Set<string>();
  #bytes = 0;
  readonly #turns = new Turns();

  constructor(rules: MempoolRules, limits: MempoolLimits = MEMPOOL_LIMITS) {
    this.#rules = rules;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get totalBytes(): number {
    return this.#bytes;
  }

  /** Asks the application and keeps what it accepts. Throws MempoolRefusal; rejects when the application throws. */
  add(tx: Bytes): Promise<ResponseCheckTx> {
    const hash = toHex(sha256(tx));
    const refusal = this.refusal(tx);
    if (refusal !== undefined) return Promise.reject(new MempoolRefusal(refusal));
    this.#remember(hash);
    return this.exclusive(async () => {
      const response = await this.#rules.check(tx, CheckTxType.NEW);
      if (response.code !== 0 || this.#takesTooMuchGas(response)) this.#cache.delete(hash);
      else if (this.#isFull(tx)) {
        this.#cache.delete(hash);
        throw new MempoolRefusal(this.#fullMessage());
      } else {
        this.#entries.set(hash, { tx, gasWanted: response.gasWanted });
        this.#bytes += tx.length;
      }
      return response;
    });
  }

  /** The next transactions that fit a block; −1 means no limit. */
  reap(maxBytes: bigint, maxGas: bigint): Bytes[] {
    const txs: Bytes[] = [];
    let [bytes, gas] = [0n, 0n];
    for (const { tx, gasWanted } of this.#entries.values()) {
      bytes += BigInt(txSize(tx));
      gas += gasWanted;
      if ((maxBytes >= 0n && bytes > maxBytes) || (maxGas >= 0n && gas > maxGas)) break;
      txs.push(tx);
    }
    return txs;
  }

  /** The first `count` transactions. */
  first(count: number): Bytes[] {
    return [...this.#entries.values()].slice(0, count).map(({ tx }) => tx);
  }

  /** Drops what a block took and asks the application again about the rest. Only inside `exclusive`. */
  async afterBlock(txs: readonly Bytes[], codes: readonly number[]): Promise<void> {
    txs.forEach((tx, index) => {
      const hash = toHex(sha256(tx));
      if (codes[index] === 0) this.#remember(hash);
      else this.#cache.delete(hash);
      this.#drop(hash);
    });
    for (const [hash, { tx }] of [...this.#entries]) {
      const { code } = await this.#rules.check(tx, CheckTxType.RECHECK);
      if (code === 0) continue;
      this.#drop(hash);
      this.#cache.delete(hash);
    }
  }

  /** Runs `task` when nothing else uses the pool, in order of calling. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.take(task);
  }

  /** Why the pool itself would not take this transaction now, in CometBFT's words. */
  refusal(tx: Bytes): string | undefined {
    if (this.#isFull(tx)) return this.#fullMessage();
    if (tx.length > this.#limits.maxTxBytes) return `Tx too large. Max size is ${this.#limits.maxTxBytes}, but got ${tx.length}`;
    const { bytes } = this.#rules.room();
    if (bytes >= 0n && BigInt(txSize(tx)) > bytes) return `tx size is too big: ${txSize(tx)}, max: ${bytes}`;
    return this.#cache.has(toHex(sha256(tx))) ? 'tx already exists in cache' : undefined;
  }

  #takesTooMuchGas({ gasWanted }: ResponseCheckTx): boolean {
    const { gas } = this.#rules.room();
    return gas >= 0n && (gasWanted < 0n || gasWanted > gas);
  }

  #isFull(tx: Bytes): boolean {
    return this.#entries.size >= this.#limits.size || this.#bytes + tx.length > this.#limits.maxTotalBytes;
  }

  #fullMessage(): string {
    const { size, maxTotalBytes } = this.#limits;
    return `mempool is full: number of txs ${this.#entries.size} (max: ${size}), total txs bytes ${this.#bytes} (max: ${maxTotalBytes})`;
  }

  #remember(hash: string): void {
    this.#cache.delete(hash);
    this.#cache.add(hash);
    if (this.#cache.size <= this.#limits.cacheSize) return;
    const oldest = this.#cache.values().next().value;
    if (oldest !== undefined) this.#cache.delete(oldest);
  }

  #drop(hash: string): void {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return;
    this.#entries.delete(hash);
    this.#bytes -= entry.tx.length;
  }
}
