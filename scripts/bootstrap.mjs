// The whole set-up: `node scripts/bootstrap.mjs COMMAND [ARGS]` gets a Node that is new enough, installs the packages of the
// lock file when they are missing or stale, then runs COMMAND with the project's own tools first on PATH.
// Depends on nothing but Node 18's own modules; speaks on standard error only.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const OWN_NODE = join(MODULES, 'node', 'bin');
const STAMP = join(MODULES, '.installed');
/** Who installs, by process number: npm removes what another npm is putting there. */
const LOCK = join(ROOT, '.installing');
const LONGEST_INSTALL_MS = 15 * 60_000;
const LOOK_MS = 300;
const LEAST_NODE = [22, 13];
const REPLACEMENT = 'node@24';

function say(text) {
  process.stderr.write(`peg: ${text}\n`);
}

function isNewEnough([major, minor]) {
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

/** What the installed packages were made from; anything else on disk is stale. */
function wantedStamp() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(ROOT, file)));
  return `${hash.digest('hex')} ${process.platform}-${process.arch}`;
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/** Whether this process may install. One that was killed while it did, or that takes for ever, keeps nobody. */
function takeLock() {
  try {
    writeFileSync(LOCK, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isHeld()) rmSync(LOCK, { force: true });
    return false;
  }
}

function isHeld() {
  try {
    if (Date.now() - statSync(LOCK).mtimeMs > LONGEST_INSTALL_MS) return false;
    process.kill(Number(readFileSync(LOCK, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** Installs, or waits until somebody else has. */
async function install() {
  for (let waited = false; !takeLock(); waited = true) {
    if (!waited) say('packages are being installed by another command; waiting for it');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const succeeded = isInstalled() || runNpm();
  rmSync(LOCK, { force: true });
  if (!succeeded) process.exit(1);
}

/** npm must run on the new Node as well: on an old one it leaves out native packages with an engine range. */
function runNpm() {
  say('installing packages (once, about a minute)');
  const outcome = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (outcome.status !== 0) {
    say(`npm ci failed${outcome.error ? `: ${outcome.error.message}` : ''}; see its messages above, then run the command again`);
    return false;
  }
  writeFileSync(STAMP, wantedStamp());
  return true;
}

/** Runs a program in this terminal, passes signals on and ends as it ended. */
function become(program, args, env) {
  const child = spawn(program, args, { cwd: process.cwd(), stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
  child.on('error', (error) => {
    say(`cannot run ${program}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) process.removeAllListeners(signal);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  say('usage: node scripts/bootstrap.mjs COMMAND [ARGS]');
  process.exit(2);
}
const version = process.versions.node.split('.').map(Number);
const path = [OWN_NODE, join(MODULES, '.bin'), process.env.PATH].join(delimiter);
if (isInstalled()) {
  become(command, args, { ...process.env, PATH: path });
} else if (isNewEnough(version)) {
  await install();
  become(command, args, { ...process.env, PATH: path });
} else if (process.env.PEG_BOOTSTRAP === REPLACEMENT) {
  say(`${REPLACEMENT} did not start; install Node ${LEAST_NODE.join('.')} or newer and try again`);
  process.exit(1);
} else {
  say(`Node ${process.versions.node} is older than ${LEAST_NODE.join('.')}: going on with ${REPLACEMENT} from npm`);
  become('npx', ['-y', '-p', REPLACEMENT, '--', 'node', fileURLToPath(import.meta.url), command, ...args], {
    ...process.env,
    PEG_BOOTSTRAP: REPLACEMENT,
  });
}
