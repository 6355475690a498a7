// Several nodes make blocks together: the way through everything, under virtual time.

import { expect } from 'chai';
import { type Engine, startEngine } from '../../relayer/engine/engine.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { testGenesis, testValidators } from '../helpers/engine-genesis.ts';
import { KvStoreApplication } from '../helpers/kvstore-application.ts';

describe('engine: lockstep', () => {
  let engine: Engine;
  afterEach(() => engine.close());

  it('makes one block per step and gives all applications the same state', async () => {
    const validators = testValidators([10, 1, 1, 1]);
    const applications = validators.map(() => new KvStoreApplication());
    const nodes = validators.map(({ name, seed }, index) => ({
      name,
      privateKey: seed,
      application: applications[index] as KvStoreApplication,
    }));
    engine = await startEngine(
      { genesis: testGenesis(validators), nodes, drive: 'step' },
      { clock: new VirtualClock(1e12), log: silentLog },
    );
    expect(await engine.step()).to.equal(1n);
    const tx = Buffer.from('a=1').toString('base64');
    expect(await engine.nodes[3]?.rpc.call('broadcast_tx_sync', { tx })).to.include({ code: 0 });
    expect(await engine.step()).to.equal(2n);
    for (const { disk } of applications) expect([disk.height, disk.entries.get('a')]).to.deep.equal([2n, '1']);
    expect(engine.nodes.map((node) => node.height())).to.deep.equal([2n, 2n, 2n, 2n]);
  });

  it('gives a node that comes up the transactions that wait on the others', async () => {
    const validators = testValidators([1, 1, 1, 1]);
    const nodes = validators.map(({ name, seed }, index) => ({
      name,
      privateKey: seed,
      ...(index === 3 ? {} : { application: new KvStoreApplication() }),
    }));
    const genesis = testGenesis(validators);
    engine = await startEngine({ genesis, nodes, drive: 'step' }, { clock: new VirtualClock(1e12), log: silentLog });
    for (const tx of ['a=1', 'b=2'])
      await engine.nodes[0]?.rpc.call('broadcast_tx_sync', { tx: Buffer.from(tx).toString('base64') });
    expect(await engine.wantsBlock()).to.equal(true);
    await engine.nodes[3]?.restart(new KvStoreApplication());
    for (let i = 0; i < 3; i++) await engine.nodes[i]?.stop();
    expect(await engine.step()).to.equal(undefined);
    expect(await engine.nodes[3]?.rpc.call('unconfirmed_txs')).to.include({ total: '2' });
  });
});
