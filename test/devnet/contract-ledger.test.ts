// The ledger of a devnet must be the contract's: one base unit more, or another accumulator, is a mismatch.

import { expect } from 'chai';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { compareWithContract } from '../../relayer/devnet/contract-ledger.ts';
import { type Devnet, startDevnet } from '../../relayer/devnet/devnet.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { failure } from '../helpers/failure.ts';

describe('the ledger of a devnet', function () {
  this.timeout(120_000);
  const { signal } = new AbortController();
  let devnet: Devnet;

  before(async () => {
    const context = { log: silentLog, clock: systemClock, signal, progress: () => {} };
    const params = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1_000n, maxOrderBytes: 1_000n };
    const options = { engine: { kind: 'embedded' }, powers: [1], params, stakes: DEFAULT_STAKES, ethereumUrls: [] } as const;
    devnet = await startDevnet({ ...options, http: false, blockIntervalMs: 50 }, context);
    await devnet.play();
    await devnet.untilAdopted(signal);
  });

  after(() => devnet.close());

  /**
   * The validator's client, to which answers to `path` come changed. It does not tell the engine's height: that may be ahead of
   * what the application can be asked for.
   */
  function changing(path: string, change: (answer: Record<string, unknown>) => Record<string, unknown>): CometClient {
    const client = devnet.validators.all[0]?.client as CometClient;
    const queryAt: CometClient['queryAt'] = async (...args) => {
      const answer = await client.queryAt(...args);
      if (!args[0].startsWith(path)) return answer;
      const document = JSON.parse(new TextDecoder().decode(answer.value)) as Record<string, unknown>;
      return { ...answer, value: textBytes(JSON.stringify(change(document))) };
    };
    return {
      queryAt,
      query: (...args: Parameters<CometClient['query']>) => client.query(...args),
      genesis: (...args: Parameters<CometClient['genesis']>) => client.genesis(...args),
    } as CometClient;
  }
  const compare = (client: CometClient) => compareWithContract({ client, ethereumUrls: [devnet.ethereum.url] }, signal);

  it('is compared for the result', async () => {
    const { balances, accumulator } = await devnet.result();
    const report = await compare(changing('/nothing', (answer) => answer));
    expect(report).to.deep.include({ differences: [], accumulator, stakers: Object.keys(balances).length });
    expect(report.contract).to.be.oneOf(['proved', 'called']);
  });

  it('differs by one base unit, and by another accumulator', async () => {
    const [staker, balance] = Object.entries((await devnet.result()).balances)[0] as [string, string];
    const more = changing('/balances', ({ balances, ...rest }) => ({
      ...rest,
      balances: { ...(balances as object), [staker]: `${BigInt(balance) + 1n}` },
    }));
    const other = changing('/ethereum', (answer) => ({ ...answer, accumulator: `0x${'12'.repeat(32)}` }));
    for (const [client, named] of [
      [more, `balance of ${staker}`],
      [other, 'accumulator'],
    ] as const) {
      const error = (await failure(compare(client))) as Error;
      expect(error).to.have.property('code', 'LEDGER_MISMATCH');
      expect(error.message).to.contain(named).and.to.contain('the contract says');
    }
  });
});
