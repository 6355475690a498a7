// The command line: finds the command, parses its flags, turns every error into one line and an exit code.

import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander';
import { describe } from '../lib/errors.ts';
import type { CommandDefinition, Flags, Terminal } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT_USAGE, exitCodeOf } from './exit-codes.ts';

/** What the commands have in common that begin with the same word. */
const GROUPS: Readonly<Record<string, string>> = {
  keys: 'the keys of a node: make, show, import, replace',
  govern: 'motions of the validators: propose, vote, list, show',
  order: 'post orders',
  orders: 'follow orders',
  latch: 'the finality latch of a node: show, reset',
};

function define(program: Command, definition: CommandDefinition, more: readonly Option[], terminal: Terminal): void {
  const words = definition.usage.split(' ');
  let parent = program;
  while (words.length > 1 && /^[a-z]/.test(words[1] ?? '')) {
    const word = words.shift() as string;
    parent =
      parent.commands.find((other) => other.name() === word) ??
      parent.command(word).summary(GROUPS[word] ?? `commands on ${word}s`);
  }
  const command = parent.command(words.join(' ')).summary(definition.summary).description(definition.summary);
  for (const option of [...definition.options, ...more]) command.addOption(option);
  command.addHelpText('after', `\nExample:\n  ${definition.example}`);
  command.allowExcessArguments(false).action(async (...parsed: unknown[]) => {
    const args = parsed.slice(0, -2).filter((argument) => argument !== undefined) as string[];
    try {
      await definition.run(args, parsed.at(-2) as Flags, terminal);
    } catch (error) {
      if (error instanceof InvalidArgumentError) command.error(`error: argument '${args[0]}' is invalid. ${error.message}`);
      throw error;
    }
  });
}

/** Builds the command line for these words; every command throws instead of ending the process. */
async function createProgram(words: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('peg').description(
    'Peg zones: validators watch a staking contract on Ethereum and agree on what happened there.',
  );
  program.configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.err(text.trimEnd()) });
  program.exitOverride().showHelpAfterError('(add --help for the flags and an example)');
  program.configureHelp({ showGlobalOptions: false });
  for (const definition of COMMANDS) {
    const isMeant = words.includes(definition.usage.split(' ')[0] as string);
    define(program, definition, isMeant ? ((await definition.moreOptions?.()) ?? []) : [], terminal);
  }
  const inherit = (command: Command) => {
    for (const child of command.commands) inherit(child.copyInheritedSettings(command));
  };
  inherit(program);
  return program;
}

/** Runs one command line (without the program's own words) and gives its exit code. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await (await createProgram(words, terminal)).parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    terminal.err(`peg: ${describe(error)}`);
    if (terminal.env.PEG_DEBUG !== undefined && error instanceof Error) terminal.err(error.stack ?? '');
    return exitCodeOf(error);
  }
}
