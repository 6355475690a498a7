// The node of api-node.ts as a process of its own, for tests of load and of hostile clients: `node --import tsx THIS FOLDER`.
// Writes its address as a line of JSON, and ends when its standard input does.

import process from 'node:process';
import { startApiNode } from './api-node.ts';

const [folder = ''] = process.argv.slice(2);
const node = await startApiNode({
  stakes: [1_000n, 1_000n, 1_000n, 1_000n],
  periodLimit: 100_000_000n,
  blockIntervalMs: 100,
  folder,
});
const { salt, chainId, verifyingContract } = node.domain;
console.log(JSON.stringify({ url: node.url, domain: { salt, verifyingContract, chainId: Number(chainId) } }));
process.stdin.resume();
process.stdin.on('end', () => {
  node.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
