import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const PROGRAM = new URL('../helpers/snapshot-weight.ts', import.meta.url).pathname;
const ENTRIES = 200_000;
/** The state has 200 MB, and neither side may hold it. */
const MOST_MB = 130;

describe('snapshot of 200,000 entries', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-weight-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function weigh(task: string, store: string): Promise<number> {
    const args = ['--import', 'tsx', PROGRAM, task, String(ENTRIES), join(folder, store), join(folder, 'snapshot.peg')];
    return Number((await promisify(execFile)(process.execPath, args)).stdout);
  }

  it('is made and restored without being held in memory', async () => {
    await weigh('fill', 'store');
    expect(await weigh('make', 'store')).to.be.lessThan(MOST_MB);
    expect(await weigh('restore', 'restored')).to.be.lessThan(MOST_MB);
  }).timeout(600_000);
});
