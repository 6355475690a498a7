// The audit of a node whose ledger somebody has changed by hand: one base unit, in the store and in the engine's record of it,
// so that nothing but the audit can notice.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { startDevnet } from '../../relayer/devnet/devnet.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { equalBytes, type Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { balanceTable } from '../../relayer/peg/tables.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import type { Change } from '../../relayer/store/state-store.ts';
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

  /** Writes the last version anew with one more base unit for `staker`; gives both app hashes. */
  async function addOneUnit(staker: Hex): Promise<{ readonly honest: Uint8Array; readonly changed: Uint8Array }> {
    const store = await openStore({ folder: join(home, 'alice', 'state'), keepVersions: 16 });
    try {
      const { version, root: honest } = store;
      const last = [...store.reader(version).scan(new Uint8Array(0))];
      await store.rollback(version - 1n);
      const overlay = new Overlay(store.reader());
      for (const [key, value] of last) overlay.set(key, value);
      for (const [key] of store.reader().scan(new Uint8Array(0)))
        if (!last.some(([other]) => equalBytes(other, key))) overlay.delete(key);
      balanceTable.set(overlay, staker, (balanceTable.get(overlay, staker) ?? 0n) + 1n);
      const changes: Iterable<Change> = overlay.changes();
      store.stage(changes);
      await store.commit(version);
      return { honest, changed: store.root };
    } finally {
      await store.close();
    }
  }

  /** Puts another app hash in place of the one that the engine remembers. */
  async function forgeEngine(from: Uint8Array, to: Uint8Array): Promise<number> {
    const db = new ClassicLevel<string, Buffer>(join(home, 'alice', 'blocks', 'blocks'), {
      valueEncoding: 'buffer',
      keyEncoding: 'hex',
    });
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    let forged = 0;
    try {
      for await (const [key, value] of db.iterator()) {
        const json = value.toString('latin1');
        const raw = value.indexOf(Buffer.from(from));
        if (json.includes(text(from))) await db.put(key, Buffer.from(json.replaceAll(text(from), text(to)), 'latin1'));
        else if (raw >= 0) {
          value.set(to, raw);
          await db.put(key, value);
        } else continue;
        forged += 1;
      }
    } finally {
      await db.close();
    }
    return forged;
  }

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
    const { honest, changed } = await addOneUnit(staker);
    expect(await forgeEngine(honest, changed), 'records of the engine with the app hash').to.be.greaterThan(0);

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
