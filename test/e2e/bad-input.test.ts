// What a user gets wrong: one clear line on standard error, nothing on standard output, the right exit code, no stack trace.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { peg } from '../helpers/peg-process.ts';

const NOBODY = `0x${'12'.repeat(20)}`;

function listen(answer: string): Promise<Server> {
  const server = createServer((_, response) => response.end(answer));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function expectRefusal(args: readonly string[], code: number, text: string | RegExp): Promise<void> {
  const finished = await peg(args);
  expect(finished.stdout).to.equal('');
  expect(finished.stderr).to.match(typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text);
  expect(finished.stderr).to.not.match(/^\s+at /m);
  expect(finished.code, finished.stderr).to.equal(code);
}

describe('bad input', () => {
  let folder: string;
  let anvil: Anvil;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-bad-'));
    anvil = await startAnvil();
  });
  after(async () => {
    await anvil?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const once = (...args: string[]) => ['devnet', '--once', '--json', ...args];

  it('flags that do not exist, do not parse or do not fit together', async () => {
    await expectRefusal(['devnet', '--onse'], 2, "unknown option '--onse'");
    await expectRefusal(['devent'], 2, "unknown command 'devent'");
    await expectRefusal(once('--validators', '0'), 2, 'expected an integer from 1 to 100');
    await expectRefusal(once('--powers', '1,x'), 2, 'expected an integer');
    await expectRefusal(once('--validators', '3', '--powers', '1,1'), 2, 'does not fit --powers');
    await expectRefusal(once('--period-length', '0'), 2, 'expected an integer from 1');
    await expectRefusal(once('--ethereum', 'localhost'), 2, 'expected an http:// or https:// address');
    await expectRefusal(once('--contract', '0x12'), 2, 'expected 0x and 40 hex digits');
    await expectRefusal(once('--engine', 'tendermint'), 2, 'Allowed choices are embedded, cometbft');
    await expectRefusal(['limit', 'me'], 2, 'expected 0x and 40 hex digits');
    await expectRefusal(['latch', 'show', '--home', ''], 2, 'expected a folder');
  });

  it('a stakes file that is not there, is not JSON, or takes out more than there is', async () => {
    await expectRefusal(once('--stakes', join(folder, 'nowhere.json')), 2, 'nowhere.json: ENOENT');
    await expectRefusal(once('--stakes', await file('broken.json', '[{"staker": 0,')), 2, 'broken.json is not JSON');
    const overdrawn = await file('overdrawn.json', '[{"staker":0,"action":"remove","amount":"1"}]');
    await expectRefusal(once('--stakes', overdrawn), 2, 'overdrawn.json, entry 1: staker 0 has 0 staked');
  });

  it('a port that is in use, by the Ethereum and by a validator', async () => {
    const server = await listen('');
    try {
      await expectRefusal(once('--port', `${portOf(server) - 9}`), 1, `port ${portOf(server)} is in use`);
      await expectRefusal(once('--port', `${portOf(server)}`), 1, `${portOf(server)}`);
    } finally {
      server.close();
    }
  });

  it('an endpoint that is not there, is not Ethereum, or is another chain than the contract is on', async () => {
    const server = await listen('<html>hello</html>');
    try {
      await expectRefusal(once('--ethereum', `http://127.0.0.1:${portOf(server)}`), 1, `127.0.0.1:${portOf(server)}`);
    } finally {
      server.close();
    }
    await expectRefusal(once('--ethereum', 'http://127.0.0.1:1'), 75, '127.0.0.1:1');
  });

  it('a contract address without code, or with the code of something else', async () => {
    await expectRefusal(once('--ethereum', anvil.url, '--contract', NOBODY), 1, `there is no contract at ${NOBODY}`);
    await anvil.rpc('anvil_setCode', NOBODY, '0x00');
    await expectRefusal(
      once('--ethereum', anvil.url, '--contract', NOBODY),
      1,
      `the contract at ${NOBODY} is not a MakerStaking`,
    );
  });

  it('a key file that holds no key', async () => {
    const keys = await file('key.txt', 'swordfish');
    await expectRefusal(once('--ethereum', anvil.url, '--deployer-key-file', keys), 2, 'key.txt must hold a private key');
  });

  it('a node that does not answer: try again', async () => {
    await expectRefusal(['status', '--node', 'http://127.0.0.1:1'], 75, 'http://127.0.0.1:1');
    await expectRefusal(['stake', '5', '--staker', '0', '--node', 'http://127.0.0.1:1'], 75, 'http://127.0.0.1:1');
  });
});
