// Finds the engine: a path that was given, what the installer put into its folder, or a `cometbft` on the search path. Its
// version is asked for, so that an engine with another ABCI is refused before it meets the application.

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from '../lib/errors.ts';
import { CometError } from './errors.ts';

/** The version that is installed when none is asked for. */
export const COMETBFT_VERSION = 'v0.39.4';
/** Versions whose ABCI is 2.0.0 (`tendermint.abci`), and which were tried. */
const SUPPORTED = /^v?0\.(38|39|40)\./;

export interface CometBinary {
  readonly path: string;
  /** As the program states it, e.g. `0.39.4`. A build of v0.40.0 by `go install` calls itself 0.39.0. */
  readonly version: string;
}

export interface CometBinaryOptions {
  /** Exactly this program. */
  readonly path?: string | undefined;
  /** Where the installer puts versions: `<folder>/<version>/cometbft`. */
  readonly folder?: string | undefined;
  /** Default: COMETBFT_VERSION in the folder, anything supported on the search path. */
  readonly version?: string | undefined;
  /** `$PATH`. */
  readonly searchPath: string;
}

/** Throws COMETBFT_MISSING when there is none, COMETBFT_VERSION when it is not one that speaks ABCI 2.0. */
export async function findCometBft({ path, folder, version, searchPath }: CometBinaryOptions): Promise<CometBinary> {
  if (path !== undefined) {
    if (!(await isExecutable(path)))
      throw new CometError('COMETBFT_MISSING', `${path} is not a program: give the path of a cometbft binary`, { path });
    return check(path);
  }
  if (folder !== undefined) {
    const installed = join(folder, version ?? COMETBFT_VERSION, 'cometbft');
    if (await isExecutable(installed)) return check(installed);
  }
  if (version === undefined)
    for (const place of searchPath.split(delimiter).filter((part) => part !== '')) {
      const candidate = join(place, 'cometbft');
      if (await isExecutable(candidate)) return check(candidate);
    }
  const wanted = version ?? COMETBFT_VERSION;
  const message = `CometBFT ${wanted} is not installed: run "npm run cometbft:install${version === undefined ? '' : ` -- ${version}`}" (needs Go), or give --cometbft PATH`;
  throw new CometError('COMETBFT_MISSING', message, { version: wanted, folder });
}

async function check(path: string): Promise<CometBinary> {
  let version: string;
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], { timeout: 20_000 });
    version = stdout.trim();
  } catch (cause) {
    throw new CometError('COMETBFT_VERSION', `${path} does not answer "version": ${describe(cause)}`, { path });
  }
  if (!SUPPORTED.test(version))
    throw new CometError('COMETBFT_VERSION', `${path} is version ${version}: one of 0.38, 0.39 or 0.40 is needed`, { path });
  return { path, version };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
