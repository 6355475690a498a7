// The state store over any medium: what is staged, which versions there are, and the rule that a commit is all or nothing.

import type { Bytes } from '../lib/bytes.ts';
import type { StateReader } from '../peg/types.ts';
import { StoreError } from './codes.ts';
import { corrupt } from './disk-errors.ts';
import { History, type Version } from './history.ts';
import type { Medium } from './medium.ts';
import { proveKey } from './proof.ts';
import { valueName } from './records.ts';
import type { Change, FrozenState, ProofOperator, Restoration, StateStore } from './state-store.ts';
import { EMPTY_VERSION, TreeRestoration } from './tree-restoration.ts';
import { sortChanges, type Update, updateTree } from './update.ts';
import { TreeReader } from './walk.ts';

export interface StoreOptions {
  /** How many versions `reader` and `prove` serve, the last one included: at least 2, so that one block can be rolled back. Default 16. */
  readonly keepVersions?: number;
}

export class TreeStore implements StateStore {
  readonly #medium: Medium;
  #history: History;
  readonly #keep: bigint;
  #staged: Update | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #state: 'open' | 'busy' | 'restoring' | 'failed' | 'closed' = 'open';

  constructor(medium: Medium, history: History, { keepVersions = 16 }: StoreOptions) {
    if (!Number.isSafeInteger(keepVersions) || keepVersions < 2)
      throw new RangeError(`keepVersions is ${keepVersions}, must be 2 or more`);
    this.#medium = medium;
    this.#history = history;
    this.#keep = BigInt(keepVersions);
  }

  protected get last(): Version {
    return this.#history.last;
  }

  get version(): bigint {
    return this.#history.last.version;
  }

  get root(): Bytes {
    return new Uint8Array(this.#history.last.root.hash);
  }

  get oldestVersion(): bigint {
    return this.#history.oldest;
  }

  /** Number of entries of the last version. */
  get size(): number {
    return this.#history.last.root.count;
  }

  reader(version: bigint = this.version): StateReader {
    this.#check('read');
    return new TreeReader(this.#history.records(version), this.#history.at(version).root);
  }

  rootAt(version: bigint): Bytes {
    return new Uint8Array(this.#history.at(version).root.hash);
  }

  stage(changes: Iterable<Change>): Bytes {
    this.#check('write');
    const { version, root } = this.#history.last;
    this.#staged = updateTree(this.#history.records(version), root, sortChanges(changes));
    return new Uint8Array(this.#staged.root.hash);
  }

  async commit(version: bigint, meta: Readonly<Record<string, Bytes>> = {}): Promise<void> {
    this.#check('write');
    const last = this.#history.last;
    if (version !== last.version + 1n && (last.version !== 0n || version < 1n)) {
      const message = `version ${version} cannot be committed to ${this.#medium.name}: the last one is ${last.version}`;
      throw new StoreError('STORE_VERSION_ORDER', message, { version, last: last.version });
    }
    const staged = this.#staged ?? updateTree(this.#history.records(last.version), last.root, []);
    const copies = Object.entries(meta).map(([name, value]) => [name, new Uint8Array(value)] as const);
    const record = { version, root: staged.root, meta: new Map([...last.meta, ...copies]), differences: staged.differences };
    const oldest = this.#oldestAfter(version);
    this.#history.shield(staged.replaced);
    // After a write that failed nobody can say what reached the disk, so the store then takes no further one.
    await this.exclusively('failed', () => this.#medium.commit(record, staged.written, oldest)).catch((error) => {
      this.#history.unshield();
      throw error;
    });
    this.#history.push(record);
    this.#history.forgetBefore(oldest);
    this.#staged = undefined;
  }

  meta(name: string): Bytes | undefined {
    const value = this.#history.last.meta.get(name);
    return value && new Uint8Array(value);
  }

  prove(key: Bytes, version: bigint = this.version): readonly ProofOperator[] {
    this.#check('read');
    return proveKey(this.#history.records(version), this.#history.at(version).root, key);
  }

  /** Waits for a commit that is being written. Idempotent. */
  close(): Promise<void> {
    this.#state = 'closed';
    this.#closing ??= (this.#running ?? Promise.resolve()).then(() => this.#medium.close());
    return this.#closing;
  }

  /** Version 0, the empty state, is kept only when 1 follows it, so that the kept versions have no gap. */
  #oldestAfter(version: bigint): bigint {
    const first = version === this.version + 1n ? this.oldestVersion : version;
    const wanted = version - this.#keep + 1n;
    return wanted > first ? wanted : first;
  }

  /**
   * Makes `version`, one that is kept, the last one again, with the meta records it had; those after it are gone. For an
   * engine that goes back a block.
   */
  async rollback(version: bigint): Promise<void> {
    this.#check('write');
    const written = this.#history.backTo(version);
    this.#staged = undefined;
    await this.exclusively('failed', () => this.#medium.rollback(version, written));
    this.#history.unshield();
  }

  freeze(): FrozenState {
    this.#check('write');
    const { version, root, meta } = this.#history.last;
    const { read, release } = this.#medium.freeze();
    const record = (name: string, hash: Bytes): Bytes => {
      const found = read(name, hash);
      if (found) return found;
      throw corrupt(this.#medium.name, `record "${name}" of version ${version} is missing`);
    };
    const records = { page: record, value: (key: string, digest: Bytes) => record(valueName(key), digest) };
    const state = new TreeReader(records, root);
    return { version, root: new Uint8Array(root.hash), entries: root.count, meta: (name) => meta.get(name), state, release };
  }

  async restore(): Promise<Restoration> {
    await this.exclusively('failed', () => this.#empty());
    this.#check('write');
    this.#state = 'restoring';
    return new TreeRestoration(this.#medium, (adopted) => {
      this.#history = new History(this.#medium, adopted);
      if (this.#state === 'restoring') this.#state = 'open';
    });
  }

  async #empty(): Promise<void> {
    this.#history.forgetAll();
    this.#history = new History(this.#medium, EMPTY_VERSION);
    this.#staged = undefined;
    await this.#medium.clear();
  }

  /** Runs a task that writes; meanwhile staging and committing throw STORE_BUSY. */
  protected exclusively<T>(afterFailure: 'open' | 'failed', task: () => Promise<T>): Promise<T> {
    this.#check('write');
    this.#state = 'busy';
    const finish = (state: 'open' | 'failed') => {
      if (this.#state === 'busy') this.#state = state;
    };
    const running = task();
    this.#running = running.then(
      () => finish('open'),
      () => finish(afterFailure),
    );
    return this.#running.then(() => running);
  }

  #check(purpose: 'read' | 'write'): void {
    const name = this.#medium.name;
    if (this.#state === 'closed') throw new StoreError('STORE_CLOSED', `${name} was closed`, { store: name });
    if (purpose === 'read') return;
    if (this.#state === 'busy') throw new StoreError('STORE_BUSY', `a commit to ${name} is being written`, { store: name });
    if (this.#state === 'restoring')
      throw new StoreError('STORE_BUSY', `${name} is being filled from a snapshot`, { store: name });
    if (this.#state === 'failed') {
      throw new StoreError('STORE_FAILED', `a write to ${name} failed before; open it again to go on from its last commit`, {
        store: name,
      });
    }
  }
}
