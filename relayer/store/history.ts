// The versions that are kept. The pages of the last one are on the medium; of each older one we hold only the records
// that the version after it replaced, and those follow from that version's changes, undone. So a version costs what it
// changed, and forgetting one costs nothing.

import { type Bytes, toHex } from '../lib/bytes.ts';
import { StoreError } from './codes.ts';
import { corrupt } from './disk-errors.ts';
import type { Node } from './layout.ts';
import type { Medium } from './medium.ts';
import { type Records, valueName } from './records.ts';
import { type RecordMap, type SortedChange, type Update, updateTree } from './update.ts';
import type { Meta } from './version-record.ts';

export interface Version {
  readonly version: bigint;
  readonly root: Node;
  readonly meta: Meta;
}

interface Kept extends Version {
  /** Records of this version that the next one replaced. Known for an unbroken run of versions up to the last but one. */
  replaced?: RecordMap;
  forgotten?: true;
}

export class History {
  readonly #medium: Medium;
  readonly #kept = new Map<bigint, Kept>();
  #last: Kept;

  constructor(medium: Medium, first: Version) {
    this.#medium = medium;
    this.#last = { ...first };
    this.#kept.set(first.version, this.#last);
  }

  get last(): Version {
    return this.#last;
  }

  get oldest(): bigint {
    return (this.#kept.keys().next().value as bigint | undefined) ?? this.#last.version;
  }

  /** Throws STORE_VERSION_UNKNOWN for a version that is not kept. */
  at(version: bigint): Version {
    return this.#at(version);
  }

  /** Reads a version; every read throws STORE_VERSION_UNKNOWN once it is forgotten. */
  records(version: bigint): Records {
    const kept = this.#at(version);
    const read = (name: string, hash: Bytes): Bytes => {
      if (kept.forgotten) throw this.#unknown(version);
      const record = this.#read(kept, name, hash);
      if (record) return record;
      throw corrupt(this.#medium.name, `record "${name}" of version ${version} is missing`);
    };
    return { page: read, value: (key, digest) => read(valueName(key), digest) };
  }

  /**
   * Before the medium takes the next version: what that replaces is from now on read from `replaced`, so that readers of
   * the present version see no difference while and after it is written.
   */
  shield(replaced: RecordMap): void {
    this.#last.replaced = replaced;
  }

  /** The next version was not written. */
  unshield(): void {
    delete this.#last.replaced;
  }

  /** Adds the version after the last one; without a `shield` before it, what it replaced is worked out when needed. */
  push(next: Version): void {
    this.#last = { version: next.version, root: next.root, meta: next.meta };
    this.#kept.set(next.version, this.#last);
  }

  forgetBefore(oldest: bigint): void {
    for (const [version, kept] of this.#kept) {
      if (version >= oldest) return;
      this.#forget(kept);
    }
  }

  /** Every reader throws from now on; for a medium that is emptied. */
  forgetAll(): void {
    for (const kept of this.#kept.values()) this.#forget(kept);
  }

  /** Forgets the versions after `version` and returns what makes its records of those of the last one; readers are shielded. */
  backTo(version: bigint): RecordMap {
    const target = this.#at(version);
    if (target !== this.#last) this.#workOut(target);
    const written = new Map<string, Bytes | undefined>();
    for (let back = this.#last.version - 1n; back >= version; back--) {
      for (const [name, record] of this.#at(back).replaced ?? []) written.set(name, record);
    }
    for (const kept of [...this.#kept.values()]) if (kept.version > version) this.#forget(kept);
    this.#last = target;
    target.replaced = written;
    return written;
  }

  /** What leads from `version` back to the one before it. */
  undo(version: bigint): Update {
    const { differences } = this.#medium.version(version);
    const changes = differences.map(({ key, before }): SortedChange => ({ key, hex: toHex(key), value: before }));
    return updateTree(this.records(version), this.#at(version).root, changes);
  }

  #read(from: Kept, name: string, hash: Bytes): Bytes | undefined {
    if (from !== this.#last && !from.replaced) this.#workOut(from);
    for (let kept: Kept | undefined = from; kept; kept = this.#kept.get(kept.version + 1n)) {
      if (kept.replaced?.has(name)) return kept.replaced.get(name);
      if (kept === this.#last) break;
    }
    return this.#medium.read(name, hash);
  }

  /** From the newest to the oldest, as each needs those after it. */
  #workOut(from: Kept): void {
    for (let version = this.#last.version - 1n; version >= from.version; version--) {
      const kept = this.#at(version);
      kept.replaced ??= this.undo(version + 1n).written;
    }
  }

  #forget(kept: Kept): void {
    kept.forgotten = true;
    this.#kept.delete(kept.version);
  }

  #at(version: bigint): Kept {
    const kept = this.#kept.get(version);
    if (!kept) throw this.#unknown(version);
    return kept;
  }

  #unknown(version: bigint): StoreError {
    const { oldest, last } = this;
    const message = `version ${version} is not kept in ${this.#medium.name}, which has ${oldest} to ${last.version}`;
    return new StoreError('STORE_VERSION_UNKNOWN', message, { version, oldest, last: last.version, store: this.#medium.name });
  }
}
