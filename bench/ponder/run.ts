// The contract's past, read by this project and by Ponder from one node, one after the other:
//   node --import tsx bench/ponder/run.ts [BLOCKS] [EVENTS] [RUNS]

import { longChain } from '../../test/helpers/long-chain.ts';
import { type Indexed, indexByPeg } from './own-index.ts';
import { indexByPonder, installPonder } from './ponder-process.ts';

const [blocks = 20_000, events = 2_000, runs = 2] = process.argv.slice(2).map(Number);
/** Blocks at the end that neither reads, so that all that is read is buried for both. */
const TAIL = 100n;

function show(name: string, { startSeconds, seconds, events: found }: Indexed): void {
  const rate = (time: number) => `${Math.round(found / time).toLocaleString('en')} events/s`;
  console.log(
    `${name}: ${found} events in ${seconds.toFixed(1)} s (${rate(seconds)}), ` +
      `${startSeconds.toFixed(1)} s of it to start (${rate(seconds - startSeconds)} without)`,
  );
}

installPonder();
const began = performance.now();
const chain = await longChain(blocks, events);
try {
  const request = { url: chain.url, contract: chain.contract, from: chain.from, to: chain.to - TAIL };
  console.log(`${blocks} empty blocks and ${events} events, mined in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const results: Record<'witness' | 'audit' | 'ponder', Indexed[]> = { witness: [], audit: [], ponder: [] };
  for (let i = 0; i < runs; i++) {
    results.ponder.push(await indexByPonder(request));
    results.witness.push(await indexByPeg('witness', request));
    results.audit.push(await indexByPeg('audit', request));
  }
  for (const [name, all] of Object.entries(results)) for (const run of all) show(name.padStart(7), run);
  const sums = new Set(Object.values(results).flatMap((all) => all.map((run) => `${run.events} ${run.staked}`)));
  if (sums.size !== 1) throw new Error(`they do not agree: ${[...sums].join(', ')}`);
  const best = (all: readonly Indexed[]) => Math.min(...all.map(({ seconds, startSeconds }) => seconds - startSeconds));
  const times = (all: readonly Indexed[]) => (best(results.ponder) / best(all)).toFixed(2);
  console.log(
    `Ponder takes ${times(results.witness)} times as long as a witness, ${times(results.audit)} times as long as an audit`,
  );
} finally {
  await chain.close();
}
