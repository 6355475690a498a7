// Makes a node's home: folder, config, keys, genesis. Never touches what is there: keys in a folder may be all that is left
// of a validator.

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { writeCometHome } from '../comet/comet-home.ts';
import type { Bytes } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { configText } from './config-text.ts';
import { NodeError } from './errors.ts';
import { homeLayout, WITNESS_KEY_FILE, WITNESS_PASSWORD_FILE } from './home-layout.ts';
import { writeKeyFile } from './key-file.ts';
import { CONFIG_FILE } from './load-config.ts';

export interface NewHome {
  readonly genesis: GenesisDoc;
  /** By path, as in `ConfigSources.flags`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** ed25519 seeds, 32 bytes; a full node has a consensus key as well, which is no validator's. */
  readonly consensusSeed: Bytes;
  readonly nodeSeed: Bytes;
  /** Absent: a full node. */
  readonly witness?: WitnessSecret | undefined;
}

export interface WitnessSecret {
  /** secp256k1, 32 bytes. */
  readonly key: Bytes;
  /** What encrypts the key file. Absent: a random password, kept in a file beside it. */
  readonly password?: string | undefined;
  /** A file with that password, named in the config; absent: it is asked for at every start. */
  readonly passwordFile?: string | undefined;
}

const OWNER_ONLY = 0o700;
const SECRET = 0o600;
/** A random password of 32 bytes needs no expensive key derivation. */
const CHEAP_SCRYPT = 2;

/** Fills a folder that is new or empty. Throws HOME_EXISTS, HOME_UNWRITABLE, KEY_INVALID. */
export async function createHome(home: string, { genesis, settings, witness, ...seeds }: NewHome): Promise<void> {
  try {
    await claim(home);
    const forWitness = witness === undefined ? {} : await writeWitness(home, witness);
    await writeCometHome(homeLayout(home).comet, { genesis, ...seeds });
    await writeFile(join(home, CONFIG_FILE), configText({ ...settings, ...forWitness }), { flag: 'wx' });
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw new NodeError('HOME_UNWRITABLE', `the home ${home} could not be written: ${describe(error)}`, { home });
  }
}

async function claim(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: OWNER_ONLY });
  // One that was there may be open to others.
  if ((await readdir(home)).length === 0) return chmod(home, OWNER_ONLY);
  throw new NodeError('HOME_EXISTS', `${home} is not empty: a home is made in a new folder, so that no key is lost`, { home });
}

async function writeWitness(home: string, { key, password, passwordFile }: WitnessSecret): Promise<Record<string, string>> {
  const keyFile = join(home, WITNESS_KEY_FILE);
  if (password !== undefined) {
    await writeKeyFile(keyFile, key, { password });
    return { 'witness.keyFile': WITNESS_KEY_FILE, ...(passwordFile && { 'witness.passwordFile': passwordFile }) };
  }
  const random = randomBytes(32).toString('hex');
  await writeFile(join(home, WITNESS_PASSWORD_FILE), `${random}\n`, { flag: 'wx', mode: SECRET });
  await writeKeyFile(keyFile, key, { password: random, scryptN: CHEAP_SCRYPT });
  return { 'witness.keyFile': WITNESS_KEY_FILE, 'witness.passwordFile': WITNESS_PASSWORD_FILE };
}
