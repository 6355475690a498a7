// The `peg` command on a terminal, as a person meets it: `script` (part of every Debian, and of macOS) makes a pseudo-terminal
// and passes on what is typed and what is shown. Afterwards the screen says how the command ended and how it left the terminal.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';
import { PROGRAM } from './peg-process.ts';

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';
export const CTRL_Z = '\x1a';

/** How a command on a terminal ended. */
export interface Left {
  readonly code: number;
  /** Whether typed characters are shown again, lines are edited, and Ctrl-C interrupts. */
  readonly isSane: boolean;
  /** Everything that was shown. */
  readonly screen: string;
}

export class PseudoTerminal {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #screen = '';

  /** Runs `peg` with these words, which are quoted for the shell. */
  constructor(words: readonly string[]) {
    const command = [process.execPath, PROGRAM, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // With a trap of its own the shell outlives the Ctrl-C that ends the command, whichever shell it is.
    const shell = `trap : INT; stty sane; ${command}; echo "exit code $?"; echo "terminal: $(stty -a)"`;
    const args = process.platform === 'linux' ? ['-q', '-c', shell, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', shell];
    this.#child = spawn('script', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
    this.#closed = once(this.#child, 'close');
  }

  get screen(): string {
    return this.#screen;
  }

  /** Waits until the command shows `text`. */
  async shows(text: string): Promise<void> {
    await eventually(`"${text}" on the terminal`, async () => this.#screen.includes(text));
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until the command has ended. */
  async left(): Promise<Left> {
    await this.#closed;
    const code = Number(/^exit code (\d+)/m.exec(this.#screen)?.[1]);
    const modes = (this.#screen.split('terminal: ')[1] ?? '').split(/\s+/);
    return { code, isSane: ['echo', 'icanon', 'isig'].every((mode) => modes.includes(mode)), screen: this.#screen };
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
