import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileLatch, type LatchRecord, memoryLatch } from '../../relayer/witness/latch.ts';

const RECORD: LatchRecord = { closedAt: '2027-01-15T08:00:00.000Z', reason: 'hash', message: 'the peg holds …', block: '105' };

describe('finality latch', () => {
  let home: string;
  let path: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-latch-'));
    path = join(home, 'latch.json');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('is open without a file, stays closed across restarts, and is opened again by an operator', async () => {
    expect(await fileLatch(path).read()).to.equal(undefined);
    await fileLatch(path).close(RECORD);
    expect(await fileLatch(path).read()).to.deep.equal(RECORD);
    expect(await readdir(home)).to.deep.equal(['latch.json']);
    const evidence = await fileLatch(path).reopen();
    expect(evidence).to.equal(join(home, 'latch-2027-01-15T08-00-00-000Z.json'));
    expect(JSON.parse(await readFile(evidence as string, 'utf8'))).to.deep.equal(RECORD);
    expect(await fileLatch(path).read()).to.equal(undefined);
    expect(await fileLatch(path).reopen()).to.equal(undefined);
  });

  it('keeps the evidence of every time that it was closed', async () => {
    for (let times = 0; times < 3; times++) {
      await fileLatch(path).close(RECORD);
      await fileLatch(path).reopen();
    }
    await writeFile(path, 'nonsense');
    expect(await fileLatch(path).reopen()).to.equal(join(home, 'latch-unreadable.json'));
    expect(await readdir(home)).to.have.lengthOf(4);
  });

  it('replaces an older record as a whole', async () => {
    await fileLatch(path).close({ ...RECORD, message: 'x'.repeat(5_000) });
    await fileLatch(path).close(RECORD);
    expect(JSON.parse(await readFile(path, 'utf8'))).to.deep.equal(RECORD);
  });

  for (const [name, text] of [
    ['empty', ''],
    ['cut off', '{"reason":'],
    ['something else', '[1]'],
    ['null', 'null'],
    ['without a message', '{"reason":"hash"}'],
  ] as const)
    it(`counts as closed when its file is ${name}`, async () => {
      await writeFile(path, text);
      const record = await fileLatch(path).read();
      expect(record?.reason).to.equal('unreadable');
      expect(record?.message).to.contain(path);
    });

  it('in memory: the same without a file', async () => {
    const latch = memoryLatch();
    expect(await latch.read()).to.equal(undefined);
    await latch.close(RECORD);
    expect(await latch.read()).to.equal(RECORD);
    await latch.reopen();
    expect(await latch.read()).to.equal(undefined);
    expect(await memoryLatch(RECORD).read()).to.equal(RECORD);
  });
});
