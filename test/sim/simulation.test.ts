// The seeded simulation. `PEG_SIM_SEED` repeats a run, `PEG_SIM_BLOCKS` sets how many Ethereum blocks are simulated
// (20,000 unless told; the long form takes 1,000,000 and prints its progress).

import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { ModelChain } from './chain.ts';
import { EngineNetwork } from './engine-network.ts';
import { Random } from './random.ts';
import { Simulation, type SimulationCounts } from './simulation.ts';
import { drawWorld } from './world.ts';

/** Ethereum blocks of one world; then another set of validators and parameters is drawn. */
const WORLD_BLOCKS = 2_500;

const blocks = Number(process.env.PEG_SIM_BLOCKS ?? 20_000);
const seed = Number(process.env.PEG_SIM_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe(`simulation, seed ${seed} (PEG_SIM_SEED=${seed} repeats it)`, function () {
  this.timeout(0);
  const worlds = Math.ceil(blocks / WORLD_BLOCKS);
  for (let i = 0; i < worlds; i++) {
    const worldSeed = (seed + i) >>> 0;
    it(`world ${i + 1} of ${worlds}: I1–I11 over ${WORLD_BLOCKS} Ethereum blocks`, async () => {
      const counts = await simulate(worldSeed, WORLD_BLOCKS);
      console.log(`      ${summary(counts)}`);
    });
  }
});

/** One world from its seed alone. */
async function simulate(worldSeed: number, count: number): Promise<SimulationCounts> {
  const random = new Random(worldSeed);
  const world = drawWorld(random);
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
