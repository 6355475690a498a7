// A seat in consensus over an engine that goes wrong: when it is started again, and what the node ends with.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { cometbftConsensus } from '../../relayer/node/cometbft-consensus.ts';
import type { Seat } from '../../relayer/node/consensus.ts';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { eventually } from '../helpers/eventually.ts';
import { failure } from '../helpers/failure.ts';
import { type EngineLife, scriptedEngine } from '../helpers/scripted-engine.ts';
import { startStubNode } from '../helpers/stub-node.ts';
import { validatorHome } from '../helpers/validator-home.ts';

describe('a seat in consensus on CometBFT', function () {
  this.timeout(60_000);
  let folder: string;
  let seat: Seat | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-seat-'));
  });
  afterEach(async () => {
    await seat?.leave();
    await rm(folder, { recursive: true, force: true });
  });

  async function take(lives: readonly EngineLife[], restarts: number, rpcAddress = '127.0.0.1:0') {
    const engine = await scriptedEngine(folder, lives);
    const config = {
      moniker: 'test',
      p2pAddress: '127.0.0.1:26656',
      rpcAddress,
      persistentPeers: [],
      local: true,
    };
    let tell: (reason: Error) => void = () => {};
    const ended = new Promise<Error>((resolve) => {
      tell = resolve;
    });
    const options = {
      binary: engine.binary,
      home: homeLayout(await validatorHome(join(folder, 'home'))).comet,
      config,
      restarts,
    };
    const consensus = cometbftConsensus(options, { log: silentLog, clock: systemClock, onEnd: (reason) => tell(reason) });
    seat = await consensus.join(new PegApplication({ store: openMemoryStore(), log: silentLog }));
    return { engine, ended };
  }

  it('starts an engine again whose state sync has failed, which would answer for ever and do nothing', async () => {
    const failed = { level: 'error', _msg: 'State sync failed', err: 'no witnesses connected' };
    const { engine } = await take([{ says: [failed] }, {}], 5);
    await eventually('the second life', async () => (await engine.lives()) === 2);
  });

  it('does not take the answers of another node for those of its engine, which found its port taken', async () => {
    const other = await startStubNode(() => ({ result: { node_info: { id: '12'.repeat(20) }, sync_info: {} } }));
    try {
      const taking = take([{ answers: false, exits: 1 }], 5, new URL(other.url).host);
      expect(await failure(taking)).to.have.property('code', 'COMETBFT_ENDED');
    } finally {
      await other.close();
    }
  });

  it('does not start an engine again for an application that asked to be halted while one was starting', async () => {
    const { engine, ended } = await take([{ exits: 1 }, { answers: false, commits: true }], 5);
    expect(await ended).to.have.property('code', 'ABCI_CALL_ORDER');
    expect(await engine.lives()).to.equal(2);
  });
});
