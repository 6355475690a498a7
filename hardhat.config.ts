// Contracts, their tests, deployments and the tasks around them. The compiler is the npm package `solc`, so that nothing
// is downloaded at build time; its path has to stand in every profile.

import { createRequire } from 'node:module';
import process from 'node:process';
import hardhatToolboxMochaEthers from '@nomicfoundation/hardhat-toolbox-mocha-ethers';
import { configVariable, defineConfig } from 'hardhat/config';
import type { HardhatPlugin } from 'hardhat/types/plugins';
import { tasks } from './tasks/definitions.ts';

const compiler = { version: '0.8.37', path: createRequire(import.meta.url).resolve('solc/soljson.js') };

/**
 * Cancun is the oldest set of rules with transient storage, which the re-entrancy guard uses. Without a hash of the sources at
 * its end the bytecode depends on nothing but the code: not on comments, nor on what was compiled along with it.
 */
const settings = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 1_000_000 },
  metadata: { bytecodeHash: 'none' },
};

/** A build for coverage is instrumented: it has folders of its own and never reaches the committed bindings. */
const coverage = process.argv.includes('--coverage');

/**
 * The bindings list contracts in the order in which the file system gave their artifacts. Sorting these first makes every
 * machine write the same files, so that a build changes nothing in git. It has to stand before the toolbox to come first.
 */
const sortedBindings: HardhatPlugin = {
  id: 'sorted-bindings',
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        processArtifactsAfterSuccessfulBuild: async (_context, artifactPaths) => {
          (artifactPaths as string[]).sort();
        },
      }),
    }),
  },
};

/** What the Solidity tests may read. */
const fsPermissions = { readFile: ['test/vectors/accumulator.json'] };

export default defineConfig({
  plugins: [sortedBindings, hardhatToolboxMochaEthers],
  tasks,
  solidity: {
    profiles: {
      default: { ...compiler, settings },
      production: { ...compiler, settings },
    },
  },
  // The bindings hold namespaces, which the project's compiler options refuse in code of our own.
  typechain: { outDir: './typechain-types', dontOverrideCompile: coverage, tsNocheck: true },
  paths: {
    artifacts: coverage ? 'cache/coverage/artifacts' : 'artifacts',
    cache: coverage ? 'cache/coverage/cache' : 'cache',
    ignition: '.',
    tests: { mocha: 'test/contracts', solidity: 'test/contracts' },
  },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      profiles: {
        default: { fsPermissions, fuzz: { runs: 512 }, invariant: { runs: 64, depth: 200, failOnRevert: true } },
        long: { fsPermissions, fuzz: { runs: 20_000 }, invariant: { runs: 512, depth: 500, failOnRevert: true } },
        // Each call is a transaction of its own, so that the figures are those of users.
        gas: { isolate: true },
      },
    },
  },
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1' },
    devnet: { type: 'edr-simulated', chainType: 'l1', chainId: 31337, mining: { auto: true, interval: 0 } },
    localhost: { type: 'http', chainType: 'l1', url: process.env.PEG_ETHEREUM ?? 'http://127.0.0.1:8545' },
    sepolia: {
      type: 'http',
      chainType: 'l1',
      chainId: 11155111,
      url: configVariable('SEPOLIA_RPC_URL'),
      accounts: [configVariable('SEPOLIA_PRIVATE_KEY')],
    },
    mainnet: {
      type: 'http',
      chainType: 'l1',
      chainId: 1,
      url: configVariable('MAINNET_RPC_URL'),
      accounts: [configVariable('MAINNET_PRIVATE_KEY')],
    },
  },
});
