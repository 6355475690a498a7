// The file that says that a folder is a store, and of which format. It also holds a version that the store had for
// certain, so that a log whose end was lost later on is noticed: LevelDB drops a damaged end without a word.

import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { placeFile } from '../lib/place-file.ts';
import { StoreError } from './codes.ts';
import { corrupt, ioError } from './disk-errors.ts';

const FILE = 'STORE.json';
/** Names until it is complete; a kill or a full disk leaves them behind. */
const UNFINISHED = /^STORE\.json\..*new$/;
const KIND = 'peg state';
const FORMAT = 1;

export interface Marker {
  /** False until the first records are written. */
  readonly ready: boolean;
  /** A version that was on disk when this was written; the last one cannot be lower. */
  readonly version: bigint;
}

/** Undefined when the folder is new (missing, or empty but for a first marker that was not finished); throws STORE_FOREIGN when it holds something else. */
export async function readMarker(folder: string): Promise<Marker | undefined> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw foreign(folder, 'it is a file');
    throw ioError(folder, error);
  });
  if (names.every((name) => UNFINISHED.test(name))) return undefined;
  if (!names.includes(FILE)) throw foreign(folder, `it is not empty and has no ${FILE}`);
  const text = await readFile(join(folder, FILE), 'utf8').catch((error) => {
    throw ioError(folder, error);
  });
  return parse(folder, text);
}

/** Makes the first one, of a store that is not ready, unless somebody else has just done so. */
export async function beginMarker(folder: string): Promise<void> {
  const temporary = join(folder, `${FILE}.${randomUUID()}.new`);
  try {
    await write(temporary, { ready: false, version: 0n });
    await placeFile(temporary, join(folder, FILE)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(temporary);
    await syncFolder(folder);
  } catch (error) {
    throw ioError(folder, error);
  }
}

/** Replaces the file at one stroke; only for whoever has the database open. */
export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  const temporary = join(folder, `${FILE}.new`);
  try {
    await write(temporary, marker);
    await rename(temporary, join(folder, FILE));
    await syncFolder(folder);
  } catch (error) {
    throw ioError(folder, error);
  }
}

async function write(path: string, { ready, version }: Marker): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(`${JSON.stringify({ kind: KIND, format: FORMAT, ready, version: version.toString() })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}

function parse(folder: string, text: string): Marker {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw corrupt(folder, `${FILE} cannot be read`, error);
  }
  if (value.kind !== KIND) throw foreign(folder, `its ${FILE} is of another kind`);
  if (value.format !== FORMAT) throw foreign(folder, `its format is ${value.format}, this program reads ${FORMAT}`);
  if (typeof value.version !== 'string' || !/^\d{1,20}$/.test(value.version) || typeof value.ready !== 'boolean') {
    throw corrupt(folder, `${FILE} is damaged`);
  }
  return { ready: value.ready, version: BigInt(value.version) };
}

function foreign(folder: string, why: string): StoreError {
  const message = `${folder} is not a state store of this program: ${why}; give another folder, nothing was changed`;
  return new StoreError('STORE_FOREIGN', message, { folder });
}
