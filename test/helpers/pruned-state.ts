// A full node that keeps the state of its newest blocks only.

import type { Hex } from '../../relayer/lib/bytes.ts';
import type { EthereumBench } from './ethereum-bench.ts';
import { type FakeBlock, RpcRefusal } from './fake-ethereum.ts';
import type { CallFault } from './scripted-endpoint.ts';

/** From now on proof, call and storage are refused for blocks more than `kept` below the head. */
export function pruneState({ chain, endpoint }: Pick<EthereumBench, 'chain' | 'endpoint'>, kept: bigint): void {
  const numberOf = (hash: Hex): bigint => {
    for (let block: FakeBlock | undefined = chain.head; block !== undefined; block = block.parent)
      if (block.hash === hash) return block.number;
    return chain.head.number;
  };
  const isGone = (at: unknown) =>
    (typeof at === 'string' ? BigInt(at) : numberOf((at as { blockHash: Hex }).blockHash)) + kept < chain.head.number;
  const unlessGone =
    (position: number): CallFault =>
    (honest, params) => {
      if (isGone(params[position])) throw new RpcRefusal(-32000, 'missing trie node');
      return honest();
    };
  endpoint.onCall('eth_getProof', unlessGone(2));
  endpoint.onCall('eth_call', unlessGone(1));
  endpoint.onCall('eth_getStorageAt', unlessGone(2));
}
