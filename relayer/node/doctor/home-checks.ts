// The doctor's look at a home: room on the disk, rights, keys, the latch, the state.

import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { checkStateBelongs } from '../../abci/chain-of-genesis.ts';
import { consensusAddress } from '../../abci/consensus-address.ts';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import type { Bytes, Hex } from '../../lib/bytes.ts';
import { describe, hasCode } from '../../lib/errors.ts';
import { addressOf } from '../../lib/secp256k1.ts';
import { openStore } from '../../store/level-store.ts';
import { fileLatch } from '../../witness/latch.ts';
import type { NodeConfig } from '../config-schema.ts';
import { homeLayout } from '../home-layout.ts';
import { readKeyFile, readPasswordFile } from '../key-file.ts';
import { pathFrom } from '../load-config.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const GIB = 2n ** 30n;

/** Throws nothing; findings are in the order of the checks. */
export async function checkHome(
  config: NodeConfig,
  genesis: GenesisDoc,
  { leastFreeBytes = GIB }: { readonly leastFreeBytes?: bigint | undefined } = {},
): Promise<readonly Finding[]> {
  return [
    ...(await checkDisk(config.home, leastFreeBytes)),
    ...(await checkKeys(config, genesis)),
    ...(await checkLatch(config.home)),
    ...(await checkState(config, genesis)),
  ];
}

async function checkDisk(home: string, least: bigint): Promise<readonly Finding[]> {
  try {
    await access(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    return [problem('HOME_NOT_WRITABLE', home, describe(error), 'give the folder to the user that runs the node')];
  }
  const { bavail, bsize } = await statfs(home, { bigint: true });
  const free = bavail * bsize;
  const text = `${free / 2n ** 20n} MiB are free`;
  if (free < least) return [problem('DISK_LOW', home, text, 'free some, or move the home: a full disk stops the node')];
  if (free < 5n * least) return [warning('DISK_LOW', home, text, 'free some, or set store.retain_blocks')];
  return [ok(home, text)];
}

async function checkKeys(config: NodeConfig, genesis: GenesisDoc): Promise<readonly Finding[]> {
  const { comet } = homeLayout(config.home);
  const file = join(comet, 'config', 'priv_validator_key.json');
  const exposed = await Promise.all([file, join(comet, 'config', 'node_key.json')].map(checkRights));
  let address: Hex;
  try {
    address = consensusAddress(await readPublicKey(file));
  } catch (error) {
    const advice = 'restore it from a backup; a validator cannot be replaced by a new key without a vote (peg govern)';
    return [problem('CONSENSUS_KEY_UNUSABLE', file, describe(error), advice), ...exposed.flat()];
  }
  return [...exposed.flat(), ...(await checkWitnessKey(config, genesis, address))];
}

async function readPublicKey(file: string): Promise<Bytes> {
  const { pub_key: key } = JSON.parse(await readFile(file, 'utf8')) as { pub_key?: { value?: unknown } };
  const bytes = Buffer.from(String(key?.value ?? ''), 'base64');
  if (bytes.length !== 32) throw new Error('it holds no ed25519 public key');
  return Uint8Array.from(bytes);
}

async function checkRights(file: string): Promise<readonly Finding[]> {
  const mode = await stat(file).then(
    (found) => found.mode,
    () => 0,
  );
  return (mode & 0o077) === 0 ? [] : [problem('KEY_EXPOSED', file, 'other users can read this key', `chmod 600 ${file}`)];
}

async function checkWitnessKey({ home, witness }: NodeConfig, genesis: GenesisDoc, address: Hex): Promise<readonly Finding[]> {
  const { witnesses = {} } = genesis.app_state as { witnesses?: Record<string, { witness: string }> };
  const expected = Object.entries(witnesses)
    .find(([other]) => other.toLowerCase() === address)?.[1]
    .witness.toLowerCase();
  if (witness.keyFile === undefined) {
    if (expected === undefined) return [ok('keys', 'a full node: it follows and does not vote')];
    const message = `${address} is a validator of genesis, and there is no witness key`;
    return [
      problem('NO_WITNESS_KEY', 'witness.key_file', message, 'name the key file of the witness, or the validator is silent'),
    ];
  }
  const file = pathFrom(home, witness.keyFile);
  let own: Hex;
  try {
    const password =
      witness.passwordFile === undefined ? undefined : await readPasswordFile(pathFrom(home, witness.passwordFile));
    own = addressOf(await readKeyFile(file, password));
  } catch (error) {
    // Whoever starts the node is asked for the password then.
    if (witness.passwordFile === undefined && hasCode(error, 'KEY_PASSWORD'))
      return [ok(file, 'is encrypted; its password is asked for at start')];
    return [problem('WITNESS_KEY_UNUSABLE', file, describe(error), 'mend the file or the setting it comes from')];
  }
  if (expected === undefined) {
    const message = `${address} is no validator of genesis, and the home has a witness key`;
    return [warning('NOT_A_VALIDATOR', 'keys', message, 'a node votes once the validators have added it: peg govern propose')];
  }
  if (expected !== own) {
    const message = `the witness of ${address} is ${expected} in genesis; the key in ${file} is of ${own}`;
    return [warning('WITNESS_KEY_DIFFERS', file, message, 'use the right key, unless the validators have voted for this one')];
  }
  return [ok('keys', `validator ${address}, witness ${own}`)];
}

async function checkLatch(home: string): Promise<readonly Finding[]> {
  const record = await fileLatch(homeLayout(home).latch).read();
  if (record === undefined) return [ok('finality latch', 'open')];
  const advice = 'look at the evidence: peg latch show; the witness votes again after peg latch reset';
  return [problem('LATCH_CLOSED', 'finality latch', `closed since ${record.closedAt}: ${record.message}`, advice)];
}

async function checkState(
  { home, store: { keepVersions, cacheMib } }: NodeConfig,
  genesis: GenesisDoc,
): Promise<readonly Finding[]> {
  const { state: folder } = homeLayout(home);
  if (!(await stat(folder).catch(() => undefined))) return [ok('state', 'none yet: the node begins with genesis or a snapshot')];
  try {
    const store = await openStore({ folder, keepVersions, cacheBytes: cacheMib * 2 ** 20 });
    try {
      checkStateBelongs(store, genesis);
      return [ok('state', `of height ${store.version}`)];
    } finally {
      await store.close();
    }
  } catch (error) {
    if (hasCode(error, 'STORE_LOCKED')) return [ok('state', 'in use: the node runs')];
    return [problem('STATE_UNUSABLE', folder, describe(error), 'bring back the right genesis, or sync anew in a new home')];
  }
}
