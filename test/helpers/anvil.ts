// Anvil as a process of its own, for tests of reorgs and of finality. The binary of the platform's package is started
// itself: the command of the npm package is a wrapper, and killing a wrapper leaves anvil running.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { anvilBinary } from '../../relayer/devnet/anvil-chain.ts';

export interface Anvil {
  readonly url: string;
  readonly pid: number;
  /** One request; throws with the endpoint's message. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  /** Ends the process. Idempotent. */
  close(): Promise<void>;
}

/** Starts anvil on a free port of 127.0.0.1; mines each transaction at once unless told otherwise in `flags`. */
export async function startAnvil(...flags: string[]): Promise<Anvil> {
  const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', '0', '--no-cors', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    kill();
    await exited;
  };
  try {
    const url = `http://${await listeningOn(child)}`;
    return { url, pid: child.pid as number, rpc: (method, ...params) => request(url, method, params), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listeningOn(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code} before it listened`)));
    if (child.stdout === null) return reject(new Error('anvil has no output'));
    // The pipe is read to the end, so that anvil never waits for a reader.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /^Listening on (\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}

/** One JSON-RPC request to any endpoint; throws with the endpoint's message. */
export async function request(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}
