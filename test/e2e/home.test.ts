// A devnet that keeps its state: stopped, killed, started again, and refused when what it finds is not its own.

import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PegProcess, peg } from '../helpers/peg-process.ts';

interface Result {
  readonly round: { readonly number: number };
  readonly balances: Record<string, string>;
  readonly limits: Record<string, { readonly orderLimit: number }>;
  readonly validators: readonly { readonly height: number; readonly appHash: string }[];
}

describe('peg devnet --home', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-home-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  const args = (...more: string[]) => ['devnet', '--once', '--json', '--home', join(home, 'devnet'), ...more];
  const run = async () => {
    const { code, stdout, stderr } = await peg(args());
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Result;
  };

  it('goes on after kill -9 and after a clean end: nothing lost, nothing twice', async () => {
    const killed = new PegProcess(args());
    try {
      await killed.until('stakes: 2 of 3 sent');
    } finally {
      await killed.close();
    }
    const first = await run();
    const amounts = Object.values(first.balances).sort();
    expect(amounts).to.deep.equal(['1203', '451736', '624519']);
    expect(new Set(first.validators.map(({ appHash }) => appHash)).size).to.equal(1);
    const second = await run();
    expect(second.balances).to.deep.equal(first.balances);
    expect(second.limits).to.deep.equal(first.limits);
    expect(second.validators[0]?.height).to.be.at.least(first.validators[0]?.height as number);
  });

  it('refuses other flags than it was made with', async () => {
    const { code, stdout, stderr } = await peg(args('--period-length', '30'));
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.include('was made with --period-length 20, not 30');
  });

  it('refuses a damaged store, names it and loses nothing', async () => {
    const level = join(home, 'devnet', 'alice', 'state', 'level');
    const table = (await readdir(level)).find((name) => name.endsWith('.ldb')) as string;
    const file = await open(join(level, table), 'r+');
    const byte = Buffer.alloc(40);
    await file.read(byte, 0, 40, 100);
    const damage = async (bytes: Buffer) => {
      await file.write(bytes, 0, 40, 100);
      await file.sync();
    };
    try {
      await damage(Buffer.alloc(40, 'x'));
      const { code, stdout, stderr } = await peg(args());
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.include('alice').and.to.include('damaged');
      expect(stderr).to.not.match(/^\s+at /m);
      await damage(byte);
    } finally {
      await file.close();
    }
    expect(Object.keys((await run()).balances)).to.have.length(3);
  });
});
