// Which processes of this machine belong to a folder, by their command lines.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface RunningProcess {
  readonly pid: number;
  readonly args: string;
}

/** Processes whose command line contains `text`, such as the path of a home. */
export async function processesWith(text: string): Promise<readonly RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args='], { maxBuffer: 64 * 2 ** 20 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, args = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return args.includes(text) && Number(pid) !== process.pid ? [{ pid: Number(pid), args }] : [];
  });
}

/** The engine that a node of this home runs; undefined while there is none. */
export async function engineOf(home: string): Promise<number | undefined> {
  return (await processesWith(` start --home ${home}/cometbft`))[0]?.pid;
}
