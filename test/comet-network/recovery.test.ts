// What an operator can do to a node's home, and what a node says of a home that does not fit together: one validator on the
// real engine, without an Ethereum, so that nobody else can help it.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { nodeConfigSchema } from '../../relayer/node/config-schema.ts';
import { createHome } from '../../relayer/node/create-home.ts';
import { exportState, importState } from '../../relayer/node/exchange-state.ts';
import { freePort } from '../../relayer/node/free-port.ts';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { rollBackHome } from '../../relayer/node/roll-back-home.ts';
import { startHome } from '../../relayer/node/start-home.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { failure } from '../helpers/failure.ts';
import { peg } from '../helpers/peg-process.ts';
import { PARAMS } from './peg-network.ts';

await describeWithCometBft('CometBFT: recovery of a node', (binary) => {
  let folder: string;
  let home: string;
  let p2pPort: number;
  const [validator] = devnetValidators([1]);
  const layout = () => homeLayout(home);
  const config = () =>
    nodeConfigSchema.parse({
      home,
      name: 'alice',
      consensus: { p2pAddress: `127.0.0.1:${p2pPort}`, rpcAddress: '127.0.0.1:0', local: true, commitPauseMs: 20 },
      store: { snapshotInterval: 4, keepSnapshots: 2 },
    });
  const exchange = () => ({ signal: new AbortController().signal, appHash: undefined, onProgress: () => {} });

  before(async () => {
    if (validator === undefined) throw new Error('no validator');
    folder = await mkdtemp(join(tmpdir(), 'peg-recovery-'));
    home = join(folder, 'home');
    p2pPort = await freePort();
    const ethereum = {
      chainId: 31_337n,
      stakingContract: `0x${'c0'.repeat(20)}` as const,
      startBlock: 1n,
      startBlockHash: `0x${'01'.repeat(32)}` as const,
    };
    const genesis = devnetGenesis([validator], ethereum, PARAMS, new Date());
    await createHome(home, {
      genesis,
      consensusSeed: validator.consensusSeed,
      nodeSeed: new Uint8Array(32).fill(7),
      settings: {},
    });
    await runTo(6);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const start = () =>
    startHome(config(), {
      log: silentLog,
      clock: systemClock,
      signal: new AbortController().signal,
      locateCometBft: async () => ({ path: binary, version: '' }),
      askPassword: async () => '',
    });

  /** Runs the node until it has `height`, and stops it. Gives the app hash of each height that it was asked for. */
  async function runTo(height: number): Promise<number> {
    const node = await start();
    try {
      return await eventually(`height ${height}`, async () => {
        const reached = (await node.client.status()).height;
        return reached >= height && reached;
      });
    } finally {
      await node.close();
    }
  }

  async function stateHeight(): Promise<number> {
    const store = await openStore({ folder: layout().state });
    await store.close();
    return Number(store.version);
  }

  it('goes back a height with its engine, by the command, and executes the block again', async () => {
    const height = await stateHeight();
    const back = await peg(['rollback', '--home', home, '--json']);
    expect(back.code, back.stderr).to.equal(0);
    expect(JSON.parse(back.stdout)).to.include({ from: height, to: height - 1 });
    expect(await stateHeight()).to.equal(height - 1);
    // Again: the engine stands where it stands as long as it has the block, and the application with it.
    const again = await peg(['rollback', '--home', home]);
    expect(again.stdout).to.include(`the engine is at ${height - 1}`);
    expect(await runTo(height + 2)).to.be.at.least(height + 2);
  });

  it('goes back several heights when the blocks go, too, and drops the snapshots of what is gone', async () => {
    const copy = join(folder, 'copy');
    await cp(home, copy, { recursive: true });
    try {
      const height = await stateHeight();
      const options = { binary: { path: binary, version: '' }, removeBlock: true, log: silentLog };
      for (let gone = 1; gone <= 5; gone++) {
        const { to, from } = await rollBackHome(config(), options);
        expect([Number(from), Number(to)]).to.deep.equal([height - gone + 1, height - gone]);
      }
      expect(await stateHeight()).to.equal(height - 5);
      const { SnapshotFolder } = await import('../../relayer/store/snapshot-folder.ts');
      const kept = await SnapshotFolder.open({ folder: layout().snapshots, keep: 9, records: [] }, { log: silentLog });
      for (const { manifest } of kept.snapshots) expect(Number(manifest.version)).to.be.at.most(height - 5);
      await kept.close();
    } finally {
      // The validator has signed the blocks that are gone, so it would wait for others to make new ones: back to before.
      await rm(home, { recursive: true });
      await cp(copy, home, { recursive: true });
    }
  });

  it('refuses a state that is newer than its blocks, with both heights', async () => {
    const data = join(layout().comet, 'data');
    const older = join(folder, 'older');
    await cp(data, older, { recursive: true });
    const blocks = await stateHeight();
    const state = await runTo(blocks + 3);
    const newer = join(folder, 'newer');
    await cp(data, newer, { recursive: true });
    await rm(data, { recursive: true });
    await cp(older, data, { recursive: true });
    const refusal = await failure(start());
    expect(refusal).to.have.property('code', 'STATE_AHEAD');
    const reached = await stateHeight();
    expect(reached).to.be.at.least(state);
    expect((refusal as Error).message)
      .to.include(`height ${reached}`)
      .and.match(/blocks up to \d+ only/);
    await rm(data, { recursive: true });
    await cp(newer, data, { recursive: true });
    await runTo(reached + 1);
  });

  it('refuses the state of another chain before it starts the engine', async () => {
    const original = await readFile(layout().genesis, 'utf8');
    const doc = JSON.parse(original) as { chain_id: string };
    await writeFile(layout().genesis, JSON.stringify({ ...doc, chain_id: 'another' }));
    const refusal = await failure(start());
    await writeFile(layout().genesis, original);
    expect(refusal).to.have.property('code', 'STATE_FOREIGN');
    expect((refusal as Error).message)
      .to.include('peg-devnet')
      .and.include('another');
  });

  it('goes on from an imported state with the blocks after it, and from none with all of them', async () => {
    const file = join(folder, 'state.peg');
    const { height } = await exportState(config(), file, exchange());
    const later = await runTo(Number(height) + 4);
    for (const imported of [true, false]) {
      await rm(layout().state, { recursive: true });
      if (imported) expect((await importState(config(), file, exchange())).height).to.equal(height);
      expect(await runTo(later + 1)).to.be.greaterThan(later);
    }
  });
});
