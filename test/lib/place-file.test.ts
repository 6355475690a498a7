import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { placeFile } from '../../relayer/lib/place-file.ts';
import { failure } from '../helpers/failure.ts';

/** A file system without second names. */
const noLinks = async () => {
  throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
};

describe('placing a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-place-'));
    await writeFile(join(folder, 'finished'), 'whole', { mode: 0o600 });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const [where, makeLink] of [
    ['with second names', undefined],
    ['without second names', noLinks],
  ] as const)
    it(`gives it its name on a file system ${where}, and never what another has`, async () => {
      const [finished, path] = [join(folder, 'finished'), join(folder, 'placed')];
      await placeFile(finished, path, makeLink);
      expect(await readFile(path, 'utf8')).to.equal('whole');
      expect((await stat(path)).mode & 0o777, 'mode').to.equal(0o600);
      const other = join(folder, 'other');
      await writeFile(other, 'other');
      expect(await failure(placeFile(other, path, makeLink))).to.have.property('code', 'EEXIST');
      expect(await readFile(path, 'utf8')).to.equal('whole');
    });

  it('fails as the file system does', async () => {
    expect(await failure(placeFile(join(folder, 'missing'), join(folder, 'placed')))).to.have.property('code', 'ENOENT');
  });
});
