// A network of four machines, as `peg testnet --hosts` makes it: they reach each other by their addresses, a pulled cable tells
// nobody that it was pulled, and a machine that loses its power does not say goodbye.

import { expect } from 'chai';
import { eventually } from '../helpers/eventually.ts';
import { Machines } from '../helpers/machines.ts';
import { Random } from '../sim/random.ts';
import { ProcessNetwork } from './process-network.ts';
import { describeScene } from './scene.ts';

const VALIDATORS = 4;
const SEED = 5;

let machines: Machines;

const SCENE = {
  open: async (chain: Parameters<typeof ProcessNetwork.start>[0], binary: string) => {
    const made = Machines.open(VALIDATORS);
    if (made === undefined) return undefined;
    machines = made;
    return ProcessNetwork.start(chain, { binary, validators: VALIDATORS, random: new Random(SEED), machines });
  },
  seed: SEED,
};

await describeScene('CometBFT: four machines', SCENE, (scene) => {
  it('know each other by the addresses of their peers', async () => {
    for (const index of [0, 1, 2, 3]) {
      const { peers } = (await (await scene.client(index)).call('net_info')) as { peers: readonly { remote_ip: string }[] };
      const others = [0, 1, 2, 3].filter((other) => other !== index).map((other) => machines.address(other));
      expect(peers.map(({ remote_ip }) => remote_ip)).to.have.members(others);
    }
  });

  it('one without a cable is missed by nobody, and catches up when it has one', async () => {
    machines.unplug(3);
    for (let i = 0; i < 3; i++) await scene.traffic.step();
    await scene.expectWhole(0, 1, 2);
    machines.plug(3);
    await scene.expectWhole();
  });

  it('two and two decide nothing, and have one history afterwards', async () => {
    for (const index of [2, 3]) machines.unplug(index);
    const height = await scene.heightOf(0);
    await scene.traffic.step();
    const client = await scene.client(0);
    await eventually('something waits to be decided', async () => {
      const { n_txs } = (await client.call('num_unconfirmed_txs')) as { n_txs: string };
      return Number(n_txs) > 0;
    });
    expect(await scene.heightOf(0)).to.be.at.most(height + 1);
    for (const index of [2, 3]) machines.plug(index);
    await scene.expectWhole();
  });

  it('one that lost its power comes back, though the others still hold its connections', async () => {
    machines.unplug(1);
    await scene.network.node(1).kill();
    await scene.network.node(1).killEngine();
    await eventually('its engine has ended', async () => (await scene.network.node(1).enginePid()) === undefined);
    machines.switchOff(1);
    for (let i = 0; i < 2; i++) await scene.traffic.step();
    machines.switchOn(1);
    await scene.network.start(1);
    await scene.traffic.step();
    await scene.expectWhole();
  });

  it('called every application in the order of the grammar', () => scene.expectGrammar());
});
