// The `peg` command as a process of its own, as a user runs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The file of the `peg` command. */
export const PROGRAM = fileURLToPath(new URL('../../scripts/peg.mjs', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs; `close` ends it with SIGKILL if it still does. */
export class PegProcess {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #finished: Promise<Finished>;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], input?: string) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin?.end(input ?? '');
    const collect = (stream: 'stdout' | 'stderr') => {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        this[stream] += text;
        for (const watcher of this.#watchers) watcher();
      });
    };
    collect('stdout');
    collect('stderr');
    this.#finished = once(this.#child, 'close').then(([code]) => {
      for (const watcher of this.#watchers) watcher();
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Resolves when the output holds `text`; rejects when the process ends without it. */
  until(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const said = `${this.stderr}${this.stdout}`;
        if (!said.includes(text) && this.#child.exitCode === null) return;
        this.#watchers.delete(look);
        if (said.includes(text)) resolve();
        else reject(new Error(`ended without "${text}": ${said}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  finished(): Promise<Finished> {
    return this.#finished;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#finished;
  }
}

/** Runs one command to its end. */
export async function peg(args: readonly string[], input?: string): Promise<Finished> {
  const process = new PegProcess(args, input);
  try {
    return await process.finished();
  } finally {
    await process.close();
  }
}
