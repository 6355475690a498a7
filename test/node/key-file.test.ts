// Key files: encrypted ones that other Ethereum software can read, raw ones only where nobody else can.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Wallet } from 'ethers';
import { hex, toHex } from '../../relayer/lib/bytes.ts';
import { readKeyFile, readPasswordFile, writeKeyFile } from '../../relayer/node/key-file.ts';
import { failure } from '../helpers/failure.ts';

const KEY = hex('4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318');
const CHEAP = { scryptN: 2 };
/** The example of the Web3 Secret Storage Definition, password "testpassword". */
const EXAMPLE = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
};

describe('key file', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-keys-'));
    path = join(folder, 'witness.json');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const refusal = async (promise: Promise<unknown>) => {
    const error = (await failure(promise)) as Error & { code: string };
    expect(error.message).not.to.include(toHex(KEY));
    expect(error.message).to.include(path);
    return error.code;
  };

  it('is encrypted so that other software can read it, and read back', async () => {
    await writeKeyFile(path, KEY, { password: 'correct horse', ...CHEAP });
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const text = await readFile(path, 'utf8');
    expect(text).not.to.include(toHex(KEY));
    const wallet = await Wallet.fromEncryptedJson(text, 'correct horse');
    expect(wallet.privateKey).to.equal(`0x${toHex(KEY)}`);
    expect(await readKeyFile(path, 'correct horse')).to.deep.equal(KEY);
  });

  it('that other software encrypted is read', async () => {
    await writeFile(path, JSON.stringify(EXAMPLE));
    const key = await readKeyFile(path, 'testpassword');
    expect(toHex(key)).to.equal('7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d');
  });

  it('needs the right password', async () => {
    await writeKeyFile(path, KEY, { password: 'correct', ...CHEAP });
    expect(await refusal(readKeyFile(path, 'wrong'))).to.equal('KEY_PASSWORD');
    expect(await refusal(readKeyFile(path))).to.equal('KEY_PASSWORD');
    const damaged = (await readFile(path, 'utf8'))
      .replace('"kdf":"scrypt"', '"kdf":"other"')
      .replace('"kdf": "scrypt"', '"kdf": "other"');
    await writeFile(path, damaged);
    expect(await refusal(readKeyFile(path, 'correct'))).to.equal('KEY_INVALID');
  });

  it('may hold the bare key, with or without 0x, where only its owner can read it', async () => {
    await writeKeyFile(path, KEY);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readKeyFile(path)).to.deep.equal(KEY);
    await writeFile(path, `${toHex(KEY)}\n\n`);
    expect(await readKeyFile(path, 'a password is of no use here')).to.deep.equal(KEY);
    for (const mode of [0o640, 0o604, 0o644]) {
      await chmod(path, mode);
      expect(await refusal(readKeyFile(path)), mode.toString(8)).to.equal('KEY_EXPOSED');
    }
  });

  it('is never overwritten', async () => {
    await writeKeyFile(path, KEY);
    const other = KEY.map((byte) => byte ^ 1);
    expect(await refusal(writeKeyFile(path, other))).to.equal('KEY_EXISTS');
    expect(await readKeyFile(path)).to.deep.equal(KEY);
  });

  it('is not there when the process is killed before it is whole, and can be written then', async () => {
    const module = JSON.stringify(new URL('../../relayer/node/key-file.ts', import.meta.url).href);
    const program = `import { open } from 'node:fs/promises';
      import { writeKeyFile } from ${module};
      const file = await open(process.execPath, 'r');
      Object.getPrototypeOf(file).writeFile = () => process.kill(process.pid, 'SIGKILL');
      await writeKeyFile(process.argv[1], new Uint8Array(32).fill(1));`;
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program, path]);
    expect(signal).to.equal('SIGKILL');
    expect(await failure(stat(path))).to.have.property('code', 'ENOENT');
    await writeKeyFile(path, KEY);
    expect(await readKeyFile(path)).to.deep.equal(KEY);
  });

  it('is refused when it holds anything else', async () => {
    for (const text of ['', 'hello', '0x1234', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, '{}', '{"version":3}']) {
      await writeFile(path, text, { mode: 0o600 });
      expect(await refusal(readKeyFile(path, 'pass')), text).to.equal('KEY_INVALID');
    }
    expect(await refusal(writeKeyFile(join(folder, 'witness.json'), new Uint8Array(32)))).to.equal('KEY_INVALID');
  });

  it('that is not there, or cannot be written, is named', async () => {
    expect(await refusal(readKeyFile(path))).to.equal('KEY_UNREADABLE');
    path = join(folder, 'no', 'such', 'folder');
    expect(await refusal(writeKeyFile(path, KEY))).to.equal('KEY_UNREADABLE');
  });

  it('has its password in the first line of another file', async () => {
    await writeFile(path, 'correct horse\nsomething else\n');
    expect(await readPasswordFile(path)).to.equal('correct horse');
    await writeFile(path, '');
    expect(await readPasswordFile(path)).to.equal('');
    await rm(path);
    expect(await refusal(readPasswordFile(path))).to.equal('KEY_UNREADABLE');
  });
});
