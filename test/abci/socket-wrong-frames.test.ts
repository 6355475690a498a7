import { expect } from 'chai';
import fc from 'fast-check';
import type { AbciServer } from '../../relayer/abci/socket-server.ts';
import { type AbciClient, framed, requestFrames, uvarint } from '../helpers/abci-client.ts';
import { eventually } from '../helpers/eventually.ts';
import { SocketBench, TRANSPORTS } from '../helpers/served-application.ts';

const MEBIBYTE = 1_048_576;
const RUNS = 100 * Number(process.env.PEG_TEST_RUNS ?? 1);

const WRONG: readonly { readonly what: string; readonly bytes: Buffer; readonly code: string; readonly told: boolean }[] = [
  { what: 'a length of eleven bytes', bytes: Buffer.alloc(11, 0x80), code: 'ABCI_FRAME_INVALID', told: false },
  { what: 'an oversized length', bytes: uvarint(2 ** 31), code: 'ABCI_FRAME_INVALID', told: false },
  {
    what: 'a negative length',
    bytes: Buffer.from('ffffffffffffffffff01', 'hex'),
    code: 'ABCI_FRAME_INVALID',
    told: false,
  },
  {
    what: 'a field longer than its frame',
    bytes: framed(Buffer.from('0aff01', 'hex')),
    code: 'ABCI_REQUEST_INVALID',
    told: true,
  },
  { what: 'a number without an end', bytes: framed(Buffer.alloc(20, 0xff)), code: 'ABCI_REQUEST_INVALID', told: true },
  { what: 'groups without an end', bytes: framed(Buffer.alloc(100_000, 0x0b)), code: 'ABCI_REQUEST_INVALID', told: true },
  { what: 'an empty frame', bytes: framed(Buffer.alloc(0)), code: 'ABCI_REQUEST_UNKNOWN', told: true },
  { what: 'a request of Tendermint', bytes: framed(Buffer.from('3a00', 'hex')), code: 'ABCI_REQUEST_UNKNOWN', told: true },
  {
    what: 'a request of an application mempool',
    bytes: framed(Buffer.from('aa0100', 'hex')),
    code: 'ABCI_REQUEST_UNKNOWN',
    told: true,
  },
];

for (const transport of TRANSPORTS)
  describe(`wrong frames over ${transport}`, () => {
    let bench: SocketBench;
    let server: AbciServer;
    let bystander: AbciClient;

    beforeEach(() => {
      bench = new SocketBench();
    });
    afterEach(() => bench.close());

    async function start(...options: Parameters<SocketBench['serve']>): Promise<void> {
      server = await bench.serve(options[0], { transport, ...options[1] });
      bystander = await bench.connect(server);
      await expectUnharmed('before');
    }

    /** Others are served, and nobody thinks that the application wants to stop. */
    async function expectUnharmed(message = 'after'): Promise<void> {
      expect((await bystander.ask({ echo: { message } }))[0]?.echo?.message).to.equal(message);
      expect(await Promise.race([server.halted.then(() => 'halted'), Promise.resolve('running')])).to.equal('running');
    }

    for (const { what, bytes, code, told } of WRONG)
      it(`close the connection that sends ${what}, after what came before it`, async () => {
        await start();
        const client = await bench.connect(server);
        await client.send(Buffer.concat([requestFrames({ echo: { message: 'first' } }), bytes, Buffer.alloc(10_000)]));
        await client.closed;
        const kinds = client.answers.map((answer) => Object.keys(answer)[0]);
        expect(kinds).to.deep.equal(told ? ['echo', 'exception'] : ['echo']);
        expect(bench.log.saying('wrong request').map(({ fields }) => fields.code)).to.deep.equal([code]);
        await expectUnharmed();
      });

    it('are frames that end too early', async () => {
      await start();
      const whole = requestFrames({ echo: { message: 'x'.repeat(300) } });
      for (const at of [1, 2, whole.length - 1]) {
        const client = await bench.connect(server);
        await client.send(whole.subarray(0, at));
        client.end();
        await client.closed;
        expect(client.answers).to.deep.equal([]);
      }
      expect(bench.log.saying('ended by the client').map(({ fields }) => fields.reason)).to.deep.equal(
        Array(3).fill('it ended the connection within a frame'),
      );
      await expectUnharmed();
    });

    it('are any bytes at all', async () => {
      await start({ commit: async () => ({ retainHeight: 0n }) });
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), async (bytes) => {
          const client = await bench.connect(server);
          await client.send(bytes);
          await client.close();
          await bystander.ask({ echo: { message: 'x' } });
        }),
        { numRuns: RUNS },
      );
    });

    it('do not include right ones in any pieces', async () => {
      await start();
      const requests = [{ echo: { message: 'a'.repeat(200) } }, { info: {} }, { checkTx: { tx: Buffer.alloc(3_000, 'b') } }];
      const stream = requestFrames(...requests);
      const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(sizes, async (pieces) => {
          const client = await bench.connect(server);
          let at = 0;
          for (const size of [...pieces, stream.length]) {
            await client.send(stream.subarray(at, at + size));
            at += size;
          }
          const kinds = (await client.received(3)).map((answer) => Object.keys(answer)[0]);
          expect(kinds).to.deep.equal(['echo', 'info', 'checkTx']);
          await client.close();
        }),
        { numRuns: RUNS },
      );
    });

    it('cost no memory for what they promise', async () => {
      await start();
      const before = process.memoryUsage().arrayBuffers;
      const clients = await Promise.all(Array.from({ length: 50 }, () => bench.connect(server)));
      for (const client of clients) await client.send(Buffer.concat([uvarint(100 * MEBIBYTE), Buffer.alloc(1_000)]));
      await expectUnharmed();
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(50 * MEBIBYTE);
    });

    it('leave a client that never reads waiting, with little in memory', async () => {
      let calls = 0;
      const value = Buffer.alloc(MEBIBYTE);
      const query = async () => {
        calls++;
        return { code: 0, log: '', info: '', index: 0n, key: value, value, height: 0n, codespace: '' };
      };
      await start({ query });
      const deaf = await bench.connect(server, { reads: false });
      deaf.offer(requestFrames(...Array.from({ length: 20_000 }, () => ({ query: {} }))));
      await eventually('the first query', async () => calls > 0);
      for (let round = 0; round < 200; round++) await bystander.ask({ echo: { message: 'x' } });
      // The kernel takes a few answers of 2 MiB, one waits in the process; 20,000 were asked for.
      expect(calls).to.be.lessThan(20);
      await expectUnharmed();
    });

    it('include more connections than an engine and its tools need', async () => {
      await start();
      const clients = await Promise.all(Array.from({ length: 70 }, () => bench.connect(server)));
      await Promise.race(clients.map(({ closed }) => closed));
      expect(bench.log.saying('too many')).to.not.have.length(0);
      await expectUnharmed();
    });
  });
