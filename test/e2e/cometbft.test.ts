// The mission on CometBFT, through the command line: four validators, each in processes of its own; stopped, killed, started
// again; and what is said when one of them cannot run.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { freePorts } from '../../relayer/node/free-port.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';
import { processesWith } from '../helpers/running-processes.ts';

interface Result {
  readonly balances: Record<string, string>;
  readonly limits: Record<string, { readonly orderLimit: number; readonly streamLimit: number }>;
  readonly validators: readonly {
    readonly name: string;
    readonly power: number;
    readonly height: number;
    readonly appHash: string;
  }[];
}

const staker = (index: number) => stakerWallet(index).address.toLowerCase();

await describeWithCometBft('peg devnet --engine cometbft', (binary) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-comet-'));
  });
  afterEach(async () => {
    for (const { pid } of await processesWith(folder)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const args = (...more: string[]) => ['devnet', '--engine', 'cometbft', '--cometbft', binary, '--json', ...more];
  const once = async (...more: string[]) => {
    const { code, stdout, stderr } = await peg(args('--once', '--timeout', '240', ...more));
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Result;
  };
  const expectMission = (result: Result) => {
    expect([0, 1, 2].map((index) => result.limits[staker(index)])).to.deep.equal(
      [31_444, 83, 43_471].map((orderLimit) => ({ orderLimit, streamLimit: 1 })),
    );
    expect(result.balances).to.deep.equal({ [staker(0)]: '451736', [staker(1)]: '1203', [staker(2)]: '624519' });
    expect(new Set(result.validators.map(({ appHash }) => appHash)).size, 'app hashes').to.equal(1);
    expect(new Set(result.validators.map(({ height }) => height)).size, 'heights').to.equal(1);
  };
  const nothingLeft = () => eventually('every process has ended', async () => (await processesWith(folder)).length === 0);

  it('turns three stakes into the limits 31444, 83, 43471 on validators of unequal power', async () => {
    const result = await once('--powers', '10,1,1,1');
    expectMission(result);
    expect(result.validators.map(({ name, power }) => [name, power])).to.deep.equal([
      ['alice', 10],
      ['bob', 1],
      ['carol', 1],
      ['dave', 1],
    ]);
  });

  it('goes on after kill -9 and after a clean end: nothing lost, nothing twice, no process left', async () => {
    const home = join(folder, 'net');
    const killed = new PegProcess(args('--once', '--home', home));
    try {
      await killed.until('stakes: 2 of 3 sent');
    } finally {
      await killed.close();
    }
    await eventually('the nodes noticed that they are alone', async () => {
      const left = await processesWith(folder);
      return left.every(({ args: line }) => line.includes('anvil'));
    });
    const first = await once('--home', home);
    expectMission(first);
    await nothingLeft();
    const second = await once('--home', home);
    expectMission(second);
    expect(second.validators[0]?.height).to.be.at.least(first.validators[0]?.height as number);
    const { code, stderr } = await peg(['devnet', '--once', '--home', home]);
    expect(code).to.equal(1);
    expect(stderr).to.include('was made with --engine cometbft, not embedded');
  });

  it('passes an audit, says which validator ended while it runs, and leaves nothing behind on Ctrl-C', async () => {
    const running = new PegProcess(args('--port', '0', '--home', join(folder, 'net')));
    try {
      await running.until('order post -');
      const said = (pattern: RegExp) => pattern.exec(running.stderr)?.[1] ?? '';
      const ethereum = said(/^Ethereum at (\S+?)\. Try/m);
      const node = said(/answer JSON-RPC at (http:\S+?),/);
      const audit = await peg(['audit', '--json', '--node', node, '--ethereum', ethereum]);
      expect(audit.code, audit.stderr).to.equal(0);
      const page = await fetch(said(/^Dashboard: (\S+)$/m));
      expect([page.status, page.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
      const dave = (await processesWith(join(folder, 'net', 'dave'))).find(({ args: line }) =>
        line.includes('--until-input-ends'),
      );
      process.kill(dave?.pid as number, 'SIGKILL');
      await running.until('dave ended with signal SIGKILL');
      const status = await peg(['status', '--json', '--node', node]);
      expect(status.code, 'three of four go on').to.equal(0);
      running.signal('SIGINT');
      expect((await running.finished()).code).to.equal(0);
      await nothingLeft();
    } finally {
      await running.close();
    }
  });

  it('names the validator whose port is taken', async () => {
    const base = await freePorts(40);
    const server = createServer().listen(base + 12, '127.0.0.1');
    try {
      const { code, stdout, stderr } = await peg(args('--once', '--port', `${base}`));
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.match(/bob ended with exit code 75: .*127\.0\.0\.1:\d+ is in use by another program/);
    } finally {
      server.close();
    }
  });

  it('says how to get an engine that is not there, and refuses what is none', async () => {
    const missing = await peg(['devnet', '--once', '--engine', 'cometbft', '--cometbft', join(folder, 'nothing')]);
    expect(missing.code).to.equal(1);
    expect(missing.stderr).to.include('is not a program');
    const version = await peg(['devnet', '--once', '--engine', 'cometbft', '--cometbft-version', 'v0.38.999']);
    expect(version.code).to.equal(1);
    expect(version.stderr).to.include('npm run cometbft:install -- v0.38.999');
    const embedded = await peg(['devnet', '--once', '--cometbft', binary]);
    expect(embedded.code).to.equal(2);
    expect(embedded.stderr).to.include('go with --engine cometbft');
  });
});
