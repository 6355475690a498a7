// A command run in the process of the test, with what it prints: for the many ways in which a command can end.

import { Readable } from 'node:stream';
import type { Finished } from './peg-process.ts';

/** Runs one command line to its end. */
export async function runCommand(words: readonly string[], signal = new AbortController().signal): Promise<Finished> {
  // mocha requires its files, commands import what they need: only when the program is imported too are its errors and theirs
  // of one class.
  const { runProgram } = await import('../../relayer/cli/program.ts');
  let [stdout, stderr] = ['', ''];
  const code = await runProgram(words, {
    out: (text) => {
      stdout += `${text}\n`;
    },
    err: (text) => {
      stderr += `${text}\n`;
    },
    input: Readable.from([]),
    interactive: false,
    env: {},
    signal,
  });
  return { code, stdout, stderr };
}
