// The application of a node over what is on its disk: the state, the snapshots that others may join by, and the check that
// both are of the network that the genesis file names.

import { mkdir } from 'node:fs/promises';
import { checkStateBelongs } from '../abci/chain-of-genesis.ts';
import { CHAIN_RECORD } from '../abci/chain-record.ts';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { PegApplication } from '../abci/peg-application.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { type LevelStore, openStore } from '../store/level-store.ts';
import { SnapshotFolder } from '../store/snapshot-folder.ts';
import type { NodeConfig } from './config-schema.ts';
import { homeLayout } from './home-layout.ts';

/** Opens store and snapshots, to be closed with `lifecycle`. Throws STATE_FOREIGN, ABCI_RECORD_INVALID and the codes of the store. */
export async function openApplication(
  { home, store: settings }: NodeConfig,
  genesis: GenesisDoc | undefined,
  { log, lifecycle }: { readonly log: Log; readonly lifecycle: Lifecycle },
): Promise<{ readonly application: PegApplication; readonly store: LevelStore }> {
  const { keepVersions, cacheMib, snapshotInterval, keepSnapshots, retainBlocks } = settings;
  const layout = homeLayout(home);
  await mkdir(home, { recursive: true });
  const store = await openStore({ folder: layout.state, keepVersions, cacheBytes: cacheMib * 2 ** 20 });
  lifecycle.onClose('the store', () => store.close());
  if (genesis !== undefined) checkStateBelongs(store, genesis);
  let snapshots: SnapshotFolder | undefined;
  if (snapshotInterval > 0) {
    snapshots = await SnapshotFolder.open({ folder: layout.snapshots, keep: keepSnapshots, records: [CHAIN_RECORD] }, { log });
    lifecycle.onClose('the snapshots', snapshots.close.bind(snapshots));
  }
  const application = new PegApplication({ store, log, genesis, snapshots, snapshotInterval, retainBlocks });
  return { application, store };
}
