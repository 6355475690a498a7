import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileLatch, type LatchRecord } from '../../relayer/witness/latch.ts';
import { peg } from '../helpers/peg-process.ts';

const RECORD: LatchRecord = {
  closedAt: '2027-01-15T08:00:00.000Z',
  reason: 'hash',
  message: 'the peg holds another block 105 for final',
  block: '105',
  head: { number: '120', hash: `0x${'7'.repeat(64)}` },
  peg: { hash: `0x${'5'.repeat(64)}`, nonce: '3', accumulator: `0x${'a'.repeat(64)}` },
  chain: { hash: `0x${'6'.repeat(64)}` },
};

describe('peg latch', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-latch-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const close = () => fileLatch(join(home, 'latch.json')).close(RECORD);

  it('says that it is open', async () => {
    const shown = await peg(['latch', 'show', '--home', home]);
    expect([shown.code, shown.stdout.trim()]).to.deep.equal([0, 'the finality latch is open']);
    expect((await peg(['latch', 'reset', '--home', home])).stdout).to.contain('nothing to reset');
  });

  it('shows both sides of the evidence', async () => {
    await close();
    const shown = await peg(['latch', 'show', '--home', home]);
    for (const text of [
      'another block 105',
      RECORD.peg?.hash,
      RECORD.chain?.hash,
      'nonce 3',
      'head       120',
      'peg latch reset',
    ])
      expect(shown.stdout).to.contain(text);
    expect(JSON.parse((await peg(['latch', 'show', '--home', home, '--json'])).stdout)).to.deep.equal(RECORD);
  });

  it('is not reset without a confirmation', async () => {
    await close();
    const refused = await peg(['latch', 'reset', '--home', home], 'reset\n');
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.contain('--yes');
    expect(await readdir(home)).to.deep.equal(['latch.json']);
  });

  it('is reset with --yes, and the evidence stays', async () => {
    await close();
    const reset = await peg(['latch', 'reset', '--home', home, '--yes', '--json']);
    expect(reset.code, reset.stderr).to.equal(0);
    const { evidence } = JSON.parse(reset.stdout) as { evidence: string };
    expect(await readdir(home)).to.deep.equal(['latch-2027-01-15T08-00-00-000Z.json']);
    expect(evidence).to.equal(join(home, 'latch-2027-01-15T08-00-00-000Z.json'));
    expect(reset.stderr).to.contain(RECORD.peg?.hash);
  });
});
