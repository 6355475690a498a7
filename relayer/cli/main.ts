// Entry point of the `peg` command: the real terminal, the real signals.

import process from 'node:process';
import type { Terminal } from './command.ts';
import { EXIT_FAILURE } from './exit-codes.ts';
import { runProgram } from './program.ts';

/** The real terminal. Ctrl-C asks the command to stop; a second one ends the process at once. */
function openTerminal(): Terminal {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(EXIT_FAILURE);
    stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.stdout.on('error', () => process.exit(EXIT_FAILURE));
  // What cannot be said is not worth ending for.
  process.stderr.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    input: process.stdin,
    interactive: process.stderr.isTTY === true && process.env.CI !== 'true',
    env: process.env,
    signal: stop.signal,
  };
}

process.exitCode = await runProgram(process.argv.slice(2), openTerminal());
// A command that has returned has closed what it opened; a handle that a library keeps must not keep the process.
process.exit();
