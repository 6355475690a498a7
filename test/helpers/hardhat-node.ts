// `hardhat node` as a process of its own, the way somebody else would have started it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface HardhatNode {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startHardhatNode(): Promise<HardhatNode> {
  const folder = dirname(createRequire(import.meta.url).resolve('hardhat/package.json'));
  const args = [join(folder, 'dist', 'src', 'cli.js'), 'node', '--hostname', '127.0.0.1', '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    kill();
    await exited;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /Started .* at (http:\/\/\S+?)\/?$/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return { url, close };
    }
  }
  await close();
  throw new Error('hardhat node ended before it listened');
}
