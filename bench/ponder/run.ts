// The contract's past, read by this project and by Ponder from one node, one after the other, beside the limit: all headers and
// logs taken from that node and looked at by nobody.
//   node --import tsx bench/ponder/run.ts [BLOCKS] [EVENTS] [RUNS]

import { longChain } from '../../test/helpers/long-chain.ts';
import { readUnverified } from '../ethereum/unverified.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import { type Indexed, type IndexRequest, indexByPeg } from './own-index.ts';
import { indexByPonder, installPonder } from './ponder-process.ts';

const [blocks = 20_000, events = 2_000, runs = 2] = process.argv.slice(2).map(Number);
/** Blocks at the end that neither reads, so that all that is read is buried for both. */
const TAIL = 100n;

interface Run extends Pick<Indexed, 'startSeconds' | 'seconds' | 'events'> {
  /** Of all stakes; the limit does not add them up. */
  readonly staked?: bigint;
  /** CPU that the node took for it. */
  readonly nodeSeconds: number;
}

const READERS: Readonly<Record<string, (request: IndexRequest) => Promise<Omit<Run, 'nodeSeconds'>>>> = {
  Ponder: indexByPonder,
  limit: async (request) => {
    const began = performance.now();
    const { events: found } = await readUnverified(request);
    return { startSeconds: 0, seconds: (performance.now() - began) / 1000, events: found };
  },
  witness: (request) => indexByPeg('witness', request),
  audit: (request) => indexByPeg('audit', request),
};

function show(name: string, { startSeconds, seconds, events: found, nodeSeconds }: Run): void {
  const work = seconds - startSeconds;
  console.log(
    `${name.padStart(7)}: ${found} events in ${work.toFixed(1)} s (${Math.round(found / work).toLocaleString('en')} events/s) ` +
      `after ${startSeconds.toFixed(1)} s to start; the node was busy for ${nodeSeconds.toFixed(1)} s of it`,
  );
}

installPonder();
const began = performance.now();
const chain = await longChain(blocks, events);
try {
  const request = { url: chain.url, contract: chain.contract, from: chain.from, to: chain.to - TAIL };
  console.log(`${blocks} empty blocks and ${events} events, mined in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const results = new Map<string, Run[]>();
  for (let i = 0; i < runs; i++)
    for (const [name, read] of Object.entries(READERS)) {
      const before = cpuSecondsOf(chain.pid);
      const run = { ...(await read(request)), nodeSeconds: cpuSecondsOf(chain.pid) - before };
      show(name, run);
      results.set(name, [...(results.get(name) ?? []), run]);
    }
  const all = [...results.values()].flat();
  const sums = all.flatMap(({ events: found, staked }) => (staked === undefined ? [] : [`${found} ${staked}`]));
  if (new Set(sums).size !== 1) throw new Error(`they do not agree: ${sums.join(', ')}`);
  const best = (name: string) =>
    Math.min(...(results.get(name) ?? []).map(({ seconds, startSeconds }) => seconds - startSeconds));
  for (const name of Object.keys(READERS).slice(1))
    console.log(`Ponder takes ${(best('Ponder') / best(name)).toFixed(2)} times as long as ${name}`);
} finally {
  await chain.close();
}
