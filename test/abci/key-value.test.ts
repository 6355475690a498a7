// The example of another application, as its README section says, behind the real engine.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { freePort } from '../../relayer/node/free-port.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/key-value.ts', import.meta.url));
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Answer {
  readonly response: { readonly value: string | null; readonly height: string };
}

await describeWithCometBft('the key-value example', (cometbft) => {
  let lifecycle: Lifecycle;
  let home: string;

  beforeEach(async () => {
    lifecycle = new Lifecycle();
    home = await mkdtemp(join(tmpdir(), 'key-value-'));
    lifecycle.onClose('home', () => rm(home, { recursive: true, force: true }));
    await new Program(cometbft, ['init', '--home', home]).succeeded();
  });
  afterEach(() => lifecycle.close());

  /** The application and, over it, an engine that makes a block as soon as there is something for one. */
  async function start(): Promise<{ client: CometClient; stop: () => Promise<void> }> {
    const run = new Lifecycle();
    lifecycle.onClose('run', () => run.close());
    const program = (path: string, ...args: string[]) => {
      const started = new Program(path, args);
      run.onClose(path, () => started.close());
      return started;
    };
    const app = program(process.execPath, '--import', 'tsx', EXAMPLE, `unix://${join(home, 'app.sock')}`);
    const [, address = ''] = await app.said(/serving at (\S+)/);
    const rpc = `127.0.0.1:${await freePort()}`;
    const listen = ['--rpc.laddr', `tcp://${rpc}`, '--p2p.laddr', 'tcp://127.0.0.1:0', '--consensus.create_empty_blocks=false'];
    const engine = program(cometbft, 'start', '--home', home, '--proxy_app', address, ...listen);
    const client = await openCometClient(`http://${rpc}`, { timeoutMs: 60_000 });
    run.onClose('client', () => client.close());
    const ready = eventually('an engine that answers', async () => client.call('status').then(() => true));
    await Promise.race([ready, engine.succeeded()]);
    return { client, stop: () => run.close() };
  }

  const read = async (client: CometClient, key: string) => {
    const { response } = (await client.call('abci_query', { data: Buffer.from(key).toString('hex') })) as Answer;
    return Buffer.from(response.value ?? '', 'base64').toString();
  };

  it('takes transactions, answers queries, and has its state again after both were killed', async () => {
    const first = await start();
    const sent = (await first.client.call('broadcast_tx_commit', { tx: base64('colour=blue') })) as {
      readonly check_tx: { readonly code: number };
      readonly tx_result: { readonly code: number };
    };
    expect([sent.check_tx.code, sent.tx_result.code]).to.deep.equal([0, 0]);
    expect(await read(first.client, 'colour')).to.equal('blue');
    const refused = (await first.client.call('broadcast_tx_sync', { tx: base64('nonsense') })) as { readonly code: number };
    expect(refused.code).to.equal(1);
    await first.stop();

    const second = await start();
    expect(await eventually('the replayed block', () => read(second.client, 'colour'))).to.equal('blue');
  });
});
