// What our server's process holds while clients misbehave: resident memory, which it tells in its answer to Info.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { AbciClient, requestFrames, uvarint } from '../../test/helpers/abci-client.ts';
import { startServer } from './start-server.ts';
import { printTable, rounded } from './table.ts';

const CLIENTS = 50;
const MEBIBYTE = 1_048_576;
const SETTLING_ROUNDS = 500;

export async function measureMemory(): Promise<void> {
  const rows = [['', 'MB']];
  const row = async (what: string, misbehave: (address: string) => Promise<readonly AbciClient[]>) => {
    const lifecycle = new Lifecycle();
    try {
      const folder = await mkdtemp(join(tmpdir(), 'abci-memory-'));
      lifecycle.onClose('folder', () => rm(folder, { recursive: true, force: true }));
      const { server, address } = await startServer('ours', `unix://${join(folder, 'app')}`);
      lifecycle.onClose('server', () => server.close());
      const clients = await misbehave(address);
      lifecycle.onClose('clients', async () => void (await Promise.all(clients.map((client) => client.close()))));
      const probe = await AbciClient.connect(address);
      lifecycle.onClose('probe', () => probe.close());
      let bytes = 0;
      for (let round = 0; round < SETTLING_ROUNDS; round++)
        bytes = Math.max(bytes, Number((await probe.ask({ info: {} }))[0]?.info?.data));
      rows.push([what, rounded(bytes / 1e6, 0)]);
    } finally {
      await lifecycle.close();
    }
  };
  await row('nobody connected', async () => []);
  await row(`${CLIENTS} clients that ask for 10,000 answers of 1 MiB and read none`, (address) =>
    connectAll(address, requestFrames(...Array.from({ length: 10_000 }, () => ({ query: {} })))),
  );
  await row(`${CLIENTS} clients that announce 100 MiB and send 1 kB`, (address) =>
    connectAll(address, Buffer.concat([uvarint(100 * MEBIBYTE), Buffer.alloc(1_000)])),
  );
  await row('one client that has sent 99 of 100 MiB', async (address) => {
    const client = await AbciClient.connect(address);
    await client.send(Buffer.concat([uvarint(100 * MEBIBYTE), Buffer.alloc(99 * MEBIBYTE)]));
    return [client];
  });
  console.log('\nMost resident memory of the server:');
  printTable(rows);
}

async function connectAll(address: string, bytes: Buffer): Promise<readonly AbciClient[]> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => AbciClient.connect(address, { reads: false })));
  for (const client of clients) client.offer(bytes);
  return clients;
}
