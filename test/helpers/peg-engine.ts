// The peg on an embedded engine in memory, with balances from genesis and a few blocks: for tests of who reads a node.

import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { type Engine, startEngine } from '../../relayer/engine/engine.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';

const ETHEREUM = {
  chainId: 1n,
  stakingContract: `0x${'c0'.repeat(20)}`,
  startBlock: 100n,
  startBlockHash: `0x${'01'.repeat(32)}`,
} as const;
const PARAMS = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1000n, maxOrderBytes: 8192n };

export interface PegEngineOptions {
  readonly powers: readonly number[];
  /** Amounts by staker. */
  readonly balances: Readonly<Record<Hex, string>>;
  readonly blocks: number;
}

/** Its genesis is a minute old; every further block is a call of `step`. */
export async function startPegEngine({ powers, balances, blocks }: PegEngineOptions): Promise<Engine> {
  const set = devnetValidators(powers);
  const genesis = devnetGenesis(set, ETHEREUM, PARAMS, new Date(Date.now() - 60_000));
  const snapshot = { nonce: 2, accumulator: `0x${'02'.repeat(32)}`, balances };
  const nodes = set.map(({ name, consensusSeed }) => ({
    name,
    application: new PegApplication({ store: openMemoryStore(), log: silentLog }),
    privateKey: consensusSeed,
    rpcPort: 0,
  }));
  const engine = await startEngine(
    { genesis: { ...genesis, app_state: { ...(genesis.app_state as object), snapshot } }, nodes, drive: 'step' },
    { clock: systemClock, log: silentLog },
  );
  for (let i = 0; i < blocks; i++) await engine.step();
  return engine;
}
