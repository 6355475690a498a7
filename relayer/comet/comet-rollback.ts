// Takes CometBFT's own state back one height, by its own command; the application must go back with it. Until both have, and
// whichever went first, a start replays the block that was taken back; only when the block is removed as well must the
// application go first.
// Source: CometBFT cmd/cometbft/commands/rollback.go at v0.39.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Bytes, fromHex } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { CometError } from './errors.ts';

const TIMEOUT_MS = 120_000;

export interface CometRollback {
  readonly binary: string;
  /** CometBFT's home folder; no process may use it. */
  readonly home: string;
  /** Also removes the last block. Without it the block stays and is executed again at the next start. */
  readonly removeBlock: boolean;
}

export interface RolledBack {
  readonly height: bigint;
  /** Of that height, 32 bytes. */
  readonly appHash: Bytes;
}

/** Throws COMETBFT_ROLLBACK with what the program said. */
export async function rollBackComet({ binary, home, removeBlock }: CometRollback): Promise<RolledBack> {
  const args = ['rollback', '--home', home, ...(removeBlock ? ['--hard'] : [])];
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)(binary, args, { timeout: TIMEOUT_MS, env: {} }));
  } catch (error) {
    const { stderr, stdout } = error as { readonly stderr?: string; readonly stdout?: string };
    const [reason] = `${stderr ?? ''}${stdout ?? ''}`.split('\n').filter((line) => line.startsWith('ERROR'));
    const said = reason ?? describe(error);
    throw new CometError('COMETBFT_ROLLBACK', `CometBFT could not go back a block: ${said}`, { home }, { cause: error });
  }
  const match = /to height (\d+) and hash ([0-9A-Fa-f]+)/.exec(output);
  const appHash = fromHex(match?.[2] ?? '', 32);
  if (match === null || appHash === undefined)
    throw new CometError('COMETBFT_ROLLBACK', `CometBFT's answer to rollback is not understood: ${output.trim()}`, { home });
  return { height: BigInt(match[1] as string), appHash };
}
