// The project's Hardhat set-up against a chain that listens on a port of its own, with a folder of its own for deployments:
// what a user at a command line has, without touching the deployments in the working tree.

import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';

export interface LocalProject {
  readonly hre: HardhatRuntimeEnvironment;
  /** The folder that holds `modules/` and `deployments/`. */
  readonly ignition: string;
  close(): Promise<void>;
}

/** Artifacts of the contracts, compiled once for all projects of a test run into a folder that goes with the process. */
let builds: string | undefined;

function buildFolder(): string {
  if (builds === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'peg-build-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    builds = folder;
  }
  return builds;
}

/**
 * Starts the chain and opens the project on it; `close` stops it and removes the folder. Neither artifacts nor bindings of the
 * working tree are touched, so that this can run beside other suites.
 */
export async function openLocalProject(): Promise<LocalProject> {
  // Imported here because a test file may be loaded by require, and Hardhat refuses to be there twice.
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  const { default: config } = await import('../../hardhat.config.ts');
  const root = path.resolve(import.meta.dirname, '../..');
  const chain = { type: 'edr-simulated', chainType: 'l1', chainId: 1337 } as const;
  const host = await createHardhatRuntimeEnvironment({ networks: { chain } });
  const server = await host.network.createServer('chain', '127.0.0.1', 0);
  const { port } = await server.listen();
  const ignition = await mkdtemp(path.join(tmpdir(), 'peg-deployments-'));
  await symlink(path.join(root, 'modules'), path.join(ignition, 'modules'));
  const localhost = { type: 'http', chainType: 'l1', url: `http://127.0.0.1:${port}` } as const;
  const paths = {
    ...config.paths,
    ignition,
    artifacts: path.join(buildFolder(), 'artifacts'),
    cache: path.join(buildFolder(), 'cache'),
  };
  const hre = await createHardhatRuntimeEnvironment(
    { ...config, paths, networks: { localhost }, typechain: { ...config.typechain, dontOverrideCompile: true } },
    { network: 'localhost' },
    root,
  );
  return {
    hre,
    ignition,
    async close() {
      await server.close();
      await rm(ignition, { recursive: true, force: true });
    },
  };
}
