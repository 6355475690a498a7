// Passwords of key files: from a file, or asked for on a terminal without showing them.

import { CodedError } from '../lib/errors.ts';
import { readPasswordFile } from '../node/key-file.ts';
import { askLine } from './ask.ts';
import type { Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** The password in `file`; without one the terminal is asked. Throws USAGE where there is neither, NOTHING_ENTERED, KEY_UNREADABLE. */
export async function readPassword(file: string | undefined, purpose: string, terminal: Terminal): Promise<string> {
  return file === undefined ? ask(`password of ${purpose}: `, terminal) : readPasswordFile(file);
}

/** Like readPassword, for a new key: a terminal is asked twice, and an empty password is refused. */
export async function readNewPassword(file: string | undefined, purpose: string, terminal: Terminal): Promise<string> {
  const password = await readPassword(file, purpose, terminal);
  if (password === '') throw new CodedError<CliErrorCode>('USAGE', `the password of ${purpose} must not be empty`);
  if (file === undefined && (await ask('again: ', terminal)) !== password)
    throw new CodedError<CliErrorCode>('USAGE', 'the two passwords differ');
  return password;
}

function ask(text: string, terminal: Terminal): Promise<string> {
  return askLine({ text, subject: 'a password', flag: '--password-file FILE', hidden: true }, terminal);
}
