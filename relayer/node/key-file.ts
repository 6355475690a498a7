// Files with a witness key: an encrypted Ethereum key file (Web3 Secret Storage v3, as geth and ethers write it), or, for
// devnets, 64 hex digits in a file that only its owner can read. Keys never appear in messages.

import { scrypt as nativeScrypt } from 'node:crypto';
import { chmod, open, readFile, rm, stat } from 'node:fs/promises';
import process from 'node:process';
import { scrypt } from 'ethers/crypto';
import { decryptKeystoreJson, encryptKeystoreJson, isKeystoreJson } from 'ethers/wallet';
import { type Bytes, fromHex, to0x } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { placeFile } from '../lib/place-file.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { NodeError } from './errors.ts';

// Node's own scrypt works in a thread: several times as fast as the one of ethers, which in addition holds up everything else.
scrypt.register(
  (password, salt, cost, blockSize, parallelization, length) =>
    new Promise((resolve, reject) => {
      const options = { N: cost, r: blockSize, p: parallelization, maxmem: 256 * cost * blockSize + 2 ** 20 };
      nativeScrypt(password, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
    }),
);

export interface WriteKeyOptions {
  /** Absent: the key is written as it is. */
  readonly password?: string;
  /** Cost of guessing a password, a power of two; default 131,072 (one second and 128 MiB a try). */
  readonly scryptN?: number;
}

/**
 * The private key (32 bytes) in a file. Throws KEY_UNREADABLE, KEY_INVALID, KEY_EXPOSED (a raw key that others can read),
 * KEY_PASSWORD.
 */
export async function readKeyFile(path: string, password?: string): Promise<Bytes> {
  const text = await readText(path);
  if (isKeystoreJson(text)) return decrypt(path, text, password);
  const key = fromHex(text.trim(), 32);
  if (key === undefined || !isPrivateKey(key))
    throw new NodeError('KEY_INVALID', `${path} holds neither an encrypted Ethereum key nor a private key of 64 hex digits`, {
      file: path,
    });
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    throw new NodeError('KEY_EXPOSED', `${path} holds a key that other users can read: chmod 600 ${path}, or encrypt it`, {
      file: path,
    });
  return key;
}

/** Password in a file: its first line. Throws KEY_UNREADABLE. */
export async function readPasswordFile(path: string): Promise<string> {
  return (await readText(path)).split(/\r?\n/)[0] ?? '';
}

/** Writes a new key file that only its owner can read: all of it, or none. Throws KEY_EXISTS, KEY_UNREADABLE, KEY_INVALID. */
export async function writeKeyFile(path: string, key: Bytes, { password, scryptN }: WriteKeyOptions = {}): Promise<void> {
  if (!isPrivateKey(key))
    throw new NodeError('KEY_INVALID', `the key for ${path} is not a private key of secp256k1`, { file: path });
  const account = { address: addressOf(key), privateKey: to0x(key) };
  const options = scryptN === undefined ? {} : { scrypt: { N: scryptN } };
  const text = password === undefined ? account.privateKey : await encryptKeystoreJson(account, password, options);
  // A second name for a whole file: unlike a rename it fails where there is one, and unlike a write it leaves no part.
  const unfinished = `${path}.${process.pid}.partial`;
  try {
    const file = await open(unfinished, 'w', 0o600);
    try {
      // The umask may have taken bits away, a file system may have added some.
      await chmod(unfinished, 0o600);
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await placeFile(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw keyExists(path);
    throw new NodeError('KEY_UNREADABLE', `${path} cannot be written: ${describe(error)}`, { file: path });
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** For whoever asks for a password first. Throws KEY_EXISTS. */
export async function assertNoKeyFile(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw keyExists(path);
}

function keyExists(path: string): NodeError {
  return new NodeError('KEY_EXISTS', `${path} is there already; a key is never overwritten`, { file: path });
}

async function decrypt(path: string, text: string, password: string | undefined): Promise<Bytes> {
  if (password === undefined)
    throw new NodeError('KEY_PASSWORD', `${path} is encrypted and no password was given: name a file with it`, { file: path });
  try {
    const { privateKey } = await decryptKeystoreJson(text, password);
    return fromHex(privateKey, 32) as Bytes;
  } catch (error) {
    if (describe(error).includes('incorrect password'))
      throw new NodeError('KEY_PASSWORD', `the password does not open ${path}`, { file: path });
    throw new NodeError('KEY_INVALID', `${path} is not an encrypted Ethereum key that can be read`, { file: path });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new NodeError('KEY_UNREADABLE', `${path} cannot be read: ${describe(error)}`, { file: path });
  }
}

function isPrivateKey(key: Bytes): boolean {
  try {
    addressOf(key);
    return true;
  } catch {
    return false;
  }
}
