// The seeded simulation: 20,000 Ethereum blocks, in the long form (PEG_LONG=1) 1,000,000. `PEG_SIM_BLOCKS` sets another
// number, `PEG_SIM_SEED` repeats a run; world k of seed s is world 1 of seed s + k − 1.

import { expect } from 'chai';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { ModelChain } from './chain.ts';
import { EngineNetwork } from './engine-network.ts';
import { Random } from './random.ts';
import { Simulation, type SimulationCounts } from './simulation.ts';
import { drawWorld } from './world.ts';

const LONG = process.env.PEG_LONG === '1';
const BLOCKS = Number(process.env.PEG_SIM_BLOCKS ?? (LONG ? 1_000_000 : 20_000));
const SEED = Number(process.env.PEG_SIM_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Ethereum blocks of one world; then other validators and parameters are drawn. */
const WORLD_BLOCKS = Math.min(BLOCKS, LONG ? 5_000 : 2_500);

describe(`simulation, seed ${SEED}`, function () {
  this.timeout(0);
  const startedAt = Date.now();
  const worlds = Math.ceil(BLOCKS / WORLD_BLOCKS);
  let done = 0;
  for (let i = 0; i < worlds; i++) {
    const worldSeed = (SEED + i) >>> 0;
    it(`world ${i + 1} of ${worlds} (PEG_SIM_SEED=${worldSeed}): I1–I11 over ${WORLD_BLOCKS} Ethereum blocks`, async () => {
      const counts = await simulate(worldSeed, WORLD_BLOCKS);
      done += counts.ethereumBlocks;
      const seconds = (Date.now() - startedAt) / 1_000;
      console.log(`      ${done} of ${BLOCKS} blocks in ${seconds.toFixed(0)} s; ${summary(counts)}`);
    });
  }

  it(`validators join, leave and change their power (PEG_SIM_SEED=${SEED}): I1–I11 and H + 2`, async () => {
    const counts = await simulate(SEED, WORLD_BLOCKS, true);
    expect(counts.motions, 'motions were voted on').to.be.greaterThan(0);
    console.log(`      ${summary(counts)}`);
  });
});

/** One world from its seed alone. */
async function simulate(worldSeed: number, count: number, governed = false): Promise<SimulationCounts> {
  const random = new Random(worldSeed);
  const world = drawWorld(random, governed);
  const clock = new VirtualClock(1_800_000_000_000);
  const chain = new ModelChain({ genesisNumber: BigInt(world.startBlock), keep: 4_096 });
  const late = random.chance(0.5) ? [random.between(0, world.powers.length - 1)] : [];
  const network = await EngineNetwork.open(
    world,
    chain.head.header.hash,
    (store) => new PegApplication({ store, log: silentLog }),
    clock,
    random.fork(),
    late,
  );
  try {
    return await new Simulation(world, chain, network, clock, random).run(count);
  } finally {
    await network.close();
  }
}

function summary(counts: SimulationCounts): string {
  return Object.entries(counts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
