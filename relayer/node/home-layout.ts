// What lies where in a node's home. Names are relative in the config, so that a home can be moved.

import { join } from 'node:path';

export const WITNESS_KEY_FILE = 'witness-key.json';
export const WITNESS_PASSWORD_FILE = 'witness-password';

export interface HomeLayout {
  /** LevelDB of the application's state. Whoever has it open has the home. */
  readonly state: string;
  /** Snapshots of the state that others may join by, a file each. */
  readonly snapshots: string;
  /** The witness' finality latch; there only when it is closed. */
  readonly latch: string;
  /** CometBFT's home: `config/`, `data/`. */
  readonly comet: string;
  readonly genesis: string;
}

export function homeLayout(home: string): HomeLayout {
  const comet = join(home, 'cometbft');
  return {
    state: join(home, 'state'),
    snapshots: join(home, 'snapshots'),
    latch: join(home, 'latch.json'),
    comet,
    genesis: join(comet, 'config', 'genesis.json'),
  };
}
