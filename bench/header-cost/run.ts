// What a block of long ago costs a witness, by the kind of work, and the node that it reads from:
//   node --import tsx bench/header-cost/run.ts [BLOCKS] [EVENTS]

import { Session } from 'node:inspector/promises';
import { longChain } from '../../test/helpers/long-chain.ts';
import { indexByPeg } from '../ponder/own-index.ts';
import { cpuSecondsOf } from '../process-cpu.ts';

const [blocks = 200_000, events = 2_000] = process.argv.slice(2).map(Number);
const SAMPLE_US = 500;
const TAIL = 100n;

/** What a function on top of the stack is doing, by where it lives; the first that fits. */
const KINDS: readonly (readonly [kind: string, fits: (url: string, name: string) => boolean])[] = [
  ['waiting for the node', (_, name) => name === '(idle)'],
  ['collecting garbage', (_, name) => name === '(garbage collector)'],
  ['Keccak', (url) => /wasm|keccak/.test(url)],
  ['JSON', (url) => url.includes('json-rpc')],
  [
    'fields and RLP of headers',
    (url, name) => /ethereum\/(fields|header)\.ts|lib\/(bytes|rlp)\.ts/.test(url) || name.startsWith('RegExp'),
  ],
  ['blooms, events, folding', (url) => url.includes('/relayer/') && !url.includes('http-post')],
  ['HTTP', (url, name) => /http-post|undici|^node:/.test(url) || (url === '' && !name.startsWith('('))],
];

const chain = await longChain(blocks, events);
const session = new Session();
try {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  const nodeBefore = cpuSecondsOf(chain.pid);
  const before = process.cpuUsage();
  await session.post('Profiler.start');
  const request = { url: chain.url, contract: chain.contract, from: chain.from, to: chain.to - TAIL };
  const { seconds } = await indexByPeg('witness', request);
  const { profile } = await session.post('Profiler.stop');
  const { user, system } = process.cpuUsage(before);
  const read = Number(request.to - request.from) + 1;
  const aBlock = (us: number) => `${(us / read).toFixed(1).padStart(6)} µs`;

  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const spent = new Map<string, number>();
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const { url = '', functionName = '' } = nodes.get(id) ?? {};
    const kind = KINDS.find(([, fits]) => fits(url, functionName))?.[0] ?? 'anything else';
    spent.set(kind, (spent.get(kind) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
  }
  console.log(
    `${read} blocks and ${events} events in ${seconds.toFixed(1)} s (${Math.round(read / seconds).toLocaleString('en')} blocks/s); a block:`,
  );
  console.log(
    `${aBlock((cpuSecondsOf(chain.pid) - nodeBefore) * 1e6)} of the node's CPU, ${aBlock(user + system)} of ours; by the clock`,
  );
  for (const [kind, us] of [...spent].sort(([, a], [, b]) => b - a)) console.log(`${aBlock(us)} ${kind}`);
} finally {
  session.disconnect();
  await chain.close();
}
