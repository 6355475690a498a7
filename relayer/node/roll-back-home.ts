// Takes a node back one height, its engine and its application together. The store goes first to be looked at, so that nothing
// is touched when it cannot follow. Killed in between, a start must put it right: it does so with an application that is behind,
// since that is given the blocks again, and with one that is ahead of the engine's state, but not of its blocks. So the store
// is changed last, unless the block is removed: then first.

import { access } from 'node:fs/promises';
import type { CometBinary } from '../comet/comet-binary.ts';
import { rollBackComet } from '../comet/comet-rollback.ts';
import { equalBytes, type Hex, to0x } from '../lib/bytes.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type LevelStore, openStore } from '../store/level-store.ts';
import { SnapshotFolder } from '../store/snapshot-folder.ts';
import type { NodeConfig } from './config-schema.ts';
import { NodeError } from './errors.ts';
import { homeLayout } from './home-layout.ts';

export interface RolledBackHome {
  /** Height of the application before. */
  readonly from: bigint;
  /** Height of engine and application now. */
  readonly to: bigint;
  readonly appHash: Hex;
}

/**
 * No node may run on the home. Throws HOME_INCOMPLETE, HOME_IN_USE, ROLLBACK_IMPOSSIBLE, COMETBFT_ROLLBACK and the codes of the store.
 *
 * @param removeBlock the engine forgets its last block, too; otherwise the next start executes it again
 */
export async function rollBackHome(
  config: NodeConfig,
  { binary, removeBlock, log }: { readonly binary: CometBinary; readonly removeBlock: boolean; readonly log: Log },
): Promise<RolledBackHome> {
  const layout = homeLayout(config.home);
  const store = await openHomeStore(config);
  try {
    const from = store.version;
    const back = from - 1n;
    if (from === 0n || back < store.oldestVersion)
      throw new NodeError('ROLLBACK_IMPOSSIBLE', `the state at height ${from} has no version before it: nothing was changed`, {
        height: from,
        oldest: store.oldestVersion,
      });
    const last = store.root;
    if (removeBlock) await goBack(store, back, config, log);
    const { height, appHash } = await rollBackComet({ binary: binary.path, home: layout.comet, removeBlock });
    // An engine that was already behind stays where it is, and so does an application that is not ahead of it.
    const known = height === from ? last : height < from && height >= store.oldestVersion ? store.rootAt(height) : undefined;
    if (height < store.oldestVersion || (known !== undefined && !equalBytes(known, appHash)))
      throw new NodeError(
        'ROLLBACK_IMPOSSIBLE',
        `the engine is at height ${height} with app hash ${to0x(appHash)}, which the application does not have: remove the folder ${layout.state}, and it replays the engine's blocks`,
        { height, oldest: store.oldestVersion },
      );
    if (height < store.version) await goBack(store, height, config, log);
    return { from, to: height, appHash: to0x(appHash) };
  } finally {
    await store.close();
  }
}

/** The store of a home that no node runs on. Throws HOME_INCOMPLETE where there is no home, HOME_IN_USE and the codes of the store. */
export async function openHomeStore({ home, store: { keepVersions, cacheMib } }: NodeConfig): Promise<LevelStore> {
  // Opening the store would make the folder.
  await access(home).catch((error) => {
    throw new NodeError('HOME_INCOMPLETE', `there is no node in ${home}: ${describe(error)}`, { home });
  });
  try {
    return await openStore({ folder: homeLayout(home).state, keepVersions, cacheBytes: cacheMib * 2 ** 20 });
  } catch (error) {
    if (!hasCode(error, 'STORE_LOCKED')) throw error;
    throw new NodeError('HOME_IN_USE', `another process runs the node of ${home}: stop it first`, { home }, { cause: error });
  }
}

async function goBack(store: LevelStore, height: bigint, config: NodeConfig, log: Log): Promise<void> {
  await store.rollback(height);
  await dropSnapshots(config, height, log);
}

/** Snapshots of heights that are gone may hold what never happened. */
async function dropSnapshots({ home, store }: NodeConfig, height: bigint, log: Log): Promise<void> {
  const folder = homeLayout(home).snapshots;
  const snapshots = await SnapshotFolder.open({ folder, keep: store.keepSnapshots, records: [] }, { log });
  try {
    await snapshots.removeAfter(height);
  } finally {
    await snapshots.close();
  }
}
