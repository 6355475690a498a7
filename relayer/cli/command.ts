// A command as data: its words, flags and example, and a `run` that gets them parsed. One file a command; what a command
// needs to work is imported inside `run`, so that `--help` stays quick.

import type { Option } from 'commander';

/** The outside world of a command; tests pass their own. */
export interface Terminal {
  /** The result, and nothing else. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Standard input. */
  readonly input: NodeJS.ReadableStream;
  /** Whether standard error is a terminal that may be redrawn. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type Flags = Readonly<Record<string, unknown>>;

export interface CommandDefinition {
  /** Words and arguments, e.g. `limit <address>`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** Options that are expensive to make: made only for a command line that begins with the first word of `usage`. */
  readonly moreOptions?: () => Promise<readonly Option[]>;
  readonly example: string;
  run(args: readonly string[], flags: Flags, terminal: Terminal): Promise<void>;
}
