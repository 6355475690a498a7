import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { createHome } from '../../relayer/node/create-home.ts';
import type { Finding } from '../../relayer/node/doctor/finding.ts';
import { fileLatch } from '../../relayer/witness/latch.ts';
import { peg } from '../helpers/peg-process.ts';

describe('peg doctor', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-doctor-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('names what is missing, says what to do, and exits 1', async () => {
    const { code, stdout, stderr } = await peg(['doctor', '--home', join(home, 'nowhere')]);
    expect(code).to.equal(1);
    expect(stdout).to.contain('[HOME_MISSING]').and.to.contain('peg init --home');
    expect(stderr).to.contain('1 problem found: HOME_MISSING');
  });

  it('exits 1 while the finality latch is closed', async () => {
    const [own] = devnetValidators([1]);
    if (own === undefined) throw new Error('the set is empty');
    const watched = {
      chainId: 31_337n,
      stakingContract: `0x${'11'.repeat(20)}`,
      startBlock: 1n,
      startBlockHash: `0x${'22'.repeat(32)}`,
    } as const;
    const params = { finalityThreshold: 6n, periodLength: 10n, periodLimit: 100n, maxOrderBytes: 100n };
    await createHome(home, {
      genesis: devnetGenesis([own], watched, params, new Date('2026-08-01T12:00:00Z')),
      consensusSeed: own.consensusSeed,
      nodeSeed: own.witnessKey,
      witness: { key: own.witnessKey },
      settings: { 'consensus.rpcAddress': '127.0.0.1:0', 'consensus.p2pAddress': '127.0.0.1:0' },
    });
    await fileLatch(join(home, 'latch.json')).close({ closedAt: '2026-08-01T12:00:00Z', reason: 'hash', message: 'parted' });
    const { code, stdout } = await peg(['doctor', '--home', home, '--json']);
    expect(code).to.equal(1);
    const findings = JSON.parse(stdout) as readonly Finding[];
    const problems = findings.filter(({ severity }) => severity === 'problem').map((finding) => finding.code);
    expect(problems).to.include.members(['LATCH_CLOSED', 'NO_ENDPOINT']);
    expect(findings.filter(({ severity }) => severity === 'ok').map(({ subject }) => subject)).to.include('genesis');
  });
});
