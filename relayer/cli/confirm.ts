// Asks before something that cannot be taken back.

import { createInterface } from 'node:readline/promises';
import { CodedError } from '../lib/errors.ts';
import type { Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** True when the answer is exactly `word`. Throws USAGE where there is no terminal to ask. */
export async function confirm(question: string, word: string, { input, err, signal }: Terminal): Promise<boolean> {
  if ((input as NodeJS.ReadStream).isTTY !== true)
    throw new CodedError<CliErrorCode>('USAGE', 'there is no terminal to ask for confirmation: give --yes');
  err(question);
  const lines = createInterface({ input });
  try {
    return (await lines.question('', { signal })).trim() === word;
  } finally {
    lines.close();
  }
}
