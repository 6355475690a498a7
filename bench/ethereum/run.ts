// How fast buried blocks are read and verified, beside how fast the endpoint gives them out at all:
//   node --import tsx bench/ethereum/run.ts [BLOCKS] [EVENTS] [RANGE]

import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { ContractCommitment, EthereumView } from '../../relayer/ethereum/types.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { type LongChain, longChain } from '../../test/helpers/long-chain.ts';
import { readUnverified } from './unverified.ts';

const [blocks = 20_000, events = 1_000, range = 1_024] = process.argv.slice(2).map(Number);
const DEPTH = 6n;

/** Runs `read` and prints what it came to; the CPU is that of this process, the endpoint's is not in it. */
async function measure(name: string, read: () => Promise<{ blocks: number; events: number }>): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  const { blocks: count, events: found } = await read();
  const took = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const rate = (things: number) => `${Math.round(things / took).toLocaleString('en')}/s`;
  console.log(
    `${name}: ${count} blocks (${rate(count)}) and ${found} events (${rate(found)}) in ${took.toFixed(2)} s, ` +
      `${((user + system) / 1e6).toFixed(2)} s of own CPU`,
  );
}

async function verified(view: EthereumView, { from: first, to: last }: LongChain) {
  let before: ContractCommitment = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` };
  let [read, found] = [0, 0];
  for (let from = first; from <= last; from += BigInt(range)) {
    const end = from + BigInt(range) - 1n;
    for (const block of await view.blocks(from, end < last ? end : last, undefined, before)) {
      before = block.after ?? before;
      found += block.logs.length;
      read += 1;
    }
  }
  return { blocks: read, events: found };
}

const begun = performance.now();
const whole = await longChain(blocks, events);
try {
  const chain = { ...whole, to: whole.to - DEPTH };
  console.log(`${blocks} empty blocks and ${events} events, mined in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const options = { url: chain.url, contract: chain.contract, fold: foldEvent, finalityThreshold: DEPTH };
  const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
  try {
    for (let i = 0; i < 2; i++) {
      await measure('  verified', () => verified(ethereum.view, chain));
      await measure('unverified', () => readUnverified(chain));
    }
  } finally {
    await ethereum.close();
  }
} finally {
  await whole.close();
}
