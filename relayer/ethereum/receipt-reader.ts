// All receipts of a block, in one request or in pieces, and what they prove of the contract's events in it. Whoever pays for
// the gas of a block can fill it with logs, so that its receipts are tens of megabytes: more than one answer may hold, or brings
// in time. One transaction has a part of that gas only (EIP-7825), so its receipt alone comes all the same.

import type { Hex } from '../lib/bytes.ts';
import { type EthereumErrorCode, isEthereumError, isRetryable } from './errors.ts';
import { asArray, asData, asObject, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import { parseReceipts, provenStakeLogs } from './receipts.ts';
import { type Rpc, type RpcOutcome, unwrap } from './rpc.ts';
import type { StakeLog } from './types.ts';

/** Most receipts of single transactions that one batch asks for. */
const RECEIPTS_AT_ONCE = 64;
/** Errors of all receipts at once that single ones may not have. */
const WITHOUT_ALL: readonly EthereumErrorCode[] = ['ETH_REFUSED', 'ETH_TOO_LARGE', 'ETH_TIMEOUT'];

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
      if (!isEthereumError(error, ...WITHOUT_ALL)) throw error;
    }
    return this.#singleReceipts(header, signal);
  }

  /** By transaction, in the order of the block; the root proves that none is missing. */
  async #singleReceipts(header: VerifiedHeader, signal?: AbortSignal): Promise<Json> {
    const block = asObject(await this.#rpc.call('eth_getBlockByHash', [header.hash, false], signal), 'block');
    const hashes = asArray(block.transactions, 'transactions').map((hash) => asData(hash, 'transactions', 32));
    const receipts: Json[] = [];
    for (let size = RECEIPTS_AT_ONCE; receipts.length < hashes.length; ) {
      const calls = hashes
        .slice(receipts.length, receipts.length + size)
        .map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
      // Several are asked for once only: fewer of them are the next try.
      const outcomes = await this.#rpc.batch(calls, signal, calls.length > 1 ? 1 : undefined);
      if (calls.length > 1 && outcomes.some(mayComeInLess)) size = Math.ceil(calls.length / 2);
      else {
        receipts.push(...outcomes.map(unwrap));
        size = Math.min(RECEIPTS_AT_ONCE, 2 * size);
      }
    }
    return receipts;
  }
}

/** The error of a batch that a smaller one may not have. */
function mayComeInLess(outcome: RpcOutcome): boolean {
  return !outcome.ok && (isRetryable(outcome.error) || isEthereumError(outcome.error, 'ETH_TOO_LARGE'));
}
