// Whose witness key signs in matters of governance: one in a file, or that of a devnet's validator, which everybody knows.

import { Option } from 'commander';
import type { Bytes } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { Flags, Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';
import { integer } from './flags.ts';

/** Who signs; exactly one of the first and the last. */
export const witnessFlags = () => [
  new Option('--witness-key-file <file>', 'sign with the witness key in this file').env('PEG_WITNESS_KEY_FILE'),
  new Option('--password-file <file>', 'its password, when it is encrypted (default: asked for)'),
  new Option('--devnet-validator <n>', 'sign as a validator of the devnet, counted from 0').argParser(integer(0, 999)),
];

/** The witness key that the flags name. Throws USAGE and the codes of key files. */
export async function readWitnessKey(flags: Flags, terminal: Terminal, pegChainId: string): Promise<Bytes> {
  if ((flags.witnessKeyFile === undefined) === (flags.devnetValidator === undefined))
    throw usage('say who signs: --witness-key-file FILE, or --devnet-validator N on a devnet');
  if (flags.witnessKeyFile !== undefined) {
    const { readSecret } = await import('./key-commands.ts');
    return readSecret(flags.witnessKeyFile as string, flags.passwordFile as string | undefined, terminal);
  }
  if (pegChainId !== 'peg-devnet')
    throw usage(`everybody knows the devnet's keys: on ${pegChainId} sign with --witness-key-file`);
  const { derivedKey } = await import('../devnet/genesis.ts');
  return derivedKey('witness', flags.devnetValidator as number);
}

function usage(message: string): CodedError<CliErrorCode> {
  return new CodedError<CliErrorCode>('USAGE', message);
}
