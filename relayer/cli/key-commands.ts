// Witness keys in files, as the `keys` commands read, write and name them.

import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { getAddress } from 'ethers';
import { isKeystoreJson } from 'ethers/wallet';
import { readCometIdentity } from '../comet/comet-home.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { addressOf } from '../lib/secp256k1.ts';
import type { NodeConfig } from '../node/config-schema.ts';
import { homeLayout } from '../node/home-layout.ts';
import { assertNoKeyFile, readKeyFile, writeKeyFile } from '../node/key-file.ts';
import { loadConfig, pathFrom } from '../node/load-config.ts';
import type { Flags, Terminal } from './command.ts';
import { readNewPassword, readPassword } from './password.ts';

export interface Identity {
  readonly nodeId: string;
  readonly consensusAddress: Hex;
  /** base64. */
  readonly consensusKey: string;
  readonly witness?: Hex;
  /** Of a rotation that has begun. */
  readonly nextWitness?: Hex;
}

/** Writes a new encrypted key file; returns the key's address. Throws KEY_EXISTS, USAGE. */
export async function writeSecret(file: string, key: Bytes, flags: Flags, terminal: Terminal): Promise<Hex> {
  await assertNoKeyFile(file);
  const password = await readNewPassword(flags.passwordFile as string | undefined, file, terminal);
  await writeKeyFile(file, key, { password });
  return addressOf(key);
}

/** The key in a file, encrypted or not. */
export async function readSecret(file: string, passwordFile: string | undefined, terminal: Terminal): Promise<Bytes> {
  const isEncrypted = isKeystoreJson(await readFile(file, 'utf8').catch(() => ''));
  return readKeyFile(file, isEncrypted ? await readPassword(passwordFile, file, terminal) : undefined);
}

export async function identityOf(flags: Flags, terminal: Terminal): Promise<Identity> {
  const config = await homeConfig(flags, terminal);
  const { nodeId, consensusAddress, consensusKey } = await readCometIdentity(homeLayout(config.home).comet);
  const keyFile = witnessKeyFile(config);
  const witness = keyFile === undefined ? undefined : await addressIn(keyFile);
  const next = keyFile === undefined ? undefined : await addressIn(nextKeyFile(keyFile)).catch(() => undefined);
  return {
    nodeId,
    consensusAddress,
    consensusKey: Buffer.from(consensusKey).toString('base64'),
    ...(witness && { witness }),
    ...(next && { nextWitness: next }),
  };
}

/** The config of the home that `--home` names. */
export function homeConfig(flags: Flags, { env }: Terminal): Promise<NodeConfig> {
  return loadConfig({ flags: { home: pathFrom(process.cwd(), flags.home as string) }, env });
}

export function witnessKeyFile({ home, witness }: NodeConfig): string | undefined {
  return witness.keyFile === undefined ? undefined : pathFrom(home, witness.keyFile);
}

/** Where a rotation keeps the key that is to come. */
export function nextKeyFile(keyFile: string): string {
  return `${keyFile}.next`;
}

/** Key files name their address in the open; a key without encryption is read for it. */
export async function addressIn(keyFile: string): Promise<Hex> {
  const text = await readFile(keyFile, 'utf8').catch(() => '');
  if (!isKeystoreJson(text)) return addressOf(await readKeyFile(keyFile));
  const { address } = JSON.parse(text) as { address?: string };
  if (address === undefined) throw new CodedError('KEY_INVALID', `${keyFile} does not name its address`, { file: keyFile });
  return getAddress(address).toLowerCase() as Hex;
}
