// The life of a node as its operator sees it: a home by `peg init`, a node by `peg start`, stakes on a real local Ethereum,
// restarts and kills, a full node beside it; and what is said of everything that can be wrong with a home.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../relayer/node/free-port.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';
import { engineOf, processesWith } from '../helpers/running-processes.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';

const QUICK = [
  ...['--consensus-commit-pause-ms', '50', '--consensus-empty-blocks', 'false', '--consensus-local', 'true'],
  ...['--ethereum-poll-interval-ms', '100', '--witness-poll-interval-ms', '100', '--log-level', 'warn', '--no-dashboard'],
];

/** What the tests look at in the answers of `peg status` and `peg limit`. */
interface Answer {
  readonly network: string;
  readonly height: number;
  readonly appHash: string;
  readonly orderLimit: number;
}

await describeWithCometBft('peg init and peg start', (binary) => {
  let chain: StakingChain;
  let folder: string;
  let home: string;
  let p2p: number;
  const running: PegProcess[] = [];

  before(async () => {
    chain = await startStakingChain();
    folder = await mkdtemp(join(tmpdir(), 'peg-homes-'));
    home = join(folder, 'alice');
    p2p = await freePort();
    await writeFile(join(folder, 'password'), 'correct horse\n');
    const params = ['--finality-threshold', '2', '--period-length', '5', '--period-limit', '1000'];
    const watched = ['--ethereum', chain.url, '--contract', chain.contract, '--chain-id', 'peg-homes'];
    const password = ['--password-file', join(folder, 'password')];
    const { code, stderr } = await peg(['init', '--home', home, '--name', 'alice', ...watched, ...params, ...password]);
    expect(code, stderr).to.equal(0);
  });

  afterEach(async () => {
    for (const node of running.splice(0)) await node.close();
    await eventually('no process is left', async () => (await processesWith(folder)).length === 0);
  });

  after(async () => {
    for (const { pid } of await processesWith(folder)) process.kill(pid, 'SIGKILL');
    await chain?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const startArgs = (at: string, ...flags: string[]) => [
    ...['start', '--home', at, '--json', '--cometbft', binary, ...QUICK],
    ...['--consensus-rpc-address', '127.0.0.1:0', '--consensus-p2p-address', '127.0.0.1:0', ...flags],
  ];
  const start = async (at = home, ...flags: string[]) => {
    const node = new PegProcess(startArgs(at, ...flags));
    running.push(node);
    await node.until('"rpcUrl"');
    const { rpcUrl } = JSON.parse(node.stdout) as { rpcUrl: string };
    const ask = async (...words: string[]) => {
      const { code, stdout, stderr } = await peg([...words, '--node', rpcUrl, '--json']);
      expect(code, stderr).to.equal(0);
      return JSON.parse(stdout) as Answer;
    };
    const stop = () => {
      node.signal('SIGTERM');
      return node.finished();
    };
    return { node, ask, stop };
  };
  const refusal = async (at: string, ...flags: string[]) => {
    const { code, stdout, stderr } = await peg(startArgs(at, ...flags));
    expect(stdout).to.equal('');
    expect(stderr).to.not.match(/^\s+at /m);
    return { code, stderr };
  };
  /** With one part of the home changed, as it is put back afterwards. */
  const damaged = async (path: string, change: (text: string) => string, ...flags: string[]) => {
    const file = join(home, path);
    const text = await readFile(file, 'utf8');
    await writeFile(file, change(text));
    try {
      return await refusal(home, ...flags);
    } finally {
      await writeFile(file, text);
    }
  };

  it('turns a stake into a limit, stops on SIGTERM with 0, and goes on where it was', async () => {
    const first = await start();
    const staker = await chain.stake(1, 500n);
    await eventually('the limit is adopted', async () => {
      await chain.mine(1);
      return (await first.ask('limit', staker)).orderLimit === 1000;
    });
    const { height } = await first.ask('status');
    expect((await first.stop()).code).to.equal(0);
    const again = await start();
    expect((await again.ask('status')).height).to.be.at.least(height);
    expect((await again.ask('limit', staker)).orderLimit).to.equal(1000);
  });

  it('lets nobody else start the same home, and is free again after kill -9', async () => {
    const first = await start();
    const { code, stderr } = await refusal(home);
    expect(code).to.equal(75);
    expect(stderr).to.include(`another process runs the node of ${home}`);
    await first.node.close();
    const again = await start();
    expect((await again.ask('status')).network).to.equal('peg-homes');
  });

  it('starts a killed engine again, until it has used up its restarts', async () => {
    const { node, ask } = await start(home, '--consensus-restarts', '1');
    const killEngine = async () => {
      const pid = await eventually('an engine runs', () => engineOf(home));
      process.kill(pid, 'SIGKILL');
      await eventually('it has ended', async () => (await engineOf(home)) !== pid);
    };
    await killEngine();
    await node.until('engine ended, it is started again');
    await eventually('the node answers again', async () => (await ask('status')) !== undefined);
    await killEngine();
    const { code, stderr } = await node.finished();
    expect(code).to.equal(1);
    expect(stderr).to.match(/^peg: CometBFT ended with signal SIGKILL/m);
  });

  it('waits for an engine that outlived its node', async () => {
    const first = await start();
    const orphan = (await engineOf(home)) as number;
    process.kill(orphan, 'SIGSTOP');
    await first.node.close();
    expect(await engineOf(home)).to.equal(orphan);
    const again = await start();
    expect(await engineOf(home)).to.not.equal(orphan);
    expect((await again.ask('status')).network).to.equal('peg-homes');
  });

  it('follows the network as a full node without Ethereum, to the same app hash', async () => {
    const validator = await start(home, '--consensus-p2p-address', `127.0.0.1:${p2p}`);
    const { nodeId } = JSON.parse((await peg(['keys', 'show', '--home', home, '--json'])).stdout) as { nodeId: string };
    const observer = join(folder, 'observer');
    const genesis = join(home, 'cometbft', 'config', 'genesis.json');
    const peer = ['--peer', `${nodeId}@127.0.0.1:${p2p}`];
    const made = await peg(['init', '--home', observer, '--full-node', '--genesis', genesis, ...peer, '--json']);
    expect(made.code, made.stderr).to.equal(0);
    expect(JSON.parse(made.stdout)).to.include({ network: 'peg-homes' }).and.not.to.have.property('witness');
    const follower = await start(observer);
    await chain.mine(3);
    await eventually('both show one app hash at one height', async () => {
      const [a, b] = await Promise.all([validator.ask('status'), follower.ask('status')]);
      return b.height > 1 && a.height === b.height && a.appHash === b.appHash;
    });
  });

  it('says try again when an address is taken', async () => {
    const server = createServer().listen(p2p, '127.0.0.1');
    try {
      const peers = await refusal(home, '--consensus-p2p-address', `127.0.0.1:${p2p}`);
      expect(peers.code).to.equal(75);
      expect(peers.stderr).to.include(`127.0.0.1:${p2p} is in use by another program`);
      const api = await refusal(home, '--api-port', `${p2p}`);
      expect(api.code).to.equal(75);
      expect(api.stderr).to.include(`port ${p2p} of 127.0.0.1 is in use`);
    } finally {
      server.close();
    }
  });

  it('refuses an engine that is none, or too old', async () => {
    const none = await refusal(home, '--cometbft', join(folder, 'nothing'));
    expect([none.code, none.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && text.includes('is not a program'),
    );
    const old = join(folder, 'old-cometbft');
    await writeFile(old, '#!/bin/sh\necho 0.34.24\n', { mode: 0o755 });
    const { code, stderr } = await refusal(home, '--cometbft', old);
    expect(code).to.equal(1);
    expect(stderr).to.include('is version 0.34.24');
  });

  it('refuses a home with something missing, foreign or damaged, and names it', async () => {
    const nowhere = await refusal(join(folder, 'nowhere'));
    expect([nowhere.code, nowhere.stderr.includes('make one with peg init')]).to.deep.equal([1, true]);
    const foreign = await damaged('cometbft/config/genesis.json', (text) => text.replace('"peg-homes"', '"peg-other"'));
    expect(foreign.code).to.equal(1);
    expect(foreign.stderr).to.include('peg-homes').and.to.include('peg-other');
    const broken = await damaged('cometbft/config/genesis.json', (text) => text.slice(0, -20));
    expect(broken.code).to.equal(2);
    expect(broken.stderr).to.include('the genesis file is not JSON');
    const key = await damaged('witness-key.json', () => '{"version":3}');
    expect(key.code).to.equal(1);
    expect(key.stderr).to.include('witness-key.json');
    const setting = await damaged('peg.toml', (text) => `${text}\n[consenus]\nlocal = true\n`);
    expect(setting.code).to.equal(2);
    expect(setting.stderr).to.include('consenus').and.to.include('did you mean consensus');
    const extra = await refusal(home, '--consensus-extra', 'mempool.size=many');
    expect(extra.code).to.equal(2);
    expect(extra.stderr).to.include('extra settings of the engine are not TOML');
    const consensusKey = await damaged('cometbft/config/priv_validator_key.json', () => 'x');
    expect(consensusKey.code).to.equal(1);
    expect(consensusKey.stderr).to.include('priv_validator_key.json');
  });

  it('makes no home over another one, and none that could not start', async () => {
    const watched = ['--ethereum', chain.url, '--contract', chain.contract];
    const password = ['--password-file', join(folder, 'password')];
    const over = await peg(['init', '--home', home, ...watched, ...password]);
    expect([over.code, over.stderr.includes('is not empty')]).to.deep.equal([1, true]);
    const fresh = ['init', '--home', join(folder, 'fresh')];
    const silent = await peg([...fresh, ...watched]);
    expect([silent.code, silent.stderr.includes('--password-file FILE')]).to.deep.equal([2, true]);
    const blind = await peg([...fresh, ...password]);
    expect([blind.code, blind.stderr.includes('--ethereum URL --contract ADDRESS')]).to.deep.equal([2, true]);
    const far = await peg([...fresh, ...watched, ...password, '--start-block', '1000000000']);
    expect([far.code, far.stderr.includes('has no block 1000000000')]).to.deep.equal([1, true]);
    const hosts = await peg(['testnet', '--output', join(folder, 'net'), '--validators', '2', '--hosts', 'a,b,c', ...watched]);
    expect([hosts.code, hosts.stderr.includes('3 addresses for 2 validators')]).to.deep.equal([2, true]);
  });
});
