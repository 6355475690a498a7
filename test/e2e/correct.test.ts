// A ledger that differs from the contract's in more balances than one transaction holds is corrected on the command line, by an
// operator whose first attempt is killed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCometClient } from '../../relayer/comet/rpc-client.ts';
import { startDevnet } from '../../relayer/devnet/devnet.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { type Hex, to0x } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { keccak256 } from '../../relayer/lib/keccak.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { balanceTable } from '../../relayer/peg/tables.ts';
import { damageState } from '../helpers/damaged-validator.ts';
import { eventually } from '../helpers/eventually.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';

const STRANGERS = 20_000;

describe('peg govern correct on a ledger with 20,000 false balances', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-correct-'));
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

  it('sends what is missing, list by list, and ends with the contract’s ledger', async () => {
    const made = await start();
    let balances: Readonly<Record<Hex, string>>;
    try {
      await made.play();
      await made.untilAdopted(AbortSignal.timeout(150_000));
      ({ balances } = await made.result());
    } finally {
      await made.close();
    }
    await damageState(join(home, 'alice'), (state) => {
      for (let index = 0; index < STRANGERS; index++)
        balanceTable.set(state, to0x(keccak256(Uint8Array.of(index & 255, index >> 8)).subarray(12)), 7n);
    });

    const devnet = await start();
    const client = await openCometClient(devnet.validators.all[0]?.rpcUrl ?? '');
    try {
      const ethereum = async () => (await client.query('/ethereum')) as { matureEthBlock: number; breach: unknown };
      const node = ['--node', devnet.validators.all[0]?.rpcUrl ?? ''];
      const { matureEthBlock: at } = await ethereum();
      const contest = ['govern', 'contest', `${at}`, `0x${'7'.repeat(64)}`, '--devnet-validator', '0', ...node];
      expect((await peg(contest)).stdout).to.contain('breach: ');

      const sides = ['--ethereum', devnet.ethereum.url, ...node];
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
      await devnet.close();
    }
  });
});
