// The server against abci-cli, the client of CometBFT's authors: another codec, another framing, other habits of flushing.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { COMETBFT_VERSION } from '../../relayer/comet/comet-binary.ts';
import { Program } from '../helpers/program.ts';
import { SocketBench, TRANSPORTS } from '../helpers/served-application.ts';

const ABCI_CLI = fileURLToPath(new URL(`../../.cometbft/${COMETBFT_VERSION}/abci-cli`, import.meta.url));

/** What it prints of answers, `key: value` each, without hex. */
function answersIn(output: string): string[] {
  return Array.from(output.matchAll(/^-> (?!data\.hex)(.*)$/gm), ([, line = '']) => line);
}

describe('abci-cli', () => {
  if (!existsSync(ABCI_CLI)) {
    it('needs abci-cli: npm run cometbft:install -- --tools');
    return;
  }
  let bench: SocketBench;
  beforeEach(() => {
    bench = new SocketBench();
  });
  afterEach(() => bench.close());

  for (const transport of TRANSPORTS)
    it(`is answered over ${transport}`, async () => {
      const { address } = await bench.serve({}, { transport });
      const conversation: readonly (readonly [string, ...string[]])[] = [
        ['echo hello', 'code: OK', 'data: hello'],
        ['info', 'code: OK', 'data: kv'],
        ['check_tx "a=b"', 'code: OK'],
        ['check_tx "nonsense"', 'code: 2', 'log: malformed'],
        ['prepare_proposal "a=b"', 'code: OK', 'log: Succeeded. Tx: a=b'],
        ['process_proposal "a=b"', 'code: OK', 'status: ACCEPT'],
        ['process_proposal "nonsense"', 'code: OK', 'status: REJECT'],
        ['finalize_block "a=b" "nonsense"', 'code: OK', 'code: 2', 'code: OK'],
        ['commit', 'code: OK'],
        ['query "a"', 'code: 4', 'log: unknown path /store', 'height: 0'],
      ];
      const input = conversation.map(([command]) => `${command}\n`).join('');
      const client = new Program(ABCI_CLI, ['--address', address, 'batch'], { input });
      try {
        expect(answersIn(await client.succeeded())).to.deep.equal(conversation.flatMap(([, ...answer]) => answer));
      } finally {
        await client.close();
      }
    });

  it('is told why the application wants to be halted', async () => {
    const commit = () => Promise.reject(new Error('the disk is full'));
    const server = await bench.serve({ commit });
    const client = new Program(ABCI_CLI, ['--address', server.address, 'batch'], { input: 'commit\n' });
    try {
      await client.said(/the disk is full/);
    } finally {
      await client.close();
    }
    expect((await server.halted).message).to.equal('the disk is full');
  });
});
