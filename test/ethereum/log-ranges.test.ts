// Logs by range from an endpoint that fails now and then: a long past takes many requests, and not all of them go well.

import { expect } from 'chai';
import { LogRanges } from '../../relayer/ethereum/log-ranges.ts';
import { openRpc } from '../../relayer/ethereum/rpc.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { CONTRACT, FakeEthereum } from '../helpers/fake-ethereum.ts';
import { impatientClock } from '../helpers/impatient-clock.ts';
import { type PostFault, type ScriptedEndpoint, scriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { add } from '../helpers/staking-history.ts';

const TIMEOUT_MS = 5_000;
const status =
  (code: number): PostFault =>
  (response) => {
    response.writeHead(code).end();
    return true;
  };

describe('logs by range', () => {
  let endpoint: ScriptedEndpoint;
  let ranges: LogRanges;

  beforeEach(async () => {
    const chain = await FakeEthereum.start(1);
    for (let i = 0; i < 16; i++) await chain.add({ events: [add('A', 1n)] });
    endpoint = await scriptedEndpoint(chain);
    const clock = impatientClock(TIMEOUT_MS);
    ranges = new LogRanges({ rpc: openRpc({ url: endpoint.url, timeoutMs: TIMEOUT_MS, clock }), contract: CONTRACT, clock });
  });
  afterEach(() => endpoint.close());

  /** Numbers of the blocks of the logs in each piece. */
  async function read(): Promise<readonly (readonly number[])[]> {
    const pieces: number[][] = [];
    for await (const piece of ranges.pieces(2n, 17n))
      pieces.push(piece.map((log) => Number((log as { blockNumber: string }).blockNumber)));
    return pieces;
  }
  const all = Array.from({ length: 16 }, (_, i) => i + 2);

  it('are asked for again when the endpoint wants to be asked later', async () => {
    endpoint.onPost(status(429), 2);
    expect(await read()).to.deep.equal([all]);
    expect(endpoint.posts()).to.equal(3);
  });

  it('are asked for in smaller pieces, the smallest again, when the endpoint fails for a moment', async () => {
    // 16, 8, 4, 2 blocks and 1, and that one once more.
    endpoint.onPost(status(503), 6);
    expect((await read()).flat()).to.deep.equal(all);
  });

  it('end with the error that does not pass', async () => {
    endpoint.onPost(status(429));
    expect(await codeRejected(read())).to.equal('ETH_RATE_LIMITED');
    endpoint.onPost(status(403));
    expect(await codeRejected(read())).to.equal('ETH_HTTP_REFUSED');
  });
});
