// Where this checkout has its consensus engine.

import { fileURLToPath } from 'node:url';
import { type CometBinary, type CometBinaryOptions, findCometBft } from '../comet/comet-binary.ts';
import type { Terminal } from './command.ts';

/** Where `npm run cometbft:install` puts it. */
const FOLDER = fileURLToPath(new URL('../../.cometbft', import.meta.url));

/** Throws COMETBFT_MISSING, COMETBFT_VERSION. */
export function locateCometBft(wanted: Pick<CometBinaryOptions, 'path' | 'version'>, env: Terminal['env']): Promise<CometBinary> {
  return findCometBft({ ...wanted, folder: FOLDER, searchPath: env.PATH ?? '' });
}
