import { expect } from 'chai';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { startAuditDuty } from '../../relayer/node/audit-duty.ts';
import type { AuditedEthereum } from '../../relayer/witness/auditor.ts';
import { recordingLog } from '../helpers/recording-log.ts';

const ZERO: Hex = `0x${'00'.repeat(32)}`;
const A: Hex = `0x${'aa'.repeat(20)}`;
const json = (value: unknown) => ({
  code: 0,
  height: 9,
  codespace: '',
  log: '',
  value: new TextEncoder().encode(JSON.stringify(value)),
});

/** A peg without events, whose only balance is what a test says, and a contract without stakes. */
function bench() {
  const world = { round: 0, balance: '0', failing: false, audits: 0 };
  const client = {
    query: async (path: string) => (path === '/round' ? { number: world.round } : { startBlock: 100 }),
    genesis: async () => ({ app_state: {} }),
    queryAt: async (path: string) =>
      path === '/ethereum'
        ? json({ nonce: 0, accumulator: ZERO, matureEthBlock: 110, matureBlockHash: ZERO })
        : json({ balances: world.balance === '0' ? {} : { [A]: world.balance }, next: null }),
  } as unknown as CometClient;
  const header = { number: 110n, hash: ZERO, parentHash: ZERO };
  const ethereum = {
    blocks: async () => {
      world.audits += 1;
      if (world.failing) throw new EthereumError('ETH_UNREACHABLE', 'nobody is there');
      return [{ header, logs: [], checks: [] }];
    },
    header: async () => header,
    commitment: async () => ({ nonce: 0n, accumulator: ZERO }),
    stakes: async (_: Hex, stakers: readonly Hex[]) => ({ amounts: stakers.map(() => 0n), proved: true }),
  } as unknown as AuditedEthereum;
  return { world, client, ethereum };
}

describe('a validator’s own audit', () => {
  const run = async (
    { client, ethereum }: ReturnType<typeof bench>,
    test: (clock: VirtualClock, duty: ReturnType<typeof startAuditDuty>, log: ReturnType<typeof recordingLog>) => Promise<void>,
  ) => {
    const clock = new VirtualClock(1_000_000);
    const log = recordingLog();
    const duty = startAuditDuty({ client, ethereum: () => ethereum, leastIntervalMs: 60_000, random: () => 0.5 }, { log, clock });
    try {
      await test(clock, duty, log);
    } finally {
      await duty.close();
    }
  };

  it('comes once a period, at some time in it, and not before the first', async () => {
    const it = bench();
    await run(it, async (clock, duty) => {
      await clock.advance(100_000);
      expect(duty.status()).to.equal(undefined);
      it.world.round = 1;
      await clock.advance(2_000);
      expect(duty.status(), 'right after the round began').to.equal(undefined);
      await clock.advance(60_000);
      expect(duty.status()).to.deep.include({ runs: 1, error: undefined });
      expect(duty.status()?.report?.differences).to.deep.equal([]);
      await clock.advance(300_000);
      expect(duty.status()?.runs, 'in the same period').to.equal(1);
      it.world.round = 2;
      await clock.advance(300_000);
      expect(duty.status()?.runs).to.equal(2);
    });
  });

  it('keeps its distance where periods are short', async () => {
    const it = bench();
    await run(it, async (clock, duty) => {
      for (it.world.round = 1; it.world.round <= 30; it.world.round++) await clock.advance(10_000);
      expect(duty.status()?.runs).to.be.within(3, 5);
    });
  });

  it('says what differs, in the status and in the log', async () => {
    const it = bench();
    it.world.balance = '1';
    it.world.round = 1;
    await run(it, async (clock, duty, log) => {
      await clock.advance(120_000);
      expect(duty.status()?.report?.differences.map(({ source, peg }) => [source, peg])).to.deep.equal([
        ['events', '1'],
        ['contract', '1'],
      ]);
      expect(log.lines.filter(({ level }) => level === 'error')).to.have.lengthOf(2);
    });
  });

  it('says why it cannot be made, once, and goes on in the next period', async () => {
    const it = bench();
    it.world.failing = true;
    it.world.round = 1;
    await run(it, async (clock, duty, log) => {
      await clock.advance(120_000);
      expect(duty.status()).to.deep.include({ error: 'nobody is there', report: undefined, runs: 0 });
      it.world.failing = false;
      it.world.round = 2;
      await clock.advance(300_000);
      expect(duty.status()).to.deep.include({ error: undefined, runs: 1 });
      expect(log.lines.filter(({ level }) => level === 'warn')).to.have.lengthOf(1);
    });
  });
});
