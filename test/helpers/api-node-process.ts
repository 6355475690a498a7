// The node of api-node.ts as a process of its own, for tests of load and of hostile clients:
// `node --import tsx THIS FOLDER [COMETBFT]`. Writes its address as a line of JSON, then its usage of memory and processor for each
// line that it reads, and ends when its standard input does. The usage is not asked for over HTTP: that would be part of it.

import process from 'node:process';
import { createInterface } from 'node:readline';
import { startApiNode } from './api-node.ts';

const [folder = '', cometBft] = process.argv.slice(2);
const node = await startApiNode({
  stakes: [1_000n, 1_000n, 1_000n, 1_000n],
  periodLimit: 100_000_000n,
  blockIntervalMs: 100,
  folder,
  ...(cometBft !== undefined && { cometBft }),
});
const { salt, chainId, verifyingContract } = node.domain;
console.log(JSON.stringify({ url: node.url, domain: { salt, verifyingContract, chainId: Number(chainId) } }));
const lines = createInterface({ input: process.stdin });
lines.on('line', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ residentBytes: process.memoryUsage.rss(), processorSeconds: (user + system) / 1e6 }));
});
lines.on('close', () => {
  node.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
