// Whether an endpoint still fetches the chain, from its answer to eth_syncing.

import { asQuantity, type JsonObject } from './fields.ts';
import type { RpcOutcome } from './rpc.ts';

/** Some clients report on their last blocks while they follow the head: only a distance counts. */
const SYNCED_WITHIN = 8n;

/** Clients that lack the method, or answer it in a form of their own, are taken at their head. */
export function isSyncing(outcome: RpcOutcome): boolean {
  if (!outcome.ok || typeof outcome.value !== 'object' || outcome.value === null) return false;
  const { currentBlock, highestBlock } = outcome.value as JsonObject;
  try {
    return asQuantity(highestBlock, 'highestBlock') - asQuantity(currentBlock, 'currentBlock') > SYNCED_WITHIN;
  } catch {
    return false;
  }
}
