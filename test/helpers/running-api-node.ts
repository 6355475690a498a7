// Starts api-node-process.ts and ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Domain } from '../../relayer/peg/types.ts';
import { eventually } from './eventually.ts';

export interface RunningApiNode {
  readonly url: string;
  readonly domain: Domain;
  /** Resident memory in bytes and processor time in seconds, as its metrics say. */
  residentBytes(): Promise<number>;
  processorSeconds(): Promise<number>;
  /** Ends it cleanly and gives its exit code. */
  close(): Promise<number | null>;
}

const PROGRAM = fileURLToPath(new URL('./api-node-process.ts', import.meta.url));

export async function startRunningApiNode(): Promise<RunningApiNode> {
  const folder = await mkdtemp(join(tmpdir(), 'peg-api-'));
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const close = async () => {
    child.stdin?.end();
    const code = await ended;
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  try {
    const { url, domain } = JSON.parse(await firstLine(child, ended));
    // Asked again while the node refuses: it may have too much to do.
    const metric = (name: string) =>
      eventually(`metric ${name}`, async () => {
        const text = await (await fetch(`${url}/metrics`)).text();
        const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
        return value === undefined ? undefined : Number(value);
      });
    return {
      url,
      domain: { ...domain, chainId: BigInt(domain.chainId) },
      residentBytes: () => metric('process_resident_memory_bytes'),
      processorSeconds: () => metric('process_cpu_seconds_total'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function firstLine(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  return Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line').then(([line]) => line as string),
    ended.then((code) => {
      throw new Error(`the node ended with ${code} before it was up`);
    }),
  ]);
}
