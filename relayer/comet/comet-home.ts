// A home folder of CometBFT, written without it: keys, genesis, and the validator's signing state, which is never overwritten
// since it is what keeps a restarted validator from signing twice.
// Source: CometBFT p2p/key.go, privval/file.go at v0.38.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { formatGenesisDoc } from '../abci/parse-genesis-doc.ts';
import { type Bytes, concatBytes, type Hex, toHex } from '../lib/bytes.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../lib/ed25519.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { CometError } from './errors.ts';

const SECRET = 0o600;

export interface CometHome {
  readonly genesis: GenesisDoc;
  /** ed25519 seed of the consensus key, 32 bytes. A full node has one as well, of a key that is no validator's. */
  readonly consensusSeed: Bytes;
  /** ed25519 seed of the key that names the node to its peers, 32 bytes. */
  readonly nodeSeed: Bytes;
}

/** Writes the folder. Returns the node's id, 40 hex digits. */
export async function writeCometHome(
  folder: string,
  { genesis, consensusSeed, nodeSeed }: CometHome,
): Promise<{ readonly nodeId: string }> {
  await mkdir(join(folder, 'data'), { recursive: true });
  await replaceFile(join(folder, 'config', 'genesis.json'), formatGenesisDoc(genesis));
  const node = keyPair(nodeSeed);
  await replaceFile(join(folder, 'config', 'node_key.json'), json({ priv_key: node.privateKey }), SECRET);
  const { address, publicKey, privateKey } = keyPair(consensusSeed);
  const validator = { address: address.toUpperCase(), pub_key: publicKey, priv_key: privateKey };
  await replaceFile(join(folder, 'config', 'priv_validator_key.json'), json(validator), SECRET);
  await writeNew(join(folder, 'data', 'priv_validator_state.json'), json({ height: '0', round: 0, step: 0 }));
  return { nodeId: node.address };
}

/** What a home's keys are called by others. */
export interface CometIdentity {
  readonly nodeId: string;
  /** First 20 bytes of SHA-256 of the public key. */
  readonly consensusAddress: Hex;
  /** ed25519 public key, 32 bytes. */
  readonly consensusKey: Bytes;
}

/** Reads the keys of a home. Throws COMETBFT_HOME when a file is missing or damaged. */
export async function readCometIdentity(folder: string): Promise<CometIdentity> {
  const nodeId = await readNodeId(folder);
  const consensusSeed = await readSeed(join(folder, 'config', 'priv_validator_key.json'));
  return {
    nodeId,
    consensusAddress: `0x${keyPair(consensusSeed).address}`,
    consensusKey: ed25519PublicKey(ed25519PrivateKey(consensusSeed)),
  };
}

/** The node's id alone. Throws COMETBFT_HOME. */
export async function readNodeId(folder: string): Promise<string> {
  return nodeIdOf(await readSeed(join(folder, 'config', 'node_key.json')));
}

/** The seed is the first half of a private key as CometBFT writes it. */
async function readSeed(path: string): Promise<Bytes> {
  try {
    const { priv_key: key } = JSON.parse(await readFile(path, 'utf8')) as { priv_key: { value: string } };
    const bytes = Uint8Array.from(Buffer.from(key.value, 'base64'));
    if (bytes.length !== 64) throw new RangeError(`a key of ${bytes.length} bytes`);
    return bytes.slice(0, 32);
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'holds no ed25519 key of CometBFT';
    throw new CometError('COMETBFT_HOME', `${path} ${what}: restore the file from a copy of the home`, { path });
  }
}

/** Id of the node with this key: the first 20 bytes of SHA-256 of the public key, in lower-case hex. */
export function nodeIdOf(nodeSeed: Bytes): string {
  return keyPair(nodeSeed).address;
}

function keyPair(seed: Bytes) {
  const publicKey = ed25519PublicKey(ed25519PrivateKey(seed));
  const base64 = (bytes: Bytes) => Buffer.from(bytes).toString('base64');
  return {
    address: toHex(Uint8Array.from(createHash('sha256').update(publicKey).digest().subarray(0, 20))),
    publicKey: { type: 'tendermint/PubKeyEd25519', value: base64(publicKey) },
    privateKey: { type: 'tendermint/PrivKeyEd25519', value: base64(concatBytes(seed, publicKey)) },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode: SECRET }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
