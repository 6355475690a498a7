// The node of a home as a process of its own (`peg start`), which in turn has its engine as a child: either can be killed. It
// ends with the process of the test whatever happens to that. What it logs goes to a file in the home.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Launcher } from '../helpers/machines.ts';

const PROGRAM = fileURLToPath(new URL('../../scripts/peg.mjs', import.meta.url));
const LOG_TAIL = 4_000;

export class NodeProcess {
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(home: string, child: ChildProcess) {
    this.home = home;
    this.#child = child;
    this.#exited = once(child, 'exit');
    // The result is the line that says where it answers; the pipe must be read to its end all the same.
    child.stdout?.on('error', () => {});
  }

  /** Resolves when the node answers; rejects with the end of its log when it ends before that. */
  static async start(home: string, flags: readonly string[] = [], launcher: Launcher = []): Promise<NodeProcess> {
    const log = openSync(join(home, 'node.log'), 'a');
    const words = [process.execPath, PROGRAM, 'start', '--home', home, '--json', '--no-dashboard', '--until-input-ends'];
    const [command = '', ...args] = [...launcher, ...words, ...flags];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', log] });
    closeSync(log);
    const node = new NodeProcess(home, child);
    if (await announced(child)) return node;
    await node.#exited;
    const text = await readFile(join(home, 'node.log'), 'utf8');
    throw new Error(`the node of ${home} ended with ${child.exitCode ?? child.signalCode}: ${text.slice(-LOG_TAIL)}`);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Exit code, null after a signal. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** SIGKILL to application and witness; the engine notices that they are gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGKILL to the engine; the node starts another one. False when there is none at the moment. */
  async killEngine(): Promise<boolean> {
    const pid = await this.enginePid();
    if (pid === undefined) return false;
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
  }

  /** The child that runs CometBFT, undefined while there is none. */
  async enginePid(): Promise<number | undefined> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args=']);
    const line = stdout.split('\n').find((entry) => entry.endsWith(` start --home ${join(this.home, 'cometbft')}`));
    return line === undefined ? undefined : Number.parseInt(line, 10);
  }

  /** SIGTERM; gives the exit code. */
  async stop(): Promise<number | null> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    await this.#exited;
    return this.#child.exitCode;
  }

  /** Ends node and engine, by force if need be. */
  async close(): Promise<void> {
    if (this.isRunning) await this.kill();
    await this.killEngine();
  }
}

async function announced({ stdout }: ChildProcess): Promise<boolean> {
  if (stdout === null) return false;
  for await (const _line of createInterface({ input: stdout })) {
    stdout.resume();
    return true;
  }
  return false;
}
