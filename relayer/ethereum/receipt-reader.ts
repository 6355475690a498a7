// All receipts of a block, in one request or one by one, and what they prove of the contract's events in it.

import type { Hex } from '../lib/bytes.ts';
import { isEthereumError } from './errors.ts';
import { asArray, asData, asObject, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import { parseReceipts, provenStakeLogs } from './receipts.ts';
import { type Rpc, unwrap } from './rpc.ts';
import type { StakeLog } from './types.ts';

/** Requests for single receipts in one batch, where an endpoint has no eth_getBlockReceipts. */
const RECEIPTS_AT_ONCE = 64;

export class ReceiptReader {
  readonly #rpc: Rpc;
  readonly #contract: Hex;

  constructor(rpc: Rpc, contract: Hex) {
    this.#rpc = rpc;
    this.#contract = contract;
  }

  /** The contract's events in a block. Throws `ETH_RECEIPTS_ROOT` unless all receipts hash to the header's root. */
  async stakeLogs(header: VerifiedHeader, signal?: AbortSignal): Promise<readonly StakeLog[]> {
    return provenStakeLogs(parseReceipts(await this.#receipts(header, signal), header), header, this.#contract);
  }

  async #receipts(header: VerifiedHeader, signal?: AbortSignal): Promise<Json> {
    try {
      const receipts = await this.#rpc.call('eth_getBlockReceipts', [header.hash], signal);
      if (receipts !== null) return receipts;
    } catch (error) {
      if (!isEthereumError(error, 'ETH_REFUSED')) throw error;
    }
    return this.#singleReceipts(header, signal);
  }

  /** Receipt by receipt, in the order of the block's transactions; the root proves that none is missing. */
  async #singleReceipts(header: VerifiedHeader, signal?: AbortSignal): Promise<Json> {
    const block = asObject(await this.#rpc.call('eth_getBlockByHash', [header.hash, false], signal), 'block');
    const hashes = asArray(block.transactions, 'transactions').map((hash) => asData(hash, 'transactions', 32));
    const receipts: Json[] = [];
    for (let i = 0; i < hashes.length; i += RECEIPTS_AT_ONCE) {
      const calls = hashes
        .slice(i, i + RECEIPTS_AT_ONCE)
        .map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
      receipts.push(...(await this.#rpc.batch(calls, signal)).map(unwrap));
    }
    return receipts;
  }
}
