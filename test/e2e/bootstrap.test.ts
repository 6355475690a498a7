// The set-up of a fresh checkout by several commands at once: npm removes what another npm is putting there, so one installs and
// the others wait. npm is a script of the test here.

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const BOOTSTRAP = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url));
/** Says that it begins, removes everything, takes a while, and says that it ends. */
const NPM = `#!/bin/sh
echo begin >> npm.log
rm -rf node_modules
sleep 1
mkdir node_modules
echo end >> npm.log
`;

describe('the set-up', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-bootstrap-'));
    await mkdir(join(folder, 'scripts'));
    await mkdir(join(folder, 'bin'));
    await copyFile(BOOTSTRAP, join(folder, 'scripts', 'bootstrap.mjs'));
    for (const file of ['package.json', 'package-lock.json']) await writeFile(join(folder, file), '{}');
    await writeFile(join(folder, 'bin', 'npm'), NPM);
    await chmod(join(folder, 'bin', 'npm'), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async () => {
    const env = { ...process.env, PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter) };
    const words = [join(folder, 'scripts', 'bootstrap.mjs'), process.execPath, '-e', 'console.log("it runs")'];
    return (await promisify(execFile)(process.execPath, words, { env, cwd: folder })).stdout;
  };
  const installs = async () => (await readFile(join(folder, 'npm.log'), 'utf8')).trim().split('\n');

  it('installs once, whoever comes meanwhile', async () => {
    const [first, ...others] = [run(), run(), run()];
    expect(await Promise.all([first, ...others])).to.deep.equal(Array.from({ length: 3 }, () => 'it runs\n'));
    expect(await installs()).to.deep.equal(['begin', 'end']);
    expect(await run()).to.equal('it runs\n');
    expect(await installs()).to.deep.equal(['begin', 'end']);
  });

  it('waits for nobody who was killed', async () => {
    const { pid } = await new Promise<{ pid: number }>((resolve) => {
      const child = execFile(process.execPath, ['-e', ''], () => resolve({ pid: child.pid ?? 0 }));
    });
    await writeFile(join(folder, '.installing'), `${pid}`);
    expect(await run()).to.equal('it runs\n');
    expect(await installs()).to.deep.equal(['begin', 'end']);
  });
});
