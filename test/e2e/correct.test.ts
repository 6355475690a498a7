// A ledger that differs from the contract's in more balances than one transaction holds is corrected on the command line, by an
// operator whose first attempt is killed.

import { expect } from 'chai';
import { openCometClient } from '../../relayer/comet/rpc-client.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { keccak256 } from '../../relayer/lib/keccak.ts';
import { balanceTable } from '../../relayer/peg/tables.ts';
import { damagedDevnet } from '../helpers/damaged-devnet.ts';
import { eventually } from '../helpers/eventually.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';

const STRANGERS = 20_000;

describe('peg govern correct on a ledger with 20,000 false balances', () => {
  it('sends what is missing, list by list, and ends with the contract’s ledger', async () => {
    const { rpcUrl, ethereumUrl, balances, close } = await damagedDevnet((state) => {
      for (let index = 0; index < STRANGERS; index++)
        balanceTable.set(state, to0x(keccak256(Uint8Array.of(index & 255, index >> 8)).subarray(12)), 7n);
    });
    const client = await openCometClient(rpcUrl);
    try {
      const ethereum = async () => (await client.query('/ethereum')) as { matureEthBlock: number; breach: unknown };
      const node = ['--node', rpcUrl];
      const { matureEthBlock: at } = await ethereum();
      const contest = ['govern', 'contest', `${at}`, `0x${'7'.repeat(64)}`, '--devnet-validator', '0', ...node];
      expect((await peg(contest)).stdout).to.contain('breach: ');

      const sides = ['--ethereum', ethereumUrl, ...node];
      const correct = ['govern', 'correct', '--at', `${at}`, '--devnet-validator', '0', '--json', ...sides];
      const killed = new PegProcess(correct);
      await killed.until('alice votes for');
      killed.signal('SIGKILL');
      await killed.close();
      const motions = (await client.query('/motions')) as Record<string, { missing: unknown[]; decision: unknown }>;
      expect(Object.values(motions)).to.have.length(1);
      expect(Object.values(motions)[0]?.decision, 'killed before all was sent').to.equal(null);

      const { code, stdout, stderr } = await peg(correct);
      expect(code, stderr).to.equal(0);
      const [id] = Object.keys(motions);
      expect(JSON.parse(stdout)).to.deep.include({ motion: id, name: 'alice', height: null, missing: 0 });
      await eventually('the correction', async () => (await ethereum()).breach === null);
      const shown = (await client.query('/state')) as { balances: unknown };
      expect(shown.balances).to.deep.equal(balances);
      const audited = await peg(['audit', ...sides]);
      expect([audited.code, audited.stdout.includes("equal to the contract's")], audited.stderr).to.deep.equal([0, true]);
      await eventually('another final block', async () => (await ethereum()).matureEthBlock > at);
    } finally {
      client.close();
      await close();
    }
  });
});
