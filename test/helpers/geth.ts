// geth in developer mode as a process of its own: one node that seals a block a second, with an unlocked account and real
// finality tags. Installed when it is missing; where that is not possible, suites that need it are listed as not run.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';

const INSTALLER = fileURLToPath(new URL('../../scripts/install-geth.mjs', import.meta.url));
const PERIOD_S = 1;

export interface Geth {
  readonly url: string;
  /** Ends the process and removes its data. */
  close(): Promise<void>;
}

/** Path of the program, undefined where it cannot be installed. */
async function gethBinary(): Promise<string | undefined> {
  const child = spawn(process.execPath, [INSTALLER], { stdio: ['ignore', 'pipe', 'inherit'] });
  let path = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    path += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return code === 0 ? path.trim() : undefined;
}

/** `body` as a suite that needs geth. */
export async function describeWithGeth(title: string, body: (binary: string) => void): Promise<void> {
  const binary = await gethBinary();
  if (binary === undefined) describe(title, () => it('needs geth: node scripts/install-geth.mjs'));
  else describe(title, () => body(binary));
}

/** A fresh chain on any free port of 127.0.0.1, without peers. */
export async function startGeth(binary: string): Promise<Geth> {
  const folder = await mkdtemp(join(tmpdir(), 'peg-geth-'));
  const http = ['--http', '--http.addr', '127.0.0.1', '--http.port', '0', '--http.api', 'eth,net,web3'];
  const alone = ['--ipcdisable', '--nodiscover', '--maxpeers', '0', '--port', '0', '--authrpc.port', '0'];
  const dev = ['--dev', '--dev.period', `${PERIOD_S}`, '--datadir', folder];
  const geth = new Program(binary, [...dev, ...http, ...alone]);
  const kill = () => void geth.close();
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    await geth.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [, address] = await geth.said(/HTTP server started\s+endpoint=(\S+)/);
    return { url: `http://${address}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}
