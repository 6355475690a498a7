// A whole devnet on geth itself: its headers, receipts, proofs and pruned states, sealed by its own clock.

import { expect } from 'chai';
import { Interface } from 'ethers';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { request } from '../helpers/anvil.ts';
import { describeWithGeth, startGeth } from '../helpers/geth.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';

interface Result {
  readonly balances: Record<string, string>;
  readonly limits: Record<string, { readonly orderLimit: number }>;
  readonly validators: readonly { readonly appHash: string; readonly height: number }[];
  readonly ethereum: { readonly chainId: number; readonly contract: string };
}

const staker = (index: number) => stakerWallet(index).address.toLowerCase();
/** How a witness verifies the blocks of the contract that have events, block by block. */
async function checksOfEvents(url: string, contract: string): Promise<readonly (readonly string[])[]> {
  const options = { url, contract: contract as Hex, fold: foldEvent, finalityThreshold: 2n };
  const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
  try {
    const [log] = (await request(url, 'eth_getLogs', [{ address: contract, fromBlock: '0x0' }])) as { blockNumber: string }[];
    const first = BigInt(log?.blockNumber ?? 0);
    const blocks = await ethereum.view.blocks(first, first + 3n);
    return blocks.filter(({ logs }) => logs.length > 0).map(({ checks }) => checks);
  } finally {
    await ethereum.close();
  }
}

const contractViews = new Interface(['function stakeOf(address) view returns (uint256)']);

await describeWithGeth('peg devnet on geth in developer mode', (binary) => {
  it('turns three stakes into limits, proves their events against state roots, and passes an audit', async () => {
    const geth = await startGeth(binary);
    const args = ['--ethereum', geth.url, '--period-length', '6', '--finality-threshold', '2'];
    const running = new PegProcess(['devnet', '--json', '--port', '0', '--no-dashboard', ...args]);
    try {
      await running.until('order post -');
      const result = JSON.parse(running.stdout) as Result;
      expect(result.ethereum.chainId).to.equal(1337);
      expect([0, 1, 2].map((index) => result.limits[staker(index)]?.orderLimit)).to.deep.equal([31_444, 83, 43_471]);
      expect(new Set(result.validators.map(({ height, appHash }) => `${height} ${appHash}`)).size).to.equal(1);
      for (const index of [0, 1, 2]) {
        const data = contractViews.encodeFunctionData('stakeOf', [staker(index)]);
        const staked = (await request(geth.url, 'eth_call', [{ to: result.ethereum.contract, data }, 'latest'])) as string;
        expect(result.balances[staker(index)]).to.equal(BigInt(staked).toString());
      }

      const checks = await checksOfEvents(geth.url, result.ethereum.contract);
      expect(checks).not.to.deep.equal([]);
      for (const made of checks) expect(made).to.include.members(['header-hash', 'bloom', 'fold', 'storage-proof']);

      const node = /answer JSON-RPC at (http:\S+?),/.exec(running.stderr)?.[1] ?? '';
      const audit = await peg(['audit', '--json', '--node', node, '--ethereum', geth.url]);
      expect(audit.code, audit.stderr).to.equal(0);
      running.signal('SIGINT');
      expect((await running.finished()).code).to.equal(0);
    } finally {
      await running.close();
      await geth.close();
    }
  });
});
