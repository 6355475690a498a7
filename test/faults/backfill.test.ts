// A validator that comes to a contract with a long past: it shows how far it is, goes on where the peg stands after kill -9 of
// node and engine, and ends with the contract's ledger. PEG_LONG=1 has a million blocks, PEG_BACKFILL_BLOCKS and
// PEG_BACKFILL_EVENTS any number.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import type { StateDocument } from '../../relayer/devnet/result.ts';
import { NodeProcess } from '../comet-network/node-process.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { type LongChain, longChain } from '../helpers/long-chain.ts';
import { peg } from '../helpers/peg-process.ts';
import { singleValidator } from '../helpers/single-validator.ts';

const LONG = process.env.PEG_LONG !== undefined;
const BLOCKS = Number(process.env.PEG_BACKFILL_BLOCKS ?? (LONG ? 1_000_000 : 3_000));
const EVENTS = Number(process.env.PEG_BACKFILL_EVENTS ?? (LONG ? 10_000 : 200));
const X = 6;
const DEADLINE_MS = 120_000 + 10 * BLOCKS;

interface LogLine {
  readonly msg: string;
  readonly eth_block?: string | number;
  readonly blocks_per_second?: number;
  readonly remaining_ms?: number;
}

await describeWithCometBft(`a past of ${BLOCKS} empty blocks and ${EVENTS} events`, (binary) => {
  let folder: string;
  let chain: LongChain;
  let node: NodeProcess | undefined;
  let client: CometClient | undefined;

  before(async function () {
    this.timeout(DEADLINE_MS);
    folder = await mkdtemp(join(tmpdir(), 'peg-backfill-'));
    chain = await longChain(BLOCKS, EVENTS);
  });
  after(async () => {
    client?.close();
    await node?.close();
    await chain?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const state = async () => (await client?.query('/state')) as StateDocument;
  const finalTo = async () => (await state()).matureEthBlock ?? 0;

  it('is caught up with, across kill -9 of node and engine, with its progress shown', async function () {
    this.timeout(2 * DEADLINE_MS);
    const { home, rpcUrl } = await singleValidator(folder, { ...chain, startBlock: chain.from - 1n, finalityThreshold: X });
    const start = () => NodeProcess.start(home, ['--cometbft', binary, '--consensus-commit-pause-ms', '20']);
    const began = Date.now();
    node = await start();
    client = await openCometClient(rpcUrl, { timeoutMs: 30_000 });
    const third = Number(chain.from) + Math.floor(BLOCKS / 3);
    await eventually('a third to be final', async () => (await finalTo()) >= third, { deadlineMs: DEADLINE_MS });
    const before = await finalTo();
    await node.close();
    node = await start();
    const last = Number(chain.to) - X;
    await eventually('all of it to be final', async () => (await finalTo()) >= last, { deadlineMs: DEADLINE_MS });
    const seconds = (Date.now() - began) / 1000;
    console.log(`      ${Math.round(BLOCKS / seconds)} blocks/s and ${Math.round(EVENTS / seconds)} events/s in ${seconds} s`);

    expect((await state()).ethereum.nonce).to.equal(EVENTS);
    const audit = await peg(['audit', '--json', '--node', rpcUrl, '--ethereum', chain.url]);
    expect(audit.code, audit.stderr).to.equal(0);
    const { events, checks, contract } = JSON.parse(audit.stdout) as {
      events: number;
      checks: Record<string, number>;
      contract: string;
    };
    expect([events, contract]).to.deep.equal([EVENTS, 'proved']);
    expect(checks['later-proof'], 'proved all together').to.be.greaterThan(0);
    expect(checks['header-hash'], 'headers read').to.equal(undefined);

    const lines = await logOf(home);
    const starts = lines.filter(({ msg }) => msg === 'began to vote for blocks of long ago');
    expect(starts).to.have.length(2);
    expect(Number(starts[1]?.eth_block), 'goes on where the peg stands').to.be.at.least(before);
    expect(lines.filter(({ msg }) => msg === 'caught up with Ethereum')).to.have.length(1);
    if (!LONG) return;
    const shown = lines.filter(({ msg }) => msg === 'voted for blocks of long ago');
    expect(shown.length, 'lines of progress').to.be.greaterThan(1);
    for (const line of shown.slice(1)) expect(line).to.include.keys('eth_block', 'to', 'blocks_per_second', 'remaining_ms');
  });
});

async function logOf(home: string): Promise<readonly LogLine[]> {
  const text = await readFile(join(home, 'node.log'), 'utf8');
  return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
}
