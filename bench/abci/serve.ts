// One of the two servers in a process of its own, over an application that does nothing:
//   node --import tsx bench/abci/serve.ts ours|abci ADDRESS
// Prints the address when it listens; ends when its standard input does.

import type { Server } from 'node:net';
import { ResponseInfo, ResponseQuery } from 'cosmjs-types/tendermint/abci/types';
import { parseSocketAddress } from '../../relayer/abci/socket-address.ts';
import { serveApplication } from '../../relayer/abci/socket-server.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { KvStoreApplication } from '../../test/helpers/kvstore-application.ts';
import { PEER } from './wire.ts';

const ACCEPTED = { code: 0, data: new Uint8Array(0), log: '', info: '', gasWanted: 0n, gasUsed: 0n, events: [], codespace: '' };

const MEBIBYTE = Buffer.alloc(1_048_576);

async function serveOurs(address: string): Promise<void> {
  const application = new KvStoreApplication({
    overrides: {
      checkTx: async () => ACCEPTED,
      finalizeBlock: async ({ txs }) => ({
        events: [],
        txResults: txs.map(() => ACCEPTED),
        validatorUpdates: [],
        appHash: new Uint8Array(32),
      }),
      commit: async () => ({ retainHeight: 0n }),
      info: async () => ResponseInfo.fromPartial({ data: String(process.memoryUsage().rss) }),
      query: async () => ResponseQuery.fromPartial({ value: MEBIBYTE }),
    },
  });
  console.log((await serveApplication(application, { address }, { log: silentLog })).address);
}

/** It answers calls that the application lacks with an empty message by itself. */
function serveAbci(address: string): void {
  const createServer = PEER('abci') as (application: object) => Server;
  const where = parseSocketAddress(address);
  const server = createServer({ checkTx: () => ({ code: 0 }), deliverTx: () => ({ code: 0 }) });
  server.listen(where, () => {
    const bound = server.address();
    console.log(typeof bound === 'object' && bound !== null ? `tcp://127.0.0.1:${bound.port}` : address);
  });
}

const [which, address] = process.argv.slice(2) as [string, string];
if (which === 'ours') await serveOurs(address);
else serveAbci(address);
process.stdin.on('end', () => process.exit(0)).resume();
