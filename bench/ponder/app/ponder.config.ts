// The same contract, on the same node and over the same blocks, as an indexer sees it that believes its endpoint.

import { createConfig } from 'ponder';
import { stakingAbi } from './src/staking-abi';

const { BENCH_RPC, BENCH_CONTRACT, BENCH_FROM, BENCH_TO, BENCH_FOLDER } = process.env;

export default createConfig({
  database: { kind: 'pglite', directory: BENCH_FOLDER },
  chains: {
    local: { id: 31_337, rpc: BENCH_RPC, disableCache: true, maxRequestsPerSecond: 100_000 },
  },
  contracts: {
    MakerStaking: {
      chain: 'local',
      abi: stakingAbi,
      address: BENCH_CONTRACT as `0x${string}`,
      startBlock: Number(BENCH_FROM),
      endBlock: Number(BENCH_TO),
    },
  },
});
