// The devnet's hands on Ethereum: it sends and mines, where a witness only reads.

import { isAnswer, isEthereumError } from '../ethereum/errors.ts';
import { openRpc } from '../ethereum/rpc.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, describe } from '../lib/errors.ts';
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
  const change: EthereumCall = (method, params = []) => rpc.call(method, params as never);
  return { url, chainId: await readChainId(url, call), call, mining: await openMining(call, change, isAnswer) };
}

async function readChainId(url: string, call: EthereumCall): Promise<bigint> {
  const chainId = await call('eth_chainId').catch((error: unknown) => {
    if (isEthereumError(error, 'ETH_MALFORMED', 'ETH_HTTP_REFUSED', 'ETH_HTTP_STATUS', 'ETH_REFUSED')) return describe(error);
    throw error;
  });
  if (typeof chainId === 'string' && /^0x[0-9a-f]{1,64}$/i.test(chainId)) return BigInt(chainId);
  const message = `${url} is not an Ethereum endpoint: ${typeof chainId === 'string' ? chainId : 'its chain id is no number'}`;
  throw new CodedError<EthereumAccessErrorCode>('NOT_ETHEREUM', message, { url });
}
