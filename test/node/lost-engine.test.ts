// A node whose engine is killed, and started again, while the node still asks what it watches.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { loadConfig } from '../../relayer/node/load-config.ts';
import { startNode } from '../../relayer/node/start-node.ts';
import { type StubAnswer, type StubCall, type StubNode, startStubNode } from '../helpers/stub-node.ts';

const RECORDS: Readonly<Record<string, unknown>> = {
  '/ethereum': { chainId: 31_337, stakingContract: `0x${'11'.repeat(20)}` },
  '/params': { finalityThreshold: 2 },
};
const STATUS = { node_info: { network: 'peg-test' }, sync_info: {}, validator_info: { address: '12'.repeat(20) } };

describe('a node that loses its engine at its start', () => {
  let home: string;
  let engine: StubNode;
  let left: number;

  function answer({ method, params }: StubCall): StubAnswer {
    left--;
    if (left < 0 && left > -5) return (response) => void response.destroy();
    if (method === 'status') return { result: STATUS };
    const value = Buffer.from(textBytes(JSON.stringify(RECORDS[String(params.path)] ?? null))).toString('base64');
    return { result: { response: { code: 0, value } } };
  }

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-lost-'));
    engine = await startStubNode(answer);
  });
  afterEach(async () => {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  });

  for (const asked of [0, 1, 2])
    it(`starts all the same when it was answered ${asked} times before`, async () => {
      left = asked;
      const config = await loadConfig({
        env: {},
        flags: { home, 'ethereum.urls': 'http://127.0.0.1:9', 'audit.leastMinutes': 0 },
      });
      const consensus = { join: async () => ({ rpcUrl: engine.url, leave: async () => {} }) };
      const witnessKey = new Uint8Array(32).fill(1);
      const node = await startNode(config, { consensus, witnessKey, log: silentLog, clock: systemClock });
      try {
        expect(node.witness?.status().consensusAddress).to.equal(`0x${'12'.repeat(20)}`);
      } finally {
        await node.close();
      }
    }).timeout(30_000);
});
