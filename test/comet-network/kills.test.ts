// kill -9 of whatever a network consists of, at random moments, while stakes and orders flow: the process with application and
// witness, the engine, both at once, all nodes at once. Ten kills in the short form; PEG_KILLS says how many else, PEG_KILL_SEED
// repeats a run's choices (moments depend on the machine as well).

import { expect } from 'chai';
import { peg } from '../helpers/peg-process.ts';
import type { StakingChain } from '../helpers/staking-chain.ts';
import { Random } from '../sim/random.ts';
import { ProcessNetwork } from './process-network.ts';
import { describeScene } from './scene.ts';

const VALIDATORS = 4;
const KILLS = Number(process.env.PEG_KILLS ?? (process.env.PEG_LONG === '1' ? 100 : 10));
/** After so many kills the network is left alone, compared and reckoned up. */
const KILLS_PER_ROUND = 5;
const LONGEST_WAIT_MS = 500;
const SEED = Number(process.env.PEG_KILL_SEED ?? Date.now() % 2 ** 32);

const VICTIMS = ['application', 'engine', 'both', 'application', 'engine', 'all'] as const;

const random = new Random(SEED);

const SCENE = {
  open: (chain: StakingChain, binary: string) => {
    console.log(`    ${KILLS} kills, PEG_KILL_SEED=${SEED}`);
    return ProcessNetwork.start(chain, { binary, validators: VALIDATORS, random });
  },
  seed: SEED,
};

await describeScene('CometBFT: kill -9', SCENE, (scene) => {
  async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
    const index = random.between(0, VALIDATORS - 1);
    const node = scene.network.node(index);
    switch (victim) {
      case 'engine':
        await node.killEngine();
        return;
      case 'application':
        await node.kill();
        return scene.network.start(index);
      case 'both':
        await Promise.all([node.kill(), node.killEngine()]);
        return scene.network.start(index);
      case 'all':
        await Promise.all(
          scene.network.nodes.flatMap((_, other) => [scene.network.node(other).kill(), scene.network.node(other).killEngine()]),
        );
        return scene.network.startAll();
    }
  }

  for (let done = 0; done < KILLS; done += KILLS_PER_ROUND) {
    const victims = Array.from({ length: Math.min(KILLS_PER_ROUND, KILLS - done) }, () => random.pick(VICTIMS));
    it(`kills ${done + 1} to ${done + victims.length}: ${victims.join(', ')}; nothing is lost or doubled`, async () => {
      for (const victim of victims) {
        const flowing = scene.traffic.step();
        // The moment is what is random; nothing waits for it.
        await new Promise((resolve) => setTimeout(resolve, random.between(0, LONGEST_WAIT_MS)));
        await kill(victim);
        await flowing;
      }
      await scene.expectWhole();
    });
  }

  it('peg audit finds the ledger and the contract in agreement', async () => {
    const { rpcUrl } = random.pick(scene.network.nodes);
    const { code, stderr } = await peg(['audit', '--node', rpcUrl, '--ethereum', scene.chain.url]);
    expect(code, stderr).to.equal(0);
  });

  it('called every application in the order of the grammar', () => scene.expectGrammar());
});
