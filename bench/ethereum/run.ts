// How fast buried blocks are read and verified: `node --import tsx bench/ethereum/run.ts [blocks] [events] [range]`.

import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { ContractCommitment } from '../../relayer/ethereum/types.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { longChain } from './long-chain.ts';

const [blocks = 20_000, events = 1_000, range = 1_024] = process.argv.slice(2).map(Number);
const DEPTH = 6n;

const begun = performance.now();
const chain = await longChain(blocks, events);
try {
  console.log(`chain of ${blocks} empty blocks and ${events} events: ${seconds(begun)} s to mine`);
  const ethereum = await openEthereum(
    { url: chain.url, contract: chain.contract, fold: foldEvent, finalityThreshold: DEPTH },
    { log: silentLog, clock: systemClock },
  );
  try {
    const start = performance.now();
    const cpu = process.cpuUsage();
    let before: ContractCommitment = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` };
    let [read, found] = [0, 0];
    for (let from = chain.from; from <= chain.to - DEPTH; from += BigInt(range)) {
      const to = from + BigInt(range) - 1n < chain.to - DEPTH ? from + BigInt(range) - 1n : chain.to - DEPTH;
      for (const block of await ethereum.view.blocks(from, to, undefined, before)) {
        before = block.after ?? before;
        found += block.logs.length;
        read += 1;
      }
    }
    const took = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    console.log(
      `read ${read} blocks and ${found} events in ${took.toFixed(2)} s: ${Math.round(read / took)} blocks/s, ` +
        `${Math.round(found / took)} events/s; own CPU ${((user + system) / 1e6).toFixed(2)} s`,
    );
  } finally {
    await ethereum.close();
  }
} finally {
  await chain.close();
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
