// How this program starts itself again, for the nodes of a devnet.

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Terminal } from './command.ts';

/** Program and first arguments of the `peg` command. */
export const PEG_COMMAND: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('../../scripts/peg.mjs', import.meta.url)),
];

/** The environment without the settings of a node: what the caller wants for its own node is not for those of a devnet. */
export function withoutSettings(env: Terminal['env']): Terminal['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PEG_')));
}
