// The audit of a node whose ledger somebody has changed by hand: one base unit, so that nothing but the audit can notice.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startDevnet } from '../../relayer/devnet/devnet.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { balanceTable } from '../../relayer/peg/tables.ts';
import { damageState } from '../helpers/damaged-validator.ts';
import { peg } from '../helpers/peg-process.ts';

describe('peg audit on a ledger that was changed by hand', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-audit-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  const start = () =>
    startDevnet(
      {
        engine: { kind: 'embedded' },
        powers: [1],
        params: { finalityThreshold: 6n, periodLength: 20n, periodLimit: 75_000n, maxOrderBytes: 8_192n },
        stakes: DEFAULT_STAKES,
        ethereumUrls: [],
        home,
        http: false,
        blockIntervalMs: 20,
      },
      { log: silentLog, clock: systemClock, signal: new AbortController().signal, progress: () => {} },
    );

  it('finds a single base unit, says whose, and exits 1', async () => {
    const made = await start();
    let balances: Readonly<Record<Hex, string>>;
    try {
      await made.play();
      await made.untilAdopted(AbortSignal.timeout(150_000));
      ({ balances } = await made.result());
    } finally {
      await made.close();
    }
    const [staker, balance] = Object.entries(balances)[0] as [Hex, string];
    await damageState(join(home, 'alice'), (state) => balanceTable.set(state, staker, BigInt(balance) + 1n));

    const devnet = await start();
    try {
      const where = ['--node', devnet.validators.all[0]?.rpcUrl ?? '', '--ethereum', devnet.ethereum.url];
      const { code, stdout, stderr } = await peg(['audit', ...where, '--json']);
      expect(code, stderr).to.equal(1);
      const { differences } = JSON.parse(stdout) as { differences: readonly unknown[] };
      const off = { of: 'balance', staker, peg: String(BigInt(balance) + 1n), other: balance };
      expect(differences).to.deep.equal([
        { ...off, source: 'events' },
        { ...off, source: 'contract' },
      ]);
      expect(stderr).to.contain(`balance of ${staker}: the peg has ${BigInt(balance) + 1n}, the events add up to ${balance}`);
    } finally {
      await devnet.close();
    }
  });
});
