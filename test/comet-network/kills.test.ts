// kill -9 of whatever a network consists of, at random moments, while stakes and orders flow: the process with application and
// witness, the engine, both at once, all nodes at once. Ten kills in the short form; PEG_KILLS says how many else, PEG_KILL_SEED
// repeats a run's choices (moments depend on the machine as well).

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { hasFailed } from '../helpers/has-failed.ts';
import { peg } from '../helpers/peg-process.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';
import { Random } from '../sim/random.ts';
import { History } from './history.ts';
import { ProcessNetwork } from './process-network.ts';
import { Traffic } from './traffic.ts';

const VALIDATORS = 4;
const KILLS = Number(process.env.PEG_KILLS ?? (process.env.PEG_LONG === '1' ? 100 : 10));
/** After so many kills the network is left alone, compared and reckoned up. */
const KILLS_PER_ROUND = 5;
const LONGEST_WAIT_MS = 500;
const SEED = Number(process.env.PEG_KILL_SEED ?? Date.now() % 2 ** 32);

const VICTIMS = ['application', 'engine', 'both', 'application', 'engine', 'all'] as const;

await describeWithCometBft('CometBFT: kill -9', (binary) => {
  let chain: StakingChain;
  let network: ProcessNetwork;
  let traffic: Traffic;
  let history: History;
  const random = new Random(SEED);

  before(async () => {
    console.log(`    ${KILLS} kills, PEG_KILL_SEED=${SEED}`);
    chain = await startStakingChain();
    network = await ProcessNetwork.create(chain, { binary, validators: VALIDATORS });
    traffic = new Traffic(chain, SEED, async () => random.pick(network.clients));
    history = new History(chain, traffic);
    await network.startAll();
    await traffic.step();
    await history.expectWhole(network.clients);
  });
  after(async function () {
    await network?.close({ keep: hasFailed(this) });
    traffic?.close();
    await chain?.close();
  });

  async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
    const index = random.between(0, VALIDATORS - 1);
    const node = network.node(index);
    switch (victim) {
      case 'engine':
        await node.killEngine();
        return;
      case 'application':
        await node.kill();
        return network.start(index);
      case 'both':
        await Promise.all([node.kill(), node.killEngine()]);
        return network.start(index);
      case 'all':
        await Promise.all(network.nodes.flatMap((_, other) => [network.node(other).kill(), network.node(other).killEngine()]));
        return network.startAll();
    }
  }

  for (let done = 0; done < KILLS; done += KILLS_PER_ROUND) {
    const victims = Array.from({ length: Math.min(KILLS_PER_ROUND, KILLS - done) }, () => random.pick(VICTIMS));
    it(`kills ${done + 1} to ${done + victims.length}: ${victims.join(', ')}; nothing is lost or doubled`, async () => {
      for (const victim of victims) {
        const flowing = traffic.step();
        // The moment is what is random; nothing waits for it.
        await new Promise((resolve) => setTimeout(resolve, random.between(0, LONGEST_WAIT_MS)));
        await kill(victim);
        await flowing;
      }
      await history.expectWhole(network.clients);
    });
  }

  it('peg audit finds the ledger and the contract in agreement', async () => {
    const { rpcUrl } = random.pick(network.nodes);
    const { code, stderr } = await peg(['audit', '--node', rpcUrl, '--ethereum', chain.url]);
    expect(code, stderr).to.equal(0);
  });

  it('every engine called its application in the order of the grammar', async () => {
    const lives = await network.lives();
    for (const [index, { name }] of network.nodes.entries()) {
      expect(lives.of(index), name).to.not.be.empty;
      for (const { calls, options } of lives.of(index)) expect(checkCallLog(calls, options), name).to.equal(undefined);
    }
  });
});
