// A node under load, in three processes: the node, those who post orders, those who read the stream.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadCommand, LoadEvent, PosterReport, ReaderReport } from './load-messages.ts';
import type { RunningApiNode } from './running-api-node.ts';

export interface Load {
  readonly readers: number;
  readonly ordersASecond: number;
  readonly seconds: number;
  /** Of those who post. */
  readonly connections: number;
}

export interface LoadReport {
  readonly posters: PosterReport;
  readonly readers: ReaderReport;
  readonly node: {
    readonly cpuSeconds: number;
    readonly idleBytes: number;
    /** Most resident memory while orders were offered. */
    readonly peakBytes: number;
  };
}

const POSTERS = fileURLToPath(new URL('./load-posters.ts', import.meta.url));
const READERS = fileURLToPath(new URL('./load-readers.ts', import.meta.url));
const LOOK_MS = 2_000;

/** Offers the load and waits until every reader has what was accepted, or one of them failed. */
export async function putUnderLoad(node: RunningApiNode, load: Load): Promise<LoadReport> {
  const { chainId, ...domain } = node.domain;
  const { ordersASecond, seconds, connections } = load;
  const plan = { url: node.url, domain: { ...domain, chainId: chainId.toString() }, ordersASecond, seconds, connections };
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const child = fork(program, args, { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
    children.push(child);
    return child;
  };
  try {
    const posters = start(POSTERS, JSON.stringify(plan));
    await heard(posters);
    const readers = start(READERS, node.url, `${load.readers}`);
    await heard(readers);
    const before = await node.usage();
    tell(readers, { begin: true });
    tell(posters, { begin: true });
    const posting = reported<PosterReport>(posters);
    const watching = mostUntil(posting, async () => (await node.usage()).residentBytes);
    const posted = await posting;
    tell(readers, { expect: posted.accepted.map(({ id }) => id) });
    const read = await reported<ReaderReport>(readers);
    const after = await node.usage();
    return {
      posters: posted,
      readers: read,
      node: {
        cpuSeconds: after.processorSeconds - before.processorSeconds,
        idleBytes: before.residentBytes,
        peakBytes: Math.max(await watching, after.residentBytes),
      },
    };
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  }
}

function tell(child: ChildProcess, command: LoadCommand): void {
  child.send(command);
}

/** The next event; rejects when the process ends without one. */
async function heard(child: ChildProcess): Promise<LoadEvent> {
  const done = new AbortController();
  const { signal } = done;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([event]) => event as LoadEvent),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${child.spawnargs.at(-1)} ended with ${code}`);
      }),
    ]);
  } finally {
    done.abort();
  }
}

async function reported<T extends PosterReport | ReaderReport>(child: ChildProcess): Promise<T> {
  const event = await heard(child);
  if (!('report' in event)) throw new Error('it reported nothing');
  return event.report as T;
}

async function mostUntil(end: Promise<unknown>, look: () => Promise<number>): Promise<number> {
  let ended = false;
  end
    .finally(() => {
      ended = true;
    })
    .catch(() => {});
  let most = 0;
  while (!ended) {
    most = Math.max(most, await look());
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return most;
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
