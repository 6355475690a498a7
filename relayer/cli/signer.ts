// Whose key signs on the command line: a devnet staker's, or one in a file.

import { readFile } from 'node:fs/promises';
import { Wallet } from 'ethers';
import { stakerWallet } from '../devnet/stakers.ts';
import type { Bytes } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { Flags } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** Chain ids of Hardhat, anvil and geth --dev: the only ones on which keys that everybody knows may sign. */
const LOCAL_CHAINS: readonly bigint[] = [31337n, 1337n];

/** The wallet that the flags name, for use on the chain `chainId`. */
export async function readSigner(flags: Flags, chainId: bigint): Promise<Wallet> {
  if ((flags.staker === undefined) === (flags.keyFile === undefined)) {
    throw new CodedError<CliErrorCode>('USAGE', 'say who signs: --staker N on a devnet, or --key-file FILE');
  }
  if (flags.keyFile !== undefined) return readKeyFile(flags.keyFile as string);
  if (!LOCAL_CHAINS.includes(chainId)) {
    throw new CodedError<CliErrorCode>('USAGE', `everybody knows the devnet's keys: on chain ${chainId} sign with --key-file`);
  }
  return stakerWallet(flags.staker as number);
}

/** A private key as 0x and 64 hex digits; anything else is a usage error that names the file. */
export async function readKeyFile(file: string): Promise<Wallet> {
  const text = (await readInput(file)).trim();
  const digits = text.startsWith('0x') ? text : `0x${text}`;
  if (!/^0x[0-9a-fA-F]{64}$/.test(digits))
    throw new CodedError<CliErrorCode>('USAGE', `${file} must hold a private key: 64 hex digits`);
  return new Wallet(digits);
}

/** The text of a file that the user names. */
export async function readInput(file: string): Promise<string> {
  return new TextDecoder().decode(await readInputBytes(file));
}

/** The bytes of a file that the user names. */
export async function readInputBytes(file: string): Promise<Bytes> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CodedError<CliErrorCode>('USAGE', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`);
  }
}
