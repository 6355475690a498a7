// The view against the chains that people run: anvil as a process, Hardhat's in this one, and forks of both.

import { expect } from 'chai';
import { type OpenEthereum, openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { EthereumView, VerifiedBlock } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { startAnvil } from '../helpers/anvil.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { fold } from '../helpers/ethereum-bench.ts';
import { startHardhatChain } from '../helpers/hardhat-chain.ts';
import { deployStaking, type StakingDeployment, stakingDeployment } from '../helpers/staking-deployment.ts';
import { NO_EVENTS } from '../helpers/staking-history.ts';

interface LocalChain {
  readonly url: string;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

const open = (url: string, contract: Hex) =>
  openEthereum({ url, contract, fold, finalityThreshold: 6n, pollIntervalMs: 10 }, { log: silentLog, clock: systemClock });

/** Waits until the view has the chain's own head. */
async function caughtUp(view: EthereumView, chain: StakingDeployment): Promise<void> {
  const { hash } = await chain.head();
  while (view.head()?.hash !== hash) await view.nextHead(view.head()?.hash);
}

const amounts = (blocks: readonly VerifiedBlock[]) =>
  blocks.flatMap(({ logs }) => logs.map(({ kind, amount }) => `${kind} ${amount}`));
const lastAfter = (blocks: readonly VerifiedBlock[]) => blocks.findLast(({ after }) => after !== undefined)?.after;

const CHAINS: readonly (readonly [name: string, start: () => Promise<LocalChain>])[] = [
  ['anvil', () => startAnvil()],
  ['Hardhat', () => startHardhatChain()],
];

for (const [name, start] of CHAINS)
  describe(`Ethereum by ${name}`, () => {
    let local: LocalChain;
    let chain: StakingDeployment;
    let ethereum: OpenEthereum;
    let view: EthereumView;

    before(async () => {
      local = await start();
      chain = await deployStaking(local.rpc);
      ethereum = await open(local.url, chain.contract);
      view = ethereum.view;
    });
    after(async () => {
      await ethereum?.close();
      await local?.close();
    });

    it('reads every event, each block’s commitment proved from the state root', async () => {
      await chain.stake(0, 100n);
      await chain.mine(2);
      await chain.inOneBlock(async () => {
        await chain.stake(1, 7n);
        await chain.stake(2, 50n);
      });
      await chain.unstake(0, 40n);
      await caughtUp(view, chain);
      const blocks = await view.blocks(chain.startBlock + 1n, view.head()?.number as bigint);
      expect(amounts(blocks).sort()).to.deep.equal(['add 100', 'add 50', 'add 7', 'remove 40']);
      for (const { logs, checks } of blocks)
        expect(checks.join(' ')).to.equal(logs.length === 0 ? 'header-hash bloom' : 'header-hash bloom logs fold storage-proof');
      const head = view.head();
      expect(lastAfter(blocks)).to.deep.equal(await view.commitment(head?.hash as Hex));
      expect(lastAfter(blocks)?.nonce).to.equal(4n);
    });

    it('has no events at the block before the deployment', async () => {
      const { hash } = await view.header(chain.startBlock);
      expect(await view.commitment(hash)).to.deep.equal(NO_EVENTS);
    });

    it('256 blocks at once', async () => {
      await local.rpc('hardhat_mine', '0x100');
      await chain.stake(3, 3n);
      await caughtUp(view, chain);
      const head = view.head()?.number as bigint;
      const blocks = await view.blocks(head - 255n, head);
      expect(blocks).to.have.length(256);
      expect(amounts(blocks)).to.deep.equal(['add 3']);
      expect(await view.commitment(blocks[100]?.header.hash as Hex)).to.deep.include({ nonce: 4n });
    });

    it('a reorg by evm_revert: other hashes at the same heights, a shorter branch, other events', async () => {
      await caughtUp(view, chain);
      const fork = view.head();
      const snapshot = await local.rpc('evm_snapshot');
      await chain.stake(0, 11n);
      await chain.mine(5);
      await caughtUp(view, chain);
      const gone = view.head();
      await local.rpc('evm_revert', snapshot);
      await chain.mine(1);
      await chain.stake(0, 12n);
      await caughtUp(view, chain);
      const head = view.head();
      expect(head?.number).to.equal((fork?.number as bigint) + 2n);
      expect(amounts(await view.blocks((fork?.number as bigint) + 1n, head?.number as bigint))).to.deep.equal(['add 12']);
      expect(await codeRejected(view.header(gone?.number as bigint))).to.equal('ETH_BLOCK_UNKNOWN');
      expect(ethereum.status()).to.include({ reorgs: 1, deepestReorg: 6 });
    });

    it('a contract that is not there, or is another one', async () => {
      expect(await codeRejected(open(local.url, `0x${'77'.repeat(20)}`))).to.equal('ETH_NO_CONTRACT');
    });
  });

describe('Ethereum by anvil, its own ways', () => {
  let local: LocalChain;
  let chain: StakingDeployment;

  beforeEach(async () => {
    local = await startAnvil();
    chain = await deployStaking(local.rpc);
  });
  afterEach(() => local?.close());

  it('finalized is 64 blocks behind', async () => {
    await local.rpc('anvil_mine', '0x80');
    const ethereum = await open(local.url, chain.contract);
    expect(ethereum.view.finalized()).to.equal((ethereum.view.head()?.number as bigint) - 64n);
    await ethereum.close();
  });

  it('anvil_reorg of any depth below x + 64 is followed to the same head and events', async () => {
    await local.rpc('anvil_mine', '0x40');
    const ethereum = await open(local.url, chain.contract);
    try {
      for (const depth of [1, 2, 5, 12, 40]) {
        await chain.stake(0, BigInt(depth));
        await chain.mine(3);
        await caughtUp(ethereum.view, chain);
        const before = ethereum.view.head();
        await local.rpc('anvil_reorg', depth, []);
        await caughtUp(ethereum.view, chain);
        expect(ethereum.view.head()?.hash).not.to.equal(before?.hash);
        const head = ethereum.view.head()?.number as bigint;
        const blocks = await ethereum.view.blocks(chain.startBlock, head);
        for (let i = 1; i < blocks.length; i++) expect(blocks[i]?.header.parentHash).to.equal(blocks[i - 1]?.header.hash);
        expect(await ethereum.view.commitment(blocks.at(-1)?.header.hash as Hex)).to.deep.equal(lastAfter(blocks) ?? NO_EVENTS);
      }
      expect(ethereum.status()).to.include({ reorgs: 5, deepestReorg: 40 });
    } finally {
      await ethereum.close();
    }
  });

  it('anvil_rollback takes the view back once it is beyond doubt', async () => {
    const ethereum = await open(local.url, chain.contract);
    try {
      await chain.mine(5);
      await caughtUp(ethereum.view, chain);
      await local.rpc('anvil_rollback', 3);
      await caughtUp(ethereum.view, chain);
      expect(ethereum.status()).to.include({ reorgs: 1, deepestReorg: 3 });
    } finally {
      await ethereum.close();
    }
  });
});

// Not Hardhat's fork of Hardhat's chain: the connections that a fork leaves open can keep the forked server from closing
// for minutes.
const FORKS: readonly (readonly [name: string, base: () => Promise<LocalChain>, fork: (url: string) => Promise<LocalChain>])[] = [
  ['Hardhat’s fork of anvil', () => startAnvil(), (url) => startHardhatChain(url)],
  ['anvil’s fork of anvil', () => startAnvil(), (url) => startAnvil('--fork-url', url)],
  ['anvil’s fork of Hardhat', () => startHardhatChain(), (url) => startAnvil('--fork-url', url)],
];

for (const [name, startBase, startFork] of FORKS)
  describe(`Ethereum by ${name}`, () => {
    let base: LocalChain;
    let fork: LocalChain;
    let ethereum: OpenEthereum;

    after(async () => {
      await ethereum?.close();
      await fork?.close();
      await base?.close();
    });

    it('reads events from before and after the fork; where no proof can be had, the contract is asked', async () => {
      base = await startBase();
      const original = await deployStaking(base.rpc);
      await original.stake(0, 100n);
      await original.mine(3);
      fork = await startFork(base.url);
      const chain = stakingDeployment(fork.rpc, original);
      ethereum = await open(fork.url, original.contract);
      await fork.rpc('hardhat_impersonateAccount', original.accounts[1]);
      await chain.stake(1, 7n);
      await chain.mine(7);
      await caughtUp(ethereum.view, chain);
      const head = ethereum.view.head() as { number: bigint; hash: Hex };
      const blocks = await ethereum.view.blocks(original.startBlock, head.number);
      expect(amounts(blocks)).to.deep.equal(['add 100', 'add 7']);
      const [before, since] = blocks.filter(({ logs }) => logs.length > 0);
      expect(before?.checks).to.include('storage-proof');
      expect(since?.checks).to.include('contract-call');
      expect(await ethereum.view.commitment(head.hash)).to.deep.equal(since?.after);
      expect(await ethereum.view.commitment((await ethereum.view.header(original.startBlock)).hash)).to.deep.equal(NO_EVENTS);
    });
  });
