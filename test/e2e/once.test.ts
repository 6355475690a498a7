// The mission, through the command line as a separate process: stakes on a real local Ethereum, votes, limits.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Interface } from 'ethers';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { startHardhatNode } from '../helpers/hardhat-node.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';

interface Result {
  readonly round: { readonly number: number; readonly startsAt: number; readonly endsAt: number; readonly limit: number };
  readonly matureEthBlock: number;
  readonly accumulator: string;
  readonly balances: Record<string, string>;
  readonly limits: Record<string, { orderLimit: number; streamLimit: number }>;
  readonly orderCounter: number;
  readonly validators: { address: string; name: string; power: number; height: number; appHash: string }[];
  readonly ethereum: { chainId: number; contract: string; head: number };
  readonly timings: Record<string, number>;
}

interface Entry {
  readonly staker: number;
  readonly action: 'stake' | 'remove';
  readonly amount: string;
  readonly block?: number;
}

const staker = (index: number) => stakerWallet(index).address.toLowerCase();

/** Runs a devnet to its result; fails with what the command said. */
async function once(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await peg(['devnet', '--once', '--json', ...args]);
  expect(code, stderr).to.equal(0);
  return JSON.parse(stdout) as Result;
}

function expectAgreement(result: Result, validators: number): void {
  expect(result.validators).to.have.length(validators);
  expect(new Set(result.validators.map(({ appHash }) => appHash)).size, 'app hashes').to.equal(1);
  expect(new Set(result.validators.map(({ height }) => height)).size, 'heights').to.equal(1);
  expect(result.round.endsAt - result.round.startsAt).to.be.greaterThan(0);
}

/** What the script leaves staked, without those who have nothing. */
function balancesOf(script: readonly Entry[]): Record<string, string> {
  const balances = new Map<string, bigint>();
  for (const { staker: index, action, amount } of script) {
    const before = balances.get(staker(index)) ?? 0n;
    balances.set(staker(index), action === 'stake' ? before + BigInt(amount) : before - BigInt(amount));
  }
  return Object.fromEntries(
    [...balances].filter(([, balance]) => balance > 0n).map(([who, balance]) => [who, balance.toString()]),
  );
}

/** A script from a seed: stakes, removals of parts and of all, some entries in shared blocks. */
function script(seed: number, length: number, shared: boolean): Entry[] {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const staked = new Map<number, bigint>();
  let block = 0;
  return Array.from({ length }, (_, index): Entry => {
    const who = random(4);
    const before = staked.get(who) ?? 0n;
    const remove = before > 0n && random(3) === 0;
    const amount = remove
      ? random(2) === 0
        ? before
        : 1n + before / BigInt(2 + random(5))
      : BigInt(1 + random(1_000_000)) ** 3n;
    staked.set(who, remove ? before - amount : before + amount);
    if (index > 0 && !(shared && random(2) === 0)) block += 1 + random(2);
    return { staker: who, action: remove ? 'remove' : 'stake', amount: amount.toString(), ...(shared && { block }) };
  });
}

describe('peg devnet --once', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-e2e-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const stakesFile = async (entries: readonly Entry[]) => {
    const file = join(folder, `stakes-${entries.length}-${Math.abs(JSON.stringify(entries).length)}.json`);
    await writeFile(file, JSON.stringify(entries));
    return file;
  };

  it('turns three stakes into the limits 31444, 83, 43471 on four validators', async () => {
    const result = await once();
    expectAgreement(result, 4);
    const limits = [0, 1, 2].map((index) => result.limits[staker(index)]);
    expect(limits).to.deep.equal([31_444, 83, 43_471].map((orderLimit) => ({ orderLimit, streamLimit: 1 })));
    expect(result.balances).to.deep.equal({ [staker(0)]: '451736', [staker(1)]: '1203', [staker(2)]: '624519' });
    expect(result.round.limit).to.equal(75_000);
    expect(result.orderCounter).to.equal(0);
    expect(result.ethereum.chainId).to.equal(31337);
    expect(Object.keys(result)).to.deep.equal([
      'round',
      'matureEthBlock',
      'accumulator',
      'balances',
      'limits',
      'orderCounter',
      'validators',
      'ethereum',
      'timings',
    ]);
  });

  for (const [powers, seed] of [
    ['1', 1],
    ['5,3', 2],
    ['10,1,1,1', 3],
    ['7,1,2,3,4,5,6', 4],
  ] as const) {
    it(`ends with the contract's balances for powers ${powers} and the script of seed ${seed}`, async () => {
      const entries = script(seed, 14, true);
      const result = await once(
        '--powers',
        powers,
        '--stakes',
        await stakesFile(entries),
        '--period-length',
        '9',
        '--finality-threshold',
        '3',
      );
      expectAgreement(result, powers.split(',').length);
      expect(result.validators.map(({ power }) => power).join(',')).to.equal(powers);
      expect(result.balances).to.deep.equal(balancesOf(entries));
    });
  }

  describe('on an Ethereum that somebody else started', () => {
    let anvil: Anvil;
    afterEach(() => anvil?.close());

    /** The contract's own books, read by the test itself. */
    const stakeOf = async (contract: string, who: string) => {
      const data = new Interface(['function stakeOf(address) view returns (uint256)']).encodeFunctionData('stakeOf', [who]);
      return BigInt((await anvil.rpc('eth_call', { to: contract, data }, 'latest')) as string).toString();
    };

    const expectContract = async (result: Result) => {
      for (const [who, balance] of Object.entries(result.balances))
        expect(await stakeOf(result.ethereum.contract, who)).to.equal(balance);
    };

    it('anvil that mines automatically', async () => {
      anvil = await startAnvil();
      const result = await once('--ethereum', anvil.url, '--stakes', await stakesFile(script(5, 8, true)));
      expectAgreement(result, 4);
      await expectContract(result);
    });

    it('anvil that mines by the clock', async () => {
      anvil = await startAnvil('--block-time', '1');
      const result = await once('--ethereum', anvil.url, '--stakes', await stakesFile(script(6, 5, false)));
      expectAgreement(result, 4);
      await expectContract(result);
    });

    it('hardhat node', async () => {
      const chain = await startHardhatNode();
      try {
        const result = await once('--ethereum', chain.url);
        expectAgreement(result, 4);
        expect(result.limits[staker(2)]?.orderLimit).to.equal(43_471);
      } finally {
        await chain.close();
      }
    });

    it('a reorg in the middle, shallower than x: the canonical chain counts', async () => {
      anvil = await startAnvil();
      const file = await stakesFile(script(7, 6, false));
      const running = new PegProcess(['devnet', '--once', '--json', '--ethereum', anvil.url, '--stakes', file]);
      try {
        await running.until('stakes: 5 of 6 sent');
        await anvil.rpc('anvil_reorg', 4, []);
        const { code, stdout, stderr } = await running.finished();
        expect(code, stderr).to.equal(0);
        const result = JSON.parse(stdout) as Result;
        expectAgreement(result, 4);
        expect(result.balances).to.deep.equal(balancesOf(script(7, 6, false)));
        await expectContract(result);
      } finally {
        await running.close();
      }
    });

    it('a fork of a running local chain, with the contract that is deployed there', async () => {
      const original = await startAnvil();
      try {
        const first = await once('--ethereum', original.url);
        anvil = await startAnvil('--fork-url', original.url);
        const result = await once('--ethereum', anvil.url, '--contract', first.ethereum.contract);
        expectAgreement(result, 4);
        expect(result.balances[staker(0)]).to.equal('903472');
        await expectContract(result);
        const { head } = first.ethereum;
        expect(BigInt((await original.rpc('eth_blockNumber')) as string), 'the original goes its own way').to.equal(BigInt(head));
      } finally {
        await original.close();
      }
    });

    it('uses a contract that is there already', async () => {
      anvil = await startAnvil();
      const first = await once('--ethereum', anvil.url);
      const again = await once('--ethereum', anvil.url, '--contract', first.ethereum.contract);
      expect(again.ethereum.contract).to.equal(first.ethereum.contract);
      expect(again.balances[staker(1)]).to.equal('2406');
      await expectContract(again);
    });
  });
});
