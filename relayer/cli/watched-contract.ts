// The contract that a new network is to watch, checked on its chain before anything is written.

import { attach } from '../devnet/deployment.ts';
import { openRpc } from '../ethereum/rpc.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError, describe, hasCode } from '../lib/errors.ts';
import type { GenesisEthereum } from '../node/network-genesis.ts';
import type { Flags, Terminal } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** What `--ethereum`, `--contract` and `--start-block` say. Throws USAGE, NO_CONTRACT_CODE, NOT_A_STAKING_CONTRACT, ETH_…. */
export async function readWatchedContract(flags: Flags, terminal: Terminal): Promise<GenesisEthereum> {
  const { ethereum: url, contract, startBlock } = flags;
  if (url === undefined || contract === undefined) {
    const message = 'say what the network watches: --ethereum URL --contract ADDRESS (or, to join one, --genesis FILE)';
    throw new CodedError<CliErrorCode>('USAGE', message);
  }
  const rpc = openRpc({ url: url as string, clock: systemClock });
  const call = (method: string, params: readonly unknown[] = []) => rpc.call(method, params as never, terminal.signal);
  const chainId = BigInt((await call('eth_chainId')) as string);
  const start = startBlock === undefined ? undefined : BigInt(startBlock as number);
  const deployment = await attach(call, contract as Hex, start).catch((error: unknown) => {
    if (start !== undefined || !hasCode(error, 'ETH_REFUSED')) throw error;
    const reason = `${url} does not say when the contract was deployed (${describe(error)}): give --start-block NUMBER`;
    throw new CodedError<CliErrorCode>('USAGE', reason);
  });
  return {
    chainId,
    stakingContract: deployment.staking,
    startBlock: deployment.startBlock,
    startBlockHash: deployment.startBlockHash,
  };
}
