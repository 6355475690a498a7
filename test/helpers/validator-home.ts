// The home of a network's only validator whose contract and Ethereum are nowhere: for what happens before either is asked.

import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { createHome } from '../../relayer/node/create-home.ts';

export const PARAMS = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1_000n, maxOrderBytes: 8_192n };
export const WATCHED = {
  chainId: 31_337n,
  stakingContract: `0x${'11'.repeat(20)}`,
  startBlock: 3n,
  startBlockHash: `0x${'22'.repeat(32)}`,
} as const;

/** Makes it at `home`, which is returned; its JSON-RPC is at any free port. Without a vote it has no witness key. */
export async function validatorHome(home: string, { votes = true } = {}): Promise<string> {
  const set = devnetValidators([1]);
  for (const { consensusSeed, witnessKey } of set)
    await createHome(home, {
      genesis: devnetGenesis(set, WATCHED, PARAMS, new Date(1_785_542_400_000)),
      settings: { 'consensus.rpcAddress': '127.0.0.1:0', 'ethereum.urls': ['http://127.0.0.1:9'] },
      consensusSeed,
      nodeSeed: Uint8Array.from({ length: 32 }, () => 7),
      witness: votes ? { key: witnessKey } : undefined,
    });
  return home;
}
