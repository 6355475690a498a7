// Measures our ABCI server against npm's `abci` 5.0.1, each in a process of its own, in turn, over unix and TCP sockets; and the
// key-value example against CometBFT's own application in Go, behind the same engine; and the memory of ours while clients misbehave:
//   node --import tsx bench/abci/run.ts [wire] [memory] [engine]
// Installs the peer into bench/abci/peer when it is not there. Wants `npm run cometbft:install -- --tools`.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { compareEngines } from './engine.ts';
import { LoadClient } from './load-client.ts';
import { measureMemory } from './memory.ts';
import { startServer } from './start-server.ts';
import { median, printTable, rounded } from './table.ts';
import { type Load, WIRES, type Wire, type WireName } from './wire.ts';

const ROUNDS = 7;
const ROUND_TRIPS = 500;
const CHECKS = 20_000;
const BLOCKS = 20;
const PEER = fileURLToPath(new URL('./peer', import.meta.url));
/** Short enough for lengths of one byte: `abci` 5.0.1 crashes when a longer one is split over two reads. */
const TXS = Array.from({ length: CHECKS }, (_, index) => Buffer.from(`key-${index}=value of forty bytes or so`));

interface Figures {
  readonly roundTripUs: number[];
  readonly checksPerSecond: number[];
  readonly blockMs: number[];
}

/** One round of one server: what a round trip, pipelined CheckTx and a block take. */
async function measure(address: string, wire: Wire, into: Figures): Promise<void> {
  const client = await LoadClient.open(address, wire);
  try {
    const repeat = async (times: number, load: Load) => {
      const ms: number[] = [];
      for (let i = 0; i < times; i++) ms.push(await client.measure(load));
      return median(ms);
    };
    into.roundTripUs.push(1_000 * (await repeat(ROUND_TRIPS, wire.echo())));
    into.checksPerSecond.push((1_000 * CHECKS) / (await client.measure(wire.checkTxs(TXS))));
    into.blockMs.push(await repeat(BLOCKS, wire.block(TXS.slice(0, 1_000))));
  } finally {
    client.close();
  }
}

async function compareWires(): Promise<void> {
  if (!existsSync(join(PEER, 'node_modules', 'abci')))
    execFileSync('npm', ['install', '--prefix', PEER, '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'], {
      stdio: 'inherit',
    });
  const rows = [['', 'socket', 'abci 5.0.1', 'ours', 'ratio']];
  for (const socket of ['unix', 'tcp'] as const) {
    const lifecycle = new Lifecycle();
    try {
      const folder = await mkdtemp(join(tmpdir(), 'abci-bench-'));
      lifecycle.onClose('folder', () => rm(folder, { recursive: true, force: true }));
      const figures: Record<WireName, Figures> = { abci: empty(), ours: empty() };
      const addresses = { abci: '', ours: '' };
      for (const name of ['abci', 'ours'] as const) {
        const where = socket === 'unix' ? `unix://${join(folder, name)}` : 'tcp://127.0.0.1:0';
        const { server, address } = await startServer(name, where);
        lifecycle.onClose(name, () => server.close());
        addresses[name] = address;
      }
      // The first round warms up.
      for (let round = 0; round <= ROUNDS; round++)
        for (const name of ['abci', 'ours'] as const)
          await measure(addresses[name], WIRES[name](), round === 0 ? empty() : figures[name]);
      const row = (title: string, of: (f: Figures) => number[], digits: number, moreIsBetter: boolean) => {
        const [theirs, own] = [median(of(figures.abci)), median(of(figures.ours))];
        const ratio = moreIsBetter ? own / theirs : theirs / own;
        rows.push([title, socket, rounded(theirs, digits), rounded(own, digits), `${rounded(ratio, 1)} ×`]);
      };
      row('round trip, µs', (f) => f.roundTripUs, 0, false);
      row('CheckTx pipelined, a second', (f) => f.checksPerSecond, 0, true);
      row('block of 1,000 transactions, ms', (f) => f.blockMs, 2, false);
    } finally {
      await lifecycle.close();
    }
  }
  console.log(`Medians of ${ROUNDS} rounds in turn; the ratio says how many times better ours is:`);
  printTable(rows);
}

const empty = (): Figures => ({ roundTripUs: [], checksPerSecond: [], blockMs: [] });

const parts = process.argv.slice(2);
if (parts.length === 0 || parts.includes('wire')) await compareWires();
if (parts.length === 0 || parts.includes('memory')) await measureMemory();
if (parts.length === 0 || parts.includes('engine')) await compareEngines();
