// The node of a home before it has started: an engine that goes wrong then, and an operator who changes their mind.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'smol-toml';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { loadConfig } from '../../relayer/node/load-config.ts';
import { type RunningHome, startHome } from '../../relayer/node/start-home.ts';
import { eventually } from '../helpers/eventually.ts';
import { failure } from '../helpers/failure.ts';
import { PegProcess } from '../helpers/peg-process.ts';
import { scriptedEngine } from '../helpers/scripted-engine.ts';
import { validatorHome } from '../helpers/validator-home.ts';

describe('the node of a home', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-start-home-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function start(home: string, binary: string, flags = {}): Promise<RunningHome> {
    const config = await loadConfig({ env: {}, flags: { home, 'consensus.restarts': 0, ...flags } });
    return startHome(config, {
      log: silentLog,
      clock: systemClock,
      signal: new AbortController().signal,
      locateCometBft: async () => ({ path: binary, version: '0.39.4' }),
      askPassword: async () => '',
    });
  }

  it('does not wait for a state from an engine that has ended for good', async () => {
    const home = await validatorHome(join(folder, 'home'));
    const { binary } = await scriptedEngine(folder, [{ exits: 3 }]);
    expect(await failure(start(home, binary))).to.have.property('code', 'COMETBFT_ENDED');
  });

  it('trusts a block to sync the state by for half of the time in which validators answer for what they signed', async () => {
    const home = await validatorHome(join(folder, 'home'));
    const { binary } = await scriptedEngine(folder, [{ exits: 3 }]);
    const stateSync = {
      'consensus.stateSync.servers': 'http://127.0.0.1:1,http://127.0.0.1:2',
      'consensus.stateSync.trustHeight': 7,
      'consensus.stateSync.trustHash': 'ab'.repeat(32),
    };
    await failure(start(home, binary, stateSync));
    const config = parse(await readFile(join(homeLayout(home).comet, 'config', 'config.toml'), 'utf8'));
    expect(config.statesync).to.deep.include({ enable: true, trust_period: `${24 * 3_600}s` });
  });

  it('refuses to sync the state by what is not enough for that', async () => {
    const home = await validatorHome(join(folder, 'home'));
    const { binary, lives } = await scriptedEngine(folder, [{ exits: 3 }]);
    const servers = { 'consensus.stateSync.servers': 'http://127.0.0.1:1,http://127.0.0.1:2' };
    const trusted = { 'consensus.stateSync.trustHeight': 7, 'consensus.stateSync.trustHash': 'ab'.repeat(32) };
    for (const flags of [servers, { ...trusted, 'consensus.stateSync.servers': 'http://127.0.0.1:1' }])
      expect(await failure(start(home, binary, flags)), JSON.stringify(flags)).to.have.property('code', 'CONFIG_INVALID');
    expect(await lives()).to.equal(0);
  });

  it('ends with 0 when it is told to stop while it waits for a state', async () => {
    const home = await validatorHome(join(folder, 'home'));
    const { binary, lives } = await scriptedEngine(folder, [{}]);
    const node = new PegProcess(['start', '--home', home, '--cometbft', binary, '--no-dashboard']);
    try {
      await eventually('the engine to run', async () => (await lives()) === 1);
      node.signal('SIGTERM');
      const { code, stderr } = await node.finished();
      expect(code, stderr).to.equal(0);
    } finally {
      await node.close();
    }
  });

  it('ends with the code of a full disk when it cannot be closed for that, unless it ends for something else', async function () {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      // Only root may mount.
      this.skip();
    }
    try {
      const { binary, lives } = await scriptedEngine(folder, [{}]);
      for (const [name, expected] of [
        ['validator', 0],
        ['full', 75],
      ] as const) {
        // A full node has started as soon as its engine answers; a validator waits for a state, and is told to stop then.
        const home = await validatorHome(join(folder, name), { votes: name === 'validator' });
        const before = await lives();
        const node = new PegProcess(['start', '--home', home, '--cometbft', binary, '--no-dashboard']);
        try {
          await (name === 'full'
            ? node.until('answers JSON-RPC')
            : eventually('the engine', async () => (await lives()) > before));
          await writeFile(join(folder, 'ballast'), new Uint8Array(16 * 2 ** 20)).catch(() => {});
          node.signal('SIGTERM');
          const { code, stderr } = await node.finished();
          expect(code, stderr).to.equal(expected);
          expect(stderr).to.include('is full; make room');
        } finally {
          await node.close();
          await rm(join(folder, 'ballast'), { force: true });
        }
      }
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
