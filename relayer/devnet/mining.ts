// Who makes the blocks of the devnet's Ethereum: we, where the chain lets us (Hardhat, anvil), otherwise the chain itself.

import type { Clock } from '../lib/clock.ts';

/** One JSON-RPC request to Ethereum; rejects with a CodedError. */
export type EthereumCall = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export interface Mining {
  /** Whether `mine` and `hold` work on this chain. */
  readonly controlled: boolean;
  /** Mines `count` empty blocks (with what is in the mempool in the first). */
  mine(count: number): Promise<void>;
  /** Runs `task` while no block is made, then mines one block with all that the task sent. */
  hold(task: () => Promise<void>): Promise<void>;
}

/**
 * Finds out by asking for one block. `isAnswer` tells an endpoint's own refusal from a failure to reach it. `change` does what
 * `call` does, but cannot be interrupted: a chain that is not ours must make its blocks afterwards as it did before.
 */
export async function openMining(
  call: EthereumCall,
  change: EthereumCall,
  isAnswer: (error: unknown) => boolean,
): Promise<Mining> {
  try {
    await call('evm_mine');
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return {
      controlled: false,
      mine: async () => {},
      hold: () => Promise.reject(new Error('this chain makes its own blocks')),
    };
  }
  return { controlled: true, mine: (count) => mine(call, count), hold: (task) => hold(call, change, isAnswer, task) };
}

/** Makes a block every `intervalMs` until the signal is aborted. Throws what keeps a block from being made, but not that it is to end. */
export async function keepMining(mining: Mining, intervalMs: number, clock: Clock, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await mining.mine(1).catch((error: unknown) => {
      if (!until.aborted) throw error;
    });
    await clock.sleep(intervalMs, until).catch(() => {});
  }
}

async function mine(call: EthereumCall, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await call('evm_mine');
}

async function hold(
  call: EthereumCall,
  change: EthereumCall,
  isAnswer: (error: unknown) => boolean,
  task: () => Promise<void>,
): Promise<void> {
  const automatic = (await call('hardhat_getAutomine')) === true;
  const intervalSeconds = automatic
    ? null
    : await call('anvil_getIntervalMining').catch((error: unknown) => {
        if (isAnswer(error)) return null;
        throw error;
      });
  try {
    await change('evm_setAutomine', [false]);
    if (typeof intervalSeconds === 'number') await change('evm_setIntervalMining', [0]);
    await task();
    await call('evm_mine');
  } finally {
    if (automatic) await change('evm_setAutomine', [true]);
    if (typeof intervalSeconds === 'number') await change('evm_setIntervalMining', [intervalSeconds]);
  }
}
