// Programs in Go that the project runs but does not depend on: each version is built once by `go install` into a folder of the
// project that git ignores. Used by the installers beside this file; depends on nothing but Node's own modules.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the installer with a message on standard error. */
export function fail(name, message, exitCode = 1) {
  process.stderr.write(`${name}: ${message}\n`);
  process.exit(exitCode);
}

/** Where a version of a program is, or will be: `FOLDER/VERSION/PROGRAM` in the project. */
export function goProgramPath({ folder, version, program }) {
  return join(PROJECT, folder, version, program.split('/').at(-1));
}

function hasGo() {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * Builds `MODULE/PROGRAM@VERSION` unless it is there; ends the process with what to do where it cannot be built. It is built in
 * a folder of its own first, so that a build that was interrupted is not taken for a finished one.
 */
export function installGoProgram({ name, folder, module, program, version, needs, takes, download }) {
  const target = goProgramPath({ folder, version, program });
  if (existsSync(target)) return target;
  if (!hasGo())
    fail(
      name,
      `Go is not on PATH, and it is what builds ${target}. Install Go ${needs} or newer (https://go.dev/dl), or download ` +
        `${module} ${version} (${download}) and put the program there.`,
    );
  process.stderr.write(`${name}: building ${program} ${version} (once, ${takes})\n`);
  const building = join(PROJECT, folder, `building-${process.pid}`);
  mkdirSync(building, { recursive: true });
  try {
    const { status } = spawnSync('go', ['install', `${module}/${program}@${version}`], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, CGO_ENABLED: '0', GOBIN: building, GOFLAGS: '-trimpath' },
    });
    if (status !== 0) fail(name, `go install of ${version} failed; its messages are above`);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(building, program.split('/').at(-1)), target);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return target;
}
