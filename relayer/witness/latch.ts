// The finality latch: the one thing that a witness stores. It closes when Ethereum no longer holds what the peg holds for
// final, and only an operator opens it again. A latch file that cannot be read counts as closed.

import { readFile, rm } from 'node:fs/promises';
import type { Hex } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';

/** Why the latch is closed. Block numbers and nonces are decimal text, so that the file is plain JSON. */
export interface LatchRecord {
  /** ISO 8601. */
  readonly closedAt: string;
  readonly reason: 'hash' | 'commitment' | 'unreadable';
  readonly message: string;
  readonly block?: string;
  readonly head?: { readonly number: string; readonly hash: Hex };
  readonly peg?: LatchSide;
  readonly chain?: LatchSide;
}

/** What one of the two says of the block. */
export interface LatchSide {
  readonly hash: Hex;
  readonly nonce?: string;
  readonly accumulator?: Hex;
}

export interface Latch {
  /** The record while the latch is closed. */
  read(): Promise<LatchRecord | undefined>;
  close(record: LatchRecord): Promise<void>;
  /** For the operator's command only. */
  reopen(): Promise<void>;
}

/** A latch in a file that exists exactly while it is closed; written to a neighbour, synced and moved into place. */
export function fileLatch(path: string): Latch {
  return {
    async read() {
      try {
        return parseRecord(await readFile(path, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        return { closedAt: '', reason: 'unreadable', message: `the latch file ${path} cannot be read: ${describe(error)}` };
      }
    },
    async close(record) {
      await replaceFile(path, `${JSON.stringify(record, null, 2)}\n`);
    },
    async reopen() {
      await rm(path, { force: true });
    },
  };
}

/** A latch that lasts as long as the object. */
export function memoryLatch(initial?: LatchRecord): Latch {
  let record = initial;
  return {
    read: async () => record,
    close: async (closed) => {
      record = closed;
    },
    reopen: async () => {
      record = undefined;
    },
  };
}

function parseRecord(text: string): LatchRecord {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('message' in value) || !('reason' in value))
    throw new Error('it is not a latch record');
  return value as LatchRecord;
}
