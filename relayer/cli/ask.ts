// Asks a person at the terminal for one line, which may be hidden: then nothing of it is shown, and Ctrl-Z, which would show the
// rest, does nothing.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CodedError } from '../lib/errors.ts';
import type { Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** `NOTHING_ENTERED`: Ctrl-C or Ctrl-D in place of an answer. */
export type AskErrorCode = 'NOTHING_ENTERED';

export interface Question {
  readonly text: string;
  /** What is asked for, and the flag that makes asking needless: said where there is no terminal. */
  readonly subject: string;
  readonly flag: string;
  readonly hidden: boolean;
}

/** The line without its end. Throws USAGE where there is no terminal, NOTHING_ENTERED, and the reason of an aborted signal. */
export async function askLine({ text, subject, flag, hidden }: Question, { input, err, signal }: Terminal): Promise<string> {
  if ((input as NodeJS.ReadStream).isTTY !== true)
    throw new CodedError<CliErrorCode>('USAGE', `there is no terminal to ask for ${subject}: give ${flag}`);
  const lines = createInterface(hidden ? { input, output: nowhere(), terminal: true } : { input });
  // Only now, for who answers at once: what is typed from here on is hidden.
  err(text);
  const closed = new AbortController();
  lines.once('close', () => closed.abort()).on('SIGTSTP', () => {});
  try {
    return await lines.question('', { signal: AbortSignal.any([signal, closed.signal]) });
  } catch {
    signal.throwIfAborted();
    throw new CodedError<AskErrorCode>('NOTHING_ENTERED', `${subject} was not entered`);
  } finally {
    lines.close();
  }
}

/** Where the editor of the line shows it. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
