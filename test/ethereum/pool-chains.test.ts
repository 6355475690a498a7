// A pool over the chains that people run: one endpoint is killed, one on a fork of its own, one behind, one of another chain.

import { expect } from 'chai';
import { type OpenEthereum, openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { EndpointState } from '../../relayer/ethereum/pool-state.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { fold } from '../helpers/ethereum-bench.ts';
import { eventually } from '../helpers/eventually.ts';
import { startHardhatChain } from '../helpers/hardhat-chain.ts';
import { startLyingEndpoint } from '../helpers/lying-endpoint.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';
import { NO_EVENTS } from '../helpers/staking-history.ts';

const SEED = 20_265;

describe('a pool of real chains', () => {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
    opened.push(thing);
    return thing;
  };
  const staked: bigint[] = [];
  const stake = async (account: number, amount: bigint) => {
    staked.push(amount);
    await chain.stake(account, amount);
  };
  let main: Anvil;
  let chain: StakingDeployment;

  before(async () => {
    main = keep(await startAnvil());
    chain = await deployStaking(main.rpc);
    await stake(0, 100n);
    await chain.mine(20);
  });
  after(async () => {
    for (const thing of opened.reverse()) await thing.close();
  });

  const open = async (url: readonly string[]): Promise<OpenEthereum> =>
    keep(
      await openEthereum(
        { url, contract: chain.contract, chainId: 31_337n, fold, finalityThreshold: 6n, pollIntervalMs: 50, timeoutMs: 5_000 },
        { log: silentLog, clock: systemClock },
      ),
    );
  const follows = (ethereum: OpenEthereum) =>
    eventually('the head of the chain', async () => ethereum.view.head()?.hash === (await chain.head()).hash);
  const becomes = (ethereum: OpenEthereum, index: number, state: EndpointState) =>
    eventually(`endpoint ${index} to be ${state}`, async () => ethereum.endpoints()[index]?.state === state);
  const stakes = async (ethereum: OpenEthereum): Promise<readonly bigint[]> => {
    const { number } = await chain.head();
    const blocks = await ethereum.view.blocks(chain.startBlock + 1n, number - 6n, undefined, NO_EVENTS);
    return blocks.flatMap(({ logs }) => logs.map(({ amount }) => amount));
  };

  it('goes on while one of three is killed', async () => {
    const [one, two] = [await startAnvilProxy(), await startAnvilProxy()];
    const ethereum = await open([one.url, main.url, two.url]);
    await one.close();
    await becomes(ethereum, 0, 'failing');
    await stake(1, 7n);
    await chain.mine(8);
    await follows(ethereum);
    expect(await stakes(ethereum)).to.deep.equal(staked);
  });

  it('outvotes forks by anvil and by Hardhat', async () => {
    for (const fork of [await startAnvil('--fork-url', main.url), await startHardhatChain(main.url)]) {
      keep(fork);
      const ethereum = await open([main.url, fork.url, (await startAnvilProxy()).url]);
      // With the same times, its empty blocks could be those of the chain itself. Hardhat may fork some blocks below the head.
      await fork.rpc('evm_increaseTime', 5_000);
      for (let i = 0; i < 50; i++) await fork.rpc('evm_mine');
      await chain.mine(12);
      await becomes(ethereum, 1, 'dissenting');
      await follows(ethereum);
      expect(await stakes(ethereum)).to.deep.equal(staked);
      expect(ethereum.endpoints()[1]?.disagreements).to.be.at.least(1);
    }
  });

  it('is not held up by one that stands still', async () => {
    const still = keep(await startAnvil('--fork-url', main.url));
    const ethereum = await open([main.url, still.url, (await startAnvilProxy()).url]);
    await chain.mine(10);
    await becomes(ethereum, 1, 'lagging');
    await follows(ethereum);
    expect(await stakes(ethereum)).to.deep.equal(staked);
  });

  it('leaves out another chain id, and the same chain id with another genesis', async () => {
    const renamed = keep(await startAnvil('--fork-url', main.url, '--chain-id', '5'));
    const foreign = keep(await startAnvil());
    expect((await deployStaking(foreign.rpc)).contract).to.equal(chain.contract);
    await foreign.rpc('anvil_mine', '0x200');
    const ethereum = await open([
      main.url,
      renamed.url,
      foreign.url,
      (await startAnvilProxy()).url,
      (await startAnvilProxy()).url,
      main.url,
    ]);
    await becomes(ethereum, 1, 'wrong-chain');
    await becomes(ethereum, 2, 'wrong-chain');
    await chain.mine(1);
    await follows(ethereum);
    expect(await stakes(ethereum)).to.deep.equal(staked);
  });

  /** Another address of the same chain, which can be closed. */
  async function startAnvilProxy() {
    return keep(await startLyingEndpoint({ target: main.url, seed: SEED }));
  }

  it('shortens its wait by announcements, and does without them', async () => {
    const websocketUrl = main.url.replace('http:', 'ws:');
    const ethereum = keep(
      await openEthereum(
        {
          url: [main.url, (await startAnvilProxy()).url],
          websocketUrls: [websocketUrl, 'ws://127.0.0.1:9/'],
          contract: chain.contract,
          fold,
          finalityThreshold: 6n,
          pollIntervalMs: 600_000,
        },
        { log: silentLog, clock: systemClock },
      ),
    );
    // With such a pause between polls, only announcements can bring a new head.
    const first = ethereum.view.head()?.number as bigint;
    await eventually('an announced head', async () => {
      await chain.mine(1);
      return (ethereum.view.head()?.number as bigint) > first;
    });
  });
});
