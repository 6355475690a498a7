// Which CometBFT the tests run: the version that PEG_COMETBFT_VERSION names, or the project's own. Where there is none, suites
// that need it are listed as not run.

import { fileURLToPath } from 'node:url';
import { findCometBft } from '../../relayer/comet/comet-binary.ts';
import { hasCode } from '../../relayer/lib/errors.ts';

const FOLDER = fileURLToPath(new URL('../../.cometbft', import.meta.url));

/** Path of the program, undefined where it is not installed. */
export async function cometBinary(): Promise<string | undefined> {
  const version = process.env.PEG_COMETBFT_VERSION;
  try {
    return (await findCometBft({ folder: FOLDER, version, searchPath: process.env.PATH ?? '' })).path;
  } catch (error) {
    if (hasCode(error, 'COMETBFT_MISSING')) return undefined;
    throw error;
  }
}

/** `body` as a suite that needs the engine. */
export async function describeWithCometBft(title: string, body: (binary: string) => void): Promise<void> {
  const binary = await cometBinary();
  if (binary === undefined) describe(title, () => it('needs CometBFT: npm run cometbft:install'));
  else describe(title, () => body(binary));
}
