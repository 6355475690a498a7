// A long chain to read, with so many empty blocks and so many stake events, spread over the whole length. anvil makes an empty
// block in 5 ms; where that takes too long it is Hardhat's chain, which makes any number of them at once. Either is a process of
// its own.

import { startAnvil } from './anvil.ts';
import { startHardhatProcess } from './hardhat-chain-process.ts';
import { deployStaking } from './staking-deployment.ts';

export interface LongChain {
  readonly url: string;
  /** Of the chain's process. */
  readonly pid: number;
  readonly contract: `0x${string}`;
  /** First block after the contract's deployment. */
  readonly from: bigint;
  readonly to: bigint;
  readonly events: number;
  close(): Promise<void>;
}

const EVENTS_A_BLOCK = 10;
const MOST_ON_ANVIL = 10_000;

/** Mines `blocks` empty blocks and `events` events, ten in a block. */
export async function longChain(blocks: number, events: number): Promise<LongChain> {
  const local = blocks > MOST_ON_ANVIL ? await startHardhatProcess() : await startAnvil();
  try {
    const staking = await deployStaking(local.rpc);
    const from = (await staking.head()).number + 1n;
    const busy = Math.ceil(events / EVENTS_A_BLOCK);
    const stretch = Math.floor(blocks / (busy + 1));
    const mine = (count: number) => local.rpc('hardhat_mine', `0x${count.toString(16)}`);
    for (let i = 0; i < busy; i++) {
      await mine(stretch);
      await staking.inOneBlock(async () => {
        const count = Math.min(EVENTS_A_BLOCK, events - i * EVENTS_A_BLOCK);
        for (let k = 0; k < count; k++) await staking.stake(k % 5, 1n + BigInt(k));
      });
    }
    await mine(blocks - stretch * busy);
    const { number: to } = await staking.head();
    return { url: local.url, pid: local.pid, contract: staking.contract, from, to, events, close: local.close };
  } catch (error) {
    await local.close();
    throw error;
  }
}
