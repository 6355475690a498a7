// A devnet of one validator that has played its stakes, and whose ledger somebody has changed by hand while it was stopped.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevnet } from '../../relayer/devnet/devnet.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import type { Overlay } from '../../relayer/peg/overlay.ts';
import { damageState } from './damaged-validator.ts';

export interface DamagedDevnet {
  readonly rpcUrl: string;
  readonly ethereumUrl: string;
  /** The balances before the change, which are the contract's, in decimal. */
  readonly balances: Readonly<Record<Hex, string>>;
  /** Ends it and removes its home. */
  close(): Promise<void>;
}

/** `change` is made to the last version of the state. */
export async function damagedDevnet(
  change: (state: Overlay, balances: DamagedDevnet['balances']) => void,
): Promise<DamagedDevnet> {
  const home = await mkdtemp(join(tmpdir(), 'peg-damaged-'));
  const remove = () => rm(home, { recursive: true, force: true });
  try {
    const balances = await playedBalances(home);
    await damageState(join(home, 'alice'), (state) => change(state, balances));
    const devnet = await start(home);
    return {
      rpcUrl: devnet.validators.all[0]?.rpcUrl ?? '',
      ethereumUrl: devnet.ethereum.url,
      balances,
      close: async () => {
        await devnet.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function playedBalances(home: string): Promise<DamagedDevnet['balances']> {
  const devnet = await start(home);
  try {
    await devnet.play();
    await devnet.untilAdopted(AbortSignal.timeout(150_000));
    return (await devnet.result()).balances;
  } finally {
    await devnet.close();
  }
}

function start(home: string) {
  return startDevnet(
    {
      engine: { kind: 'embedded' },
      powers: [1],
      params: { finalityThreshold: 6n, periodLength: 20n, periodLimit: 75_000n, maxOrderBytes: 8_192n },
      stakes: DEFAULT_STAKES,
      ethereumUrls: [],
      home,
      http: false,
      blockIntervalMs: 20,
    },
    { log: silentLog, clock: systemClock, signal: new AbortController().signal, progress: () => {} },
  );
}
