// The state of a home as a file, and back: the same bytes by which nodes join. For a node whose state was lost, whose engine
// then replays the blocks after the file's height; and for whoever wants a state apart from its node.

import { readFile } from 'node:fs/promises';
import { chainOfGenesis, sameChain } from '../abci/chain-of-genesis.ts';
import { CHAIN_RECORD, type ChainRecord, decodeChainRecord, encodeChainRecord } from '../abci/chain-record.ts';
import { parseGenesisDoc } from '../abci/parse-genesis-doc.ts';
import { type Bytes, equalBytes, type Hex, to0x } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { openSnapshot, writeSnapshot } from '../store/snapshot-file.ts';
import type { Manifest } from '../store/snapshot-format.ts';
import { SnapshotRestore } from '../store/snapshot-restore.ts';
import type { NodeConfig } from './config-schema.ts';
import { NodeError } from './errors.ts';
import { homeLayout } from './home-layout.ts';
import { openHomeStore } from './roll-back-home.ts';

export interface ExchangedState {
  readonly network: string;
  readonly height: bigint;
  readonly appHash: Hex;
  readonly entries: bigint;
  readonly bytes: number;
  /** SHA-256 of the manifest: equal for equal files. */
  readonly snapshot: Hex;
}

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** Entries written, or bytes taken in, and how many there will be. */
  readonly onProgress: (done: number, all: number) => void;
}

/** Writes the last state of a home that no node runs on. Throws HOME_INCOMPLETE, HOME_IN_USE, STATE_EMPTY, SNAPSHOT_EXISTS and the codes of the store. */
export async function exportState(
  config: NodeConfig,
  path: string,
  { signal, onProgress }: ExchangeOptions,
): Promise<ExchangedState> {
  const store = await openHomeStore(config);
  try {
    if (store.version === 0n)
      throw new NodeError('STATE_EMPTY', `the node of ${config.home} has no state yet: no block was committed`, {
        home: config.home,
      });
    const frozen = store.freeze();
    try {
      await writeSnapshot(frozen, path, {
        records: [CHAIN_RECORD],
        signal,
        onProgress: (entries) => onProgress(entries, frozen.entries),
      });
    } finally {
      await frozen.release();
    }
    const written = await openSnapshot(path);
    await written.close();
    return outcome(written, decodeChainRecord(written.manifest.records.get(CHAIN_RECORD)));
  } finally {
    await store.close();
  }
}

/**
 * Fills the empty store of a home from a file, which is held against the home's genesis and, where one is given, a trusted app
 * hash. Throws HOME_IN_USE, HOME_INCOMPLETE, STATE_FOREIGN, STATE_EXISTS, SNAPSHOT_INVALID, SNAPSHOT_CHUNK_ALTERED; the
 * store is then as before.
 */
export async function importState(
  config: NodeConfig,
  path: string,
  { appHash, signal, onProgress }: ExchangeOptions & { readonly appHash: Bytes | undefined },
): Promise<ExchangedState> {
  const expected = await chainOfHome(config);
  const snapshot = await openSnapshot(path);
  try {
    const { manifest } = snapshot;
    check(manifest, expected, appHash, path);
    const store = await openHomeStore(config);
    try {
      if (store.version > 0n)
        throw new NodeError(
          'STATE_EXISTS',
          `the node of ${config.home} has a state at height ${store.version}: remove ${homeLayout(config.home).state} first, nothing was changed`,
          { height: store.version },
        );
      const restore = await SnapshotRestore.begin(store, manifest);
      try {
        const all = sum(manifest);
        let done = 0;
        for (const [index, { length }] of manifest.chunks.entries()) {
          signal.throwIfAborted();
          await restore.take(index, await snapshot.chunk(index));
          done += length;
          onProgress(done, all);
        }
      } catch (error) {
        await restore.abandon();
        throw error;
      }
      await restore.finish({ [CHAIN_RECORD]: encodeChainRecord(expected) });
      return outcome(snapshot, expected);
    } finally {
      await store.close();
    }
  } finally {
    await snapshot.close();
  }
}

function check({ version, root, records }: Manifest, expected: ChainRecord, appHash: Bytes | undefined, path: string): void {
  const found = decodeChainRecord(records.get(CHAIN_RECORD));
  if (!sameChain(found, expected))
    throw new NodeError(
      'STATE_FOREIGN',
      `${path} is a state of the chain ${found.chainId} with another genesis than the home's (${expected.chainId})`,
      { path },
    );
  if (appHash !== undefined && !equalBytes(appHash, root))
    throw new NodeError(
      'STATE_FOREIGN',
      `${path} leads to app hash ${to0x(root)} at height ${version}, not to ${to0x(appHash)}`,
      { path },
    );
}

async function chainOfHome({ home }: NodeConfig): Promise<ChainRecord> {
  const path = homeLayout(home).genesis;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new NodeError('HOME_INCOMPLETE', `there is no node in ${home}: ${path} cannot be read (${describe(error)})`, { home });
  }
  return chainOfGenesis(parseGenesisDoc(text));
}

function sum({ chunks }: Manifest): number {
  return chunks.reduce((bytes, { length }) => bytes + length, 0);
}

function outcome(
  { manifest, hash }: { readonly manifest: Manifest; readonly hash: Bytes },
  { chainId }: ChainRecord,
): ExchangedState {
  const { version, root, entries } = manifest;
  return { network: chainId, height: version, appHash: to0x(root), entries, bytes: sum(manifest), snapshot: to0x(hash) };
}
