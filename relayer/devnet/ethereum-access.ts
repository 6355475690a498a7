// The devnet's hands on Ethereum: it sends and mines, where a witness only reads.

import { isAnswer } from '../ethereum/errors.ts';
import { openRpc } from '../ethereum/rpc.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { type EthereumCall, type Mining, openMining } from './mining.ts';

/** `NOT_ETHEREUM`: something answers there, but not Ethereum's JSON-RPC. */
export type EthereumAccessErrorCode = 'NOT_ETHEREUM';

export interface EthereumAccess {
  readonly url: string;
  readonly chainId: bigint;
  readonly call: EthereumCall;
  readonly mining: Mining;
}

/** Reaches Ethereum at `url` and finds out which chain it is and who makes its blocks. */
export async function openEthereumAccess(
  url: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<EthereumAccess> {
  const rpc = openRpc({ url, clock });
  const call: EthereumCall = (method, params = []) => rpc.call(method, params as never, signal);
  const chainId = await call('eth_chainId');
  if (typeof chainId !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(chainId)) {
    throw new CodedError<EthereumAccessErrorCode>(
      'NOT_ETHEREUM',
      `${url} answers, but not as Ethereum: its chain id is ${JSON.stringify(chainId)}`,
      { url },
    );
  }
  return { url, chainId: BigInt(chainId), call, mining: await openMining(call, isAnswer) };
}
