// A validator that has ended does not fall behind in what the peg counts, as long as the others are a quorum: it must be named
// all the same, and by every way of asking alike.

import { expect } from 'chai';
import { type Devnet, startDevnet } from '../../relayer/devnet/devnet.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { SILENT_AFTER } from '../../relayer/peg/voting.ts';
import { peg } from '../helpers/peg-process.ts';

interface Shown {
  readonly lastVoted: number;
  readonly witnessedTo: number;
  readonly unvoted: number;
  readonly silentSince: number | null;
}

describe('a validator that has ended', function () {
  this.timeout(300_000);
  const stop = new AbortController();
  let devnet: Devnet;

  before(async () => {
    const context = { log: silentLog, clock: systemClock, signal: stop.signal, progress: () => {} };
    const params = { finalityThreshold: 2n, periodLength: 1_000n, periodLimit: 1_000n, maxOrderBytes: 1_000n };
    // The last one would seldom propose a block, so the others seldom wait for one of it.
    const powers = [10, 10, 10, 1];
    const options = { engine: { kind: 'embedded' }, powers, params, stakes: [], ethereumUrls: [] } as const;
    devnet = await startDevnet({ ...options, http: true, blockIntervalMs: 50 }, context);
  });

  after(() => devnet.close());

  it('is named by the command line, the interface and the metrics, though its lag is 0', async () => {
    const [alice, , , dave] = devnet.validators.all;
    if (alice === undefined || dave === undefined) throw new Error('the set is too small');
    const read = async () => (await alice.client.query('/validators')) as Record<string, Shown>;
    const mineUntil = async (reached: (shown: Record<string, Shown>) => boolean) => {
      for (;;) {
        const shown = await read();
        if (reached(shown)) return shown;
        await devnet.ethereum.mining.mine(1);
        await systemClock.sleep(50);
      }
    };
    await mineUntil((shown) => Object.values(shown).every(({ lastVoted }) => lastVoted > 0));
    await dave.stop();
    const shown = await mineUntil((all) => all[dave.address]?.silentSince !== null);
    const [his, hers] = [shown[dave.address], shown[alice.address]] as [Shown, Shown];
    expect(his.witnessedTo, 'the peg takes it to have come as far as the final block').to.be.at.least(hers.witnessedTo - 3);
    expect(his.silentSince).to.equal(his.lastVoted);
    expect(his.unvoted).to.be.above(Number(SILENT_AFTER));
    expect(hers.silentSince).to.equal(null);

    const answer = (await (await fetch(`${alice.httpUrl}/validators`)).json()) as Record<string, Shown>;
    expect(answer[dave.address]).to.include({ silentSince: his.silentSince });
    const { stdout } = await peg(['validators', '--node', alice.rpcUrl]);
    expect(stdout).to.match(new RegExp(`^dave .* silent since peg height ${his.silentSince} `, 'm'));
    expect(stdout).to.match(/^alice .* voting /m);
    const metrics = await (await fetch(`${alice.httpUrl}/metrics`)).text();
    expect(metrics).to.contain('peg_validator_silent{validator="dave"} 1');
    expect(metrics).to.contain('peg_validator_silent{validator="alice"} 0');
  });
});
