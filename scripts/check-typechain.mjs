// Are the committed bindings in typechain-types/ those of the contracts as they are? Compiles into a temporary folder, touches
// nothing of the working tree, and names every file that differs. `hardhat build` writes them anew.
//   node --import tsx scripts/check-typechain.mjs

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Every file below `folder` by its relative path. */
async function contents(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')])));
}

async function generate(folder) {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  const { default: config } = await import('../hardhat.config.ts');
  const outDir = path.join(folder, 'bindings');
  const paths = { ...config.paths, artifacts: path.join(folder, 'artifacts'), cache: path.join(folder, 'cache') };
  const typechain = { ...config.typechain, outDir };
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths, typechain }, {}, ROOT);
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true });
  return contents(outDir);
}

const folder = await mkdtemp(path.join(tmpdir(), 'peg-bindings-'));
try {
  const [fresh, committed] = [await generate(folder), await contents(path.join(ROOT, 'typechain-types'))];
  const names = [...new Set([...fresh.keys(), ...committed.keys()])].sort();
  const stale = names.filter((name) => fresh.get(name) !== committed.get(name));
  for (const name of stale) {
    const what = !committed.has(name) ? 'is missing' : fresh.has(name) ? 'is not up to date' : 'belongs to no contract';
    console.error(`typechain-types/${name} ${what}`);
  }
  if (stale.length > 0) console.error('npx hardhat build writes the bindings anew; remove those that belong to no contract');
  else console.log(`${names.length} bindings are those of the contracts`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
