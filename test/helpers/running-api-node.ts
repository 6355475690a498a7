// Starts api-node-process.ts and ends it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Domain } from '../../relayer/peg/types.ts';

export interface Usage {
  /** Resident memory. */
  readonly residentBytes: number;
  /** Since the process began. */
  readonly processorSeconds: number;
}

export interface RunningApiNode {
  readonly url: string;
  readonly domain: Domain;
  usage(): Promise<Usage>;
  /** Ends it cleanly and gives its exit code. */
  close(): Promise<number | null>;
}

const PROGRAM = fileURLToPath(new URL('./api-node-process.ts', import.meta.url));

/** @param cometBft path of the program; the embedded engine when left out */
export async function startRunningApiNode(cometBft?: string): Promise<RunningApiNode> {
  const folder = await mkdtemp(join(tmpdir(), 'peg-api-'));
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder, ...(cometBft === undefined ? [] : [cometBft])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const close = async () => {
    child.stdin?.end();
    const code = await ended;
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  try {
    const said = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const line = async () => {
      const { value, done } = await said.next();
      if (done === true) throw new Error(`the node ended with ${await ended}`);
      return JSON.parse(value);
    };
    const { url, domain } = await line();
    let asked: Promise<unknown> = Promise.resolve();
    return {
      url,
      domain: { ...domain, chainId: BigInt(domain.chainId) },
      usage() {
        child.stdin?.write('\n');
        const answer = asked.then(line);
        asked = answer.catch(() => {});
        return answer;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
