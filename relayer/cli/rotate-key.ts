// Replacing the witness key of a home. A key votes only while the network knows it, so the next one is made first and lies
// beside the one in use until the validators have accepted it; the old one is kept, never overwritten.

import { link, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { addressOf } from '../lib/secp256k1.ts';
import type { NodeConfig } from '../node/config-schema.ts';
import { assertNoKeyFile, readKeyFile, readPasswordFile, writeKeyFile } from '../node/key-file.ts';
import { pathFrom } from '../node/load-config.ts';
import type { Flags, Terminal } from './command.ts';
import { addressIn, homeConfig, nextKeyFile, witnessKeyFile } from './key-commands.ts';
import { newKey } from './new-key.ts';
import { readPassword } from './password.ts';

/** `NO_WITNESS_KEY`: a full node has no key to rotate. `NO_NEXT_KEY`: there is nothing to switch to. */
export type RotateErrorCode = 'NO_WITNESS_KEY' | 'NO_NEXT_KEY';

/** Makes the next key, under the password of the present one, which must be right. Throws KEY_EXISTS when there is one. */
export async function makeNextKey(
  flags: Flags,
  terminal: Terminal,
): Promise<{ readonly home: string; readonly nextWitness: Hex; readonly file: string }> {
  const config = await homeConfig(flags, terminal);
  const keyFile = keyFileOf(config);
  const file = nextKeyFile(keyFile);
  await assertNoKeyFile(file);
  const password = await passwordOf(config, keyFile, terminal);
  await readKeyFile(keyFile, password);
  const key = newKey();
  await writeKeyFile(file, key, { password });
  return { home: config.home, nextWitness: addressOf(key), file };
}

/** Puts the next key in the place of the present one, which is kept under its address. */
export async function switchToNextKey(
  flags: Flags,
  terminal: Terminal,
): Promise<{ readonly witness: Hex; readonly kept: string }> {
  const keyFile = keyFileOf(await homeConfig(flags, terminal));
  const next = nextKeyFile(keyFile);
  const witness = await addressIn(next).catch(() => {
    const message = `there is no key in ${next}: make one with peg keys rotate, without --switch`;
    throw new CodedError<RotateErrorCode>('NO_NEXT_KEY', message, { file: next });
  });
  const kept = join(dirname(keyFile), `witness-key-${await addressIn(keyFile)}.json`);
  // A second name first, then one step: at no moment is the home without a key.
  await link(keyFile, kept).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rename(next, keyFile);
  return { witness, kept };
}

function keyFileOf(config: NodeConfig): string {
  const keyFile = witnessKeyFile(config);
  if (keyFile !== undefined) return keyFile;
  const message = `${config.home} is a full node: it has no witness key (witness.key_file in its peg.toml)`;
  throw new CodedError<RotateErrorCode>('NO_WITNESS_KEY', message, { home: config.home });
}

async function passwordOf({ home, witness }: NodeConfig, keyFile: string, terminal: Terminal): Promise<string> {
  return witness.passwordFile === undefined
    ? readPassword(undefined, keyFile, terminal)
    : readPasswordFile(pathFrom(home, witness.passwordFile));
}
