// Key files on the command line: encrypted, never overwritten, never shown; and the two steps of a rotation.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { createHome } from '../../relayer/node/create-home.ts';
import { readKeyFile } from '../../relayer/node/key-file.ts';
import { PROGRAM, peg } from '../helpers/peg-process.ts';
import { PARAMS, WATCHED } from '../helpers/validator-home.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

describe('peg keys', () => {
  let folder: string;
  let password: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-keys-'));
    password = join(folder, 'password');
    await writeFile(password, 'correct horse\n');
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await peg(['keys', ...args, '--json']);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Record<string, string>;
  };
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await peg(['keys', ...args]);
    expect(stdout).to.equal('');
    return { code, stderr };
  };

  it('makes an encrypted key that only its owner can read, and never another over it', async () => {
    const file = join(folder, 'new.json');
    const { address } = await run('new', file, '--password-file', password);
    expect(addressOf(await readKeyFile(file, 'correct horse'))).to.equal(address);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const text = await readFile(file, 'utf8');
    const again = await refused('new', file, '--password-file', password);
    expect([again.code, again.stderr.includes('never overwritten')]).to.deep.equal([1, true]);
    expect(await readFile(file, 'utf8')).to.equal(text);
  });

  it('imports a key without encryption, and an encrypted one with its password only', async () => {
    const raw = join(folder, 'raw');
    await writeFile(raw, to0x(KEY), { mode: 0o600 });
    const imported = join(folder, 'imported.json');
    expect((await run('import', imported, '--from', raw, '--password-file', password)).address).to.equal(addressOf(KEY));
    const wrong = join(folder, 'wrong');
    await writeFile(wrong, 'staple\n');
    const target = join(folder, 'twice.json');
    const locked = await refused(
      'import',
      target,
      '--from',
      imported,
      '--from-password-file',
      wrong,
      '--password-file',
      password,
    );
    expect([locked.code, locked.stderr.includes('does not open')]).to.deep.equal([1, true]);
    await run('import', target, '--from', imported, '--from-password-file', password, '--password-file', password);
    expect(to0x(await readKeyFile(target, 'correct horse'))).to.equal(to0x(KEY));
  });

  it('leaves no part of a file that could not be written to its end', async () => {
    const file = join(folder, 'full.json');
    const words = [process.execPath, PROGRAM, 'keys', 'new', file, '--password-file', password];
    // No file may grow: what a full disk is like.
    const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...words], { encoding: 'utf8' });
    expect([status, stderr.includes('cannot be written')], stderr).to.deep.equal([1, true]);
    expect(await readdir(folder)).not.to.include('full.json');
  });

  it('takes no empty password, and asks nobody where there is no terminal', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '\n');
    const none = await refused('new', join(folder, 'a.json'), '--password-file', empty);
    expect([none.code, none.stderr.includes('must not be empty')]).to.deep.equal([2, true]);
    const unasked = await refused('new', join(folder, 'a.json'));
    expect([unasked.code, unasked.stderr.includes('give --password-file FILE')]).to.deep.equal([2, true]);
  });

  it('replaces the witness key of a home in two steps, and keeps the old one', async () => {
    const home = join(folder, 'home');
    const set = devnetValidators([1]);
    const genesis = devnetGenesis(set, WATCHED, PARAMS, new Date(1_785_542_400_000));
    const consensusSeed = Uint8Array.from({ length: 32 }, () => 5);
    await createHome(home, { genesis, consensusSeed, nodeSeed: KEY, settings: {}, witness: { key: KEY } });
    const early = await refused('rotate', '--home', home, '--switch');
    expect([early.code, early.stderr.includes('there is no key in')]).to.deep.equal([1, true]);
    expect(await run('show', '--home', home))
      .to.include({ witness: addressOf(KEY) })
      .and.not.to.have.property('nextWitness');
    const { nextWitness } = await run('rotate', '--home', home);
    expect(await run('show', '--home', home)).to.include({ witness: addressOf(KEY), nextWitness });
    const twice = await refused('rotate', '--home', home);
    expect([twice.code, twice.stderr.includes('never overwritten')]).to.deep.equal([1, true]);
    const { witness, kept } = await run('rotate', '--home', home, '--switch');
    expect(witness).to.equal(nextWitness);
    const secret = (await readFile(join(home, 'witness-password'), 'utf8')).trim();
    expect(to0x(await readKeyFile(kept as string, secret))).to.equal(to0x(KEY));
    expect(await run('show', '--home', home))
      .to.include({ witness: nextWitness })
      .and.not.to.have.property('nextWitness');
  });

  it('has nothing to rotate in a full node, and nothing to show where there is no home', async () => {
    const home = join(folder, 'full');
    const set = devnetValidators([1]);
    const genesis = devnetGenesis(set, WATCHED, PARAMS, new Date(1_785_542_400_000));
    await createHome(home, { genesis, consensusSeed: KEY, nodeSeed: KEY, settings: {} });
    const full = await refused('rotate', '--home', home);
    expect([full.code, full.stderr.includes('is a full node')]).to.deep.equal([1, true]);
    const nowhere = await refused('show', '--home', join(folder, 'nowhere'));
    expect([nowhere.code, nowhere.stderr.includes('node_key.json is not there')]).to.deep.equal([1, true]);
  });
});
