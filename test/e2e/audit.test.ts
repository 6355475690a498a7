// The audit of a node whose ledger somebody has changed by hand: one base unit, so that nothing but the audit can notice.

import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { balanceTable } from '../../relayer/peg/tables.ts';
import { damagedDevnet } from '../helpers/damaged-devnet.ts';
import { peg } from '../helpers/peg-process.ts';

describe('peg audit on a ledger that was changed by hand', () => {
  it('finds a single base unit, says whose, and exits 1', async () => {
    const first = (balances: Readonly<Record<Hex, string>>) => Object.entries(balances)[0] as [Hex, string];
    const { rpcUrl, ethereumUrl, balances, close } = await damagedDevnet((state, before) => {
      const [staker, balance] = first(before);
      balanceTable.set(state, staker, BigInt(balance) + 1n);
    });
    try {
      const [staker, balance] = first(balances);
      const { code, stdout, stderr } = await peg(['audit', '--node', rpcUrl, '--ethereum', ethereumUrl, '--json']);
      expect(code, stderr).to.equal(1);
      const { differences } = JSON.parse(stdout) as { differences: readonly unknown[] };
      const off = { of: 'balance', staker, peg: String(BigInt(balance) + 1n), other: balance };
      expect(differences).to.deep.equal([
        { ...off, source: 'events' },
        { ...off, source: 'contract' },
      ]);
      expect(stderr).to.contain(`balance of ${staker}: the peg has ${BigInt(balance) + 1n}, the events add up to ${balance}`);
    } finally {
      await close();
    }
  });
});
