// Installs the consensus engine for this project: `npm run cometbft:install [-- VERSION …]` puts each version into
// .cometbft/VERSION/, built by `go install`; with --tools also abci-cli, which the tests use as an independent client.
// Does nothing where they are there already. Depends on nothing but Node's own modules.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cometbft');
const VERSION = 'v0.39.4';
const MODULE = 'github.com/cometbft/cometbft';
const USAGE = `usage: npm run cometbft:install -- [--tools] [VERSION …]     (default ${VERSION})`;

function fail(message, exitCode = 1) {
  process.stderr.write(`cometbft: ${message}\n`);
  process.exit(exitCode);
}

function goVersion() {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds into a folder of its own first, so that a build that was interrupted is not taken for a finished one. */
function install(program, version) {
  const target = join(FOLDER, version, program.split('/').at(-1));
  if (existsSync(target)) return;
  if (goVersion() === undefined)
    fail(
      `Go is not on PATH, and it is what builds ${target}. Install Go 1.25 or newer (https://go.dev/dl), or download ` +
        `${MODULE} ${version} (https://${MODULE}/releases/tag/${version}) and put the program there.`,
    );
  process.stderr.write(`cometbft: building ${program} ${version} (once, one to two minutes)\n`);
  const building = join(FOLDER, `building-${process.pid}`);
  mkdirSync(building, { recursive: true });
  try {
    const { status } = spawnSync('go', ['install', `${MODULE}/${program}@${version}`], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, CGO_ENABLED: '0', GOBIN: building, GOFLAGS: '-trimpath' },
    });
    if (status !== 0) fail(`go install of ${version} failed; its messages are above`);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(building, program.split('/').at(-1)), target);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const versions = words.filter((word) => word !== '--tools');
const odd = versions.find((word) => !/^v0\.(38|39|40)\.\d+$/.test(word));
if (odd !== undefined) fail(`${odd} is not a version like ${VERSION}\n${USAGE}`, 2);
for (const version of versions.length === 0 ? [VERSION] : versions) install('cmd/cometbft', version);
if (words.includes('--tools')) install('abci/cmd/abci-cli', VERSION);
process.stdout.write(`${join(FOLDER, versions[0] ?? VERSION, 'cometbft')}\n`);
