// From LevelDB's and the operating system's errors to the room's codes, each with what to do.

import { describe } from '../lib/errors.ts';
import { StoreError } from './codes.ts';

/** STORE_CORRUPT, with the only two ways out. */
export function corrupt(folder: string, what: string, cause?: unknown): StoreError {
  const message = `the state store in ${folder} is damaged: ${what}; restore the folder from a copy, or remove it and let the node replay the chain`;
  return new StoreError('STORE_CORRUPT', message, { folder }, cause === undefined ? undefined : { cause });
}

export function locked(folder: string, cause?: unknown): StoreError {
  const message = `the state store in ${folder} is in use; stop the process that has it open, or give another folder`;
  return new StoreError('STORE_LOCKED', message, { folder }, cause === undefined ? undefined : { cause });
}

/** A failure to read or write as a StoreError; anything else, such as an error of the program, is passed on as it is. */
export function ioError(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  const text = describe(error);
  if (error instanceof StoreError || (typeof code !== 'string' && !/IO error|Corruption/.test(text))) return error;
  if (code === 'LEVEL_LOCKED') return locked(folder, error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || /No space left|Disk quota/i.test(text)) {
    const message = `the disk of ${folder} is full; make room and start again, the last commit is safe`;
    return new StoreError('STORE_DISK_FULL', message, { folder }, { cause: error });
  }
  if (code === 'LEVEL_CORRUPTION' || /Corruption|does not exist|No such file|Invalid argument/i.test(text)) {
    return corrupt(folder, 'its database cannot be read', error);
  }
  return new StoreError('STORE_IO', `the state store in ${folder} could not be read or written`, { folder }, { cause: error });
}

/** The innermost code there is: abstract-level wraps the reason of a failed opening. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return codeOf(error.cause) ?? (error as { code?: unknown }).code;
}
