// Another program as a child process of a test: its output kept for what a failure must show, always ended by its own id.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Leaves standard input open, for programs that end with it. */
  readonly keepInput?: boolean;
}

export class Program {
  /** Standard output and error, as they came. */
  output = '';
  /** Exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor(path: string, args: readonly string[], { input = '', keepInput = false }: ProgramOptions = {}) {
    this.#child = spawn(path, args, { stdio: 'pipe' });
    this.#child.stdin?.on('error', () => {});
    if (!keepInput) this.#child.stdin?.end(input);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const look of this.#watchers) look();
      });
    this.ended = once(this.#child, 'close').then(([code]) => {
      for (const look of this.#watchers) look();
      return code as number | null;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when the output matches; rejects when the program ends before it does. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.output);
        if (match === null && this.#isRunning) return;
        this.#watchers.delete(look);
        if (match === null) reject(new Error(`ended without ${pattern}: ${this.output}`));
        else resolve(match);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Its exit code; what it said is the message of the error when that is not 0. */
  async succeeded(): Promise<string> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`ended with ${code}: ${this.output}`);
    return this.output;
  }

  async close(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#isRunning) this.#child.kill(signal);
    await this.ended;
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
