// Questions to a person at a terminal: passwords of keys, which are never shown, and confirmations.

import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { toHex } from '../../relayer/lib/bytes.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { createHome } from '../../relayer/node/create-home.ts';
import { readKeyFile, writeKeyFile } from '../../relayer/node/key-file.ts';
import { fileLatch } from '../../relayer/witness/latch.ts';
import { CTRL_C, CTRL_D, CTRL_Z, type Left, PseudoTerminal } from '../helpers/pseudo-terminal.ts';

const SECRET = 'correct horse';
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

describe('a person at a terminal', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-prompts-'));
    file = join(folder, 'witness.json');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Types each answer when its question is shown. */
  async function run(
    words: readonly string[],
    ...answers: readonly (readonly [question: string, keys: string])[]
  ): Promise<Left> {
    const terminal = new PseudoTerminal(words);
    try {
      for (const [question, keys] of answers) {
        await terminal.shows(question);
        terminal.type(keys);
      }
      const left = await terminal.left();
      expect(left.screen, 'a password is not shown').not.to.contain('horse');
      expect(left.isSane, left.screen).to.equal(true);
      return left;
    } finally {
      await terminal.close();
    }
  }

  const newKey = (...keys: readonly string[]) =>
    run(['keys', 'new', file], ...keys.map((typed, index) => [index === 0 ? 'password of' : 'again:', typed] as const));

  it('is asked twice for the password of a new key, which is not shown', async () => {
    const { code, screen } = await newKey(`${SECRET}\r`, `${SECRET}\r`);
    expect(code, screen).to.equal(0);
    expect(screen).to.contain(addressOf(await readKeyFile(file, SECRET)));
  });

  it('may correct what is typed', async () => {
    const { code, screen } = await newKey(`x\x7f${SECRET}e\x7f\r`, `${SECRET}\r`);
    expect(code, screen).to.equal(0);
    expect(await readKeyFile(file, SECRET)).to.have.length(32);
  });

  for (const [name, key] of [
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ] as const)
    for (const [when, ...typed] of [
      ['at once', key],
      ['after the first password', `${SECRET}\r`, key],
      ...(key === CTRL_C ? [['in the middle of a word', `corr${key}`] as const] : []),
    ] as const)
      it(`gives up with ${name} ${when}: nothing is written`, async () => {
        const { code, screen } = await newKey(...typed);
        expect([code, screen.includes('peg: a password was not entered')], screen).to.deep.equal([1, true]);
        expect(await readdir(folder)).to.deep.equal([]);
      });

  it('cannot leave a password half typed with Ctrl-Z', async () => {
    const { code, screen } = await newKey(`correct${CTRL_Z} horse\r`, `${SECRET}\r`);
    expect(code, screen).to.equal(0);
    expect(await readKeyFile(file, SECRET)).to.have.length(32);
  });

  it('is told of an empty password, and of two that differ: nothing is written', async () => {
    const empty = await newKey('\r');
    expect([empty.code, empty.screen.includes('must not be empty')]).to.deep.equal([2, true]);
    const other = await newKey(`${SECRET}\r`, 'battery\r');
    expect([other.code, other.screen.includes('the two passwords differ')]).to.deep.equal([2, true]);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is not asked for the password of a key that could not be written', async () => {
    await writeFile(file, 'something');
    const { code, screen } = await run(['keys', 'new', file]);
    expect([code, screen.includes('never overwritten'), screen.includes('password of')]).to.deep.equal([1, true, false]);
    expect(await readFile(file, 'utf8')).to.equal('something');
  });

  it('is asked for the password of a key that is imported, then for that of the new one', async () => {
    const from = join(folder, 'from.json');
    await writeKeyFile(from, KEY, { password: 'battery staple', scryptN: 2 });
    const wrong = await run(['keys', 'import', file, '--from', from], [`password of ${from}`, `${SECRET}\r`]);
    expect([wrong.code, wrong.screen.includes('does not open')]).to.deep.equal([1, true]);
    const right = await run(
      ['keys', 'import', file, '--from', from],
      [`password of ${from}`, 'battery staple\r'],
      [`password of ${file}`, `${SECRET}\r`],
      ['again:', `${SECRET}\r`],
    );
    expect(right.code, right.screen).to.equal(0);
    expect(await readKeyFile(file, SECRET)).to.deep.equal(KEY);
  });

  it('is asked by `peg start` for the password of an encrypted key without a password file, and only then', async () => {
    const home = join(folder, 'home');
    const set = devnetValidators([1]);
    const watched = {
      chainId: 31_337n,
      stakingContract: `0x${'11'.repeat(20)}`,
      startBlock: 3n,
      startBlockHash: `0x${'22'.repeat(32)}`,
    } as const;
    const params = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1_000n, maxOrderBytes: 8_192n };
    const genesis = devnetGenesis(set, watched, params, new Date(1_785_542_400_000));
    await createHome(home, { genesis, consensusSeed: KEY, nodeSeed: KEY, settings: {}, witness: { key: KEY } });
    const [config, keyFile] = [join(home, 'peg.toml'), join(home, 'witness-key.json')];
    await writeFile(config, (await readFile(config, 'utf8')).replace(/^password_file.*$/m, ''));
    const engine = join(folder, 'cometbft');
    await writeFile(engine, '#!/bin/sh\necho 0.38.0\n');
    await chmod(engine, 0o755);
    const start = ['start', '--home', home, '--cometbft', engine, '--consensus-restarts', '0', '--log-level', 'silent'];
    const wrong = await run(start, [`password of ${keyFile}`, 'battery\r']);
    expect([wrong.code, wrong.screen.includes('does not open')], wrong.screen).to.deep.equal([1, true]);
    const none = await run(start, [`password of ${keyFile}`, CTRL_C]);
    expect([none.code, none.screen.includes('a password was not entered')]).to.deep.equal([1, true]);
    await writeFile(keyFile, toHex(KEY), { mode: 0o600 });
    await chmod(keyFile, 0o600);
    const bare = await run([...start, '--ethereum-urls', 'http://127.0.0.1:1']);
    expect(bare.screen).not.to.contain('password of').and.to.contain('cometbft ended');
  });

  it('confirms with the word that is asked for, and nothing else', async () => {
    const latch = fileLatch(join(folder, 'latch.json'));
    await latch.close({ closedAt: '2027-01-15T08:00:00.000Z', reason: 'hash', message: 'parted' });
    const reset = ['latch', 'reset', '--home', folder];
    for (const [keys, expected] of [
      ['yes\r', 2],
      [CTRL_D, 1],
      [CTRL_C, 1],
    ] as const) {
      const { code, screen } = await run(reset, ['Type "reset"', keys]);
      expect(code, screen).to.equal(expected);
      expect(await latch.read()).to.deep.include({ message: 'parted' });
    }
    expect((await run(reset, ['Type "reset"', 'reset\r'])).code).to.equal(0);
    expect(await latch.read()).to.equal(undefined);
  });
});
