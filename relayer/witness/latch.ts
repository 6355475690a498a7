// The finality latch: the one thing that a witness stores. It closes when Ethereum no longer holds what the peg holds for
// final, and only an operator opens it again. A latch file that cannot be read counts as closed.

import { access, readFile, rename } from 'node:fs/promises';
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
  /** For the operator's command only. Keeps the record as evidence and returns where; undefined when the latch was open. */
  reopen(): Promise<string | undefined>;
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
      const record = await this.read();
      if (record === undefined) return undefined;
      const evidence = await unusedName(path, record.closedAt);
      await rename(path, evidence);
      return evidence;
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
      return undefined;
    },
  };
}

/** `latch.json` becomes `latch-2026-08-01T12-00-00-000Z.json`, with a number when the name is taken. */
async function unusedName(path: string, closedAt: string): Promise<string> {
  const stem = path.replace(/\.json$/, '');
  const time = closedAt === '' ? 'unreadable' : closedAt.replace(/[^0-9A-Za-z]/g, '-');
  for (let number = 1; ; number++) {
    const name = `${stem}-${time}${number === 1 ? '' : `-${number}`}.json`;
    if (!(await exists(name))) return name;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function parseRecord(text: string): LatchRecord {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('message' in value) || !('reason' in value))
    throw new Error('it is not a latch record');
  return value as LatchRecord;
}
