// The key-value example against CometBFT's own (`abci-cli kvstore`, in Go), each behind a fresh single node of the same engine,
// in turn: transactions a second from the first that is sent until the last is in a block.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { freePort } from '../../relayer/node/free-port.ts';
import { cometBinary } from '../../test/helpers/comet-binary.ts';
import { eventually } from '../../test/helpers/eventually.ts';
import { Program } from '../../test/helpers/program.ts';
import { median, printTable, rounded } from './table.ts';

const ROUNDS = 5;
/** Within the mempool's 5,000, so that none is refused. */
const TRANSACTIONS = 4_000;
const AT_ONCE = 100;
const EXAMPLE = fileURLToPath(new URL('../../examples/key-value.ts', import.meta.url));

export async function compareEngines(): Promise<void> {
  const cometbft = await cometBinary();
  if (cometbft === undefined) throw new Error('CometBFT is not there: npm run cometbft:install -- --tools');
  const abciCli = join(dirname(cometbft), 'abci-cli');
  const applications = {
    go: (address: string) => new Program(abciCli, ['kvstore', '--address', address]),
    ours: (address: string) => new Program(process.execPath, ['--import', 'tsx', EXAMPLE, address]),
  };
  const perSecond = { go: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++)
    for (const name of ['go', 'ours'] as const) perSecond[name].push(await measure(cometbft, applications[name]));
  const [go, ours] = [median(perSecond.go), median(perSecond.ours)];
  console.log(`\n${TRANSACTIONS} transactions behind one node of CometBFT, medians of ${ROUNDS} rounds in turn:`);
  const row = (title: string, all: number[]) => [
    title,
    rounded(median(all), 0),
    `${rounded(Math.min(...all), 0)}–${rounded(Math.max(...all), 0)}`,
  ];
  printTable([['', 'tx/s', 'range'], row('abci-cli kvstore (Go)', perSecond.go), row('examples/key-value.ts', perSecond.ours)]);
  console.log(`ratio ${rounded(ours / go, 2)}`);
}

async function measure(cometbft: string, serve: (address: string) => Program): Promise<number> {
  const lifecycle = new Lifecycle();
  try {
    const home = await mkdtemp(join(tmpdir(), 'engine-bench-'));
    lifecycle.onClose('home', () => rm(home, { recursive: true, force: true }));
    await new Program(cometbft, ['init', '--home', home]).succeeded();
    const config = join(home, 'config', 'config.toml');
    const settings = await readFile(config, 'utf8');
    await writeFile(
      config,
      settings.replace(/^timeout_commit = .*$/m, 'timeout_commit = "0s"').replace(/^(max_request_batch_size =) .*$/m, '$1 0'),
    );
    const address = `unix://${join(home, 'app.sock')}`;
    const application = serve(address);
    lifecycle.onClose('application', () => application.close());
    const rpc = `127.0.0.1:${await freePort()}`;
    const listen = ['--rpc.laddr', `tcp://${rpc}`, '--p2p.laddr', 'tcp://127.0.0.1:0', '--consensus.create_empty_blocks=false'];
    const engine = new Program(cometbft, ['start', '--home', home, '--proxy_app', address, ...listen]);
    lifecycle.onClose('engine', () => engine.close());
    const client = await openCometClient(`http://${rpc}`, { timeoutMs: 60_000 });
    lifecycle.onClose('client', () => client.close());
    await eventually('the first block', async () => (await client.status()).height > 0);
    return await load(client, `http://${rpc}`);
  } finally {
    await lifecycle.close();
  }
}

/** Sends in batches, without waiting for each answer of CheckTx; counts what is in blocks. */
async function load(client: CometClient, url: string): Promise<number> {
  const startedAt = performance.now();
  const before = BigInt((await client.status()).height);
  for (let from = 0; from < TRANSACTIONS; from += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, index) => ({
      jsonrpc: '2.0',
      id: index,
      method: 'broadcast_tx_async',
      params: { tx: Buffer.from(`key-${from + index}=value of forty bytes or so`).toString('base64') },
    }));
    const sent = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(batch),
      headers: { 'content-type': 'application/json' },
    });
    const answers = (await sent.json()) as readonly { readonly error?: object }[];
    if (answers.length !== AT_ONCE || answers.some(({ error }) => error !== undefined))
      throw new Error(`a batch was refused: ${JSON.stringify(answers)}`);
  }
  let included = 0;
  let next = before + 1n;
  await eventually(
    'all transactions in blocks',
    async () => {
      const height = BigInt((await client.status()).height);
      for (; next <= height; next++) included += (await client.block(next)).txs.length;
      return included >= TRANSACTIONS;
    },
    { pauseMs: 5 },
  );
  return (1_000 * TRANSACTIONS) / (performance.now() - startedAt);
}
