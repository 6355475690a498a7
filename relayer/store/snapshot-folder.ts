// The snapshots that a node offers: the last few versions it froze, a file each. One is made at a time, beside everything
// else the node does; a version that comes while another is being written is passed over.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bytes } from '../lib/bytes.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { ioError } from './disk-errors.ts';
import { openSnapshot, PARTIAL, type SnapshotFile, writeSnapshot } from './snapshot-file.ts';
import type { StateStore } from './state-store.ts';

const FILE_NAME = /^snapshot-[0-9]{20}\.peg$/;

export interface SnapshotFolderOptions {
  /** Made when it does not exist. */
  readonly folder: string;
  /** How many snapshots stay, at least 1. */
  readonly keep: number;
  /** Names of the store's records that go with a snapshot. */
  readonly records: readonly string[];
}

export class SnapshotFolder {
  readonly #options: SnapshotFolderOptions;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** Oldest first. */
  #files: { readonly path: string; readonly snapshot: SnapshotFile }[] = [];
  #making: Promise<void> | undefined;
  /** What is being made. */
  #version: bigint | undefined;

  private constructor(options: SnapshotFolderOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Removes what was not finished; a damaged snapshot is removed with a warning. Throws STORE_IO, STORE_DISK_FULL. */
  static async open(options: SnapshotFolderOptions, { log }: { readonly log: Log }): Promise<SnapshotFolder> {
    const { folder } = options;
    const all = new SnapshotFolder(options, log);
    try {
      await mkdir(folder, { recursive: true });
      for (const name of (await readdir(folder)).sort()) {
        if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true });
        else if (FILE_NAME.test(name)) await all.#add(join(folder, name));
      }
      await all.#forgetOldest();
      return all;
    } catch (error) {
      await all.close();
      throw ioError(folder, error);
    }
  }

  /** Oldest first. */
  get snapshots(): readonly SnapshotFile[] {
    return this.#files.map(({ snapshot }) => snapshot);
  }

  /** Version of the oldest snapshot, or of the one that is being written when there is none. */
  get oldest(): bigint | undefined {
    return this.#files[0]?.snapshot.manifest.version ?? this.#version;
  }

  /** Freezes the store's last version and begins to write it; does nothing while another is being written. Never throws. */
  take(store: StateStore): void {
    if (this.#making !== undefined || this.#stop.signal.aborted) return;
    this.#making = this.#make(store)
      .catch((error) => {
        if (!this.#stop.signal.aborted) this.#log.warn({ error: describe(error) }, 'snapshot could not be made');
      })
      .finally(() => {
        this.#making = this.#version = undefined;
      });
  }

  /** Resolves when no snapshot is being written. */
  async settled(): Promise<void> {
    await this.#making;
  }

  /** A chunk of the snapshot of `version`; undefined when there is none. A damaged snapshot is dropped. */
  async chunk(version: bigint, index: number): Promise<Bytes | undefined> {
    const file = this.#files.find(({ snapshot }) => snapshot.manifest.version === version);
    if (file === undefined || index >= file.snapshot.manifest.chunks.length) return undefined;
    try {
      return await file.snapshot.chunk(index);
    } catch (error) {
      this.#log.warn({ file: file.path, error: describe(error) }, 'snapshot is damaged and was removed');
      await this.#remove(file);
      return undefined;
    }
  }

  /** Removes the snapshots of versions after `version`, for a chain that goes back. */
  async removeAfter(version: bigint): Promise<void> {
    for (const file of [...this.#files]) if (file.snapshot.manifest.version > version) await this.#remove(file);
  }

  /** Gives up a snapshot that is being written. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the node stops'));
    await this.#making;
    for (const { snapshot } of this.#files.splice(0)) await snapshot.close();
  }

  async #make(store: StateStore): Promise<void> {
    const frozen = store.freeze();
    this.#version = frozen.version;
    try {
      const path = join(this.#options.folder, `snapshot-${frozen.version.toString().padStart(20, '0')}.peg`);
      for (const file of this.#files) if (file.path === path) await this.#remove(file);
      await writeSnapshot(frozen, path, { records: this.#options.records, signal: this.#stop.signal });
      await this.#add(path);
      this.#log.info({ height: frozen.version, entries: frozen.entries }, 'snapshot was made');
      await this.#forgetOldest();
    } finally {
      await frozen.release();
    }
  }

  async #add(path: string): Promise<void> {
    try {
      const snapshot = await openSnapshot(path);
      this.#files = [...this.#files, { path, snapshot }];
    } catch (error) {
      if (!hasCode(error, 'SNAPSHOT_INVALID')) throw error;
      this.#log.warn({ file: path, error: describe(error) }, 'snapshot is damaged and was removed');
      await rm(path, { force: true });
    }
  }

  async #forgetOldest(): Promise<void> {
    for (const file of this.#files.slice(0, Math.max(0, this.#files.length - this.#options.keep))) await this.#remove(file);
  }

  async #remove(file: { readonly path: string; readonly snapshot: SnapshotFile }): Promise<void> {
    this.#files = this.#files.filter((other) => other !== file);
    await rm(file.path, { force: true });
    await file.snapshot.close();
  }
}
