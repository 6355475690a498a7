// anvil as an Ethereum that survives: its chain is written to a file every second and loaded again at the next start.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { CodedError } from '../lib/errors.ts';
import type { LocalEthereum, LocalEthereumErrorCode } from './local-ethereum.ts';

const CLOSE_TIMEOUT_MS = 10_000;
const ORPHAN_POLL_MS = 200;

/** The binary in the platform's npm package: the command of the main package is a wrapper, and killing it leaves anvil running. */
export function anvilBinary(): string {
  const main = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
  const processor = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = createRequire(main).resolve(`@foundry-rs/anvil-${process.platform}-${processor}/package.json`);
  return join(dirname(platform), 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
}

/** Starts anvil on 127.0.0.1 and `port` (0: any free one) with the chain in `stateFile`. Ends with this process, unless that is killed. */
export async function startAnvilChain(port: number, stateFile: string): Promise<LocalEthereum> {
  await mkdir(dirname(stateFile), { recursive: true });
  await endOrphan(stateFile);
  const state = ['--state', stateFile, '--state-interval', '1', '--preserve-historical-states'];
  const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', `${port}`, '--no-cors', ...state], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C goes to the whole group of the terminal: anvil must outlive the validators that still read from it.
    detached: true,
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    const timer = setTimeout(kill, CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
    await rm(pidFile(stateFile), { force: true });
  };
  try {
    const url = `http://${await listeningOn(child, port, stateFile)}`;
    await writeFile(pidFile(stateFile), `${child.pid} ${process.pid}`);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const pidFile = (stateFile: string) => `${stateFile}.pid`;

/**
 * A devnet that was killed leaves its anvil behind: it is asked to write its state and to end, if it really is ours. One whose
 * parent is still the devnet that started it is not left behind. Throws HOME_IN_USE.
 */
async function endOrphan(stateFile: string): Promise<void> {
  const [pid = 0, owner] = (await readFile(pidFile(stateFile), 'utf8').catch(() => '')).split(' ').map(Number);
  if (!Number.isSafeInteger(pid) || pid <= 0) return;
  for (let waitedMs = 0; ; waitedMs += ORPHAN_POLL_MS) {
    const parent = await parentOf(pid, stateFile);
    if (parent === undefined) return;
    if (parent === owner) {
      const message = `${dirname(stateFile)} is in use by another devnet (process ${owner}): end it, or give another --home`;
      throw new CodedError<LocalEthereumErrorCode>('HOME_IN_USE', message, { owner });
    }
    process.kill(pid, waitedMs < CLOSE_TIMEOUT_MS ? 'SIGINT' : 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, ORPHAN_POLL_MS));
  }
}

/** The parent of a process that is an anvil with this state; undefined when it is not, or no more. */
async function parentOf(pid: number, stateFile: string): Promise<number | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-p', `${pid}`, '-o', 'ppid=,args=']).catch(() => ({ stdout: '' }));
  return stdout.includes('anvil') && stdout.includes(stateFile) ? Number.parseInt(stdout, 10) : undefined;
}

async function listeningOn(child: ChildProcess, port: number, stateFile: string): Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  });
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /^Listening on (\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      child.stdout.resume();
      return address;
    }
  }
  const inUse = /address.*in use/i.test(complaint);
  throw new CodedError<LocalEthereumErrorCode>(
    inUse ? 'PORT_IN_USE' : 'CHAIN_NOT_STARTED',
    inUse
      ? `port ${port} is in use: choose another with --port`
      : `anvil did not start on ${stateFile}: ${complaint.trim().split('\n').at(-1)}`,
    { port },
  );
}
