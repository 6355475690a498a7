// Receipts, when logs are in doubt: their root stands in the header, so a full set of receipts is proved, and with it
// every log of the block and the absence of any other.
// Source of the encoding: Ethereum yellow paper, section 4.3.1; typed receipts: EIP-2718 (types 1 to 4 share one form).

import { type Bytes, concatBytes, type Hex, hex } from '../lib/bytes.ts';
import { encodeRlp, type Rlp, rlpUint } from '../lib/rlp.ts';
import { EthereumError } from './errors.ts';
import { asArray, asData, asIndex, asObject, asQuantity, type Json, type JsonObject } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import { assertOfBlock, decodeStakeLog, inOrder, parseRawLog, type RawLog } from './stake-logs.ts';
import { orderedRoot } from './trie.ts';
import type { StakeLog } from './types.ts';

/** A receipt as consensus encodes it, and what it holds. */
export interface Receipt {
  readonly encoded: Bytes;
  readonly transactionHash: Hex;
  readonly logs: readonly RawLog[];
}

/** Throws `ETH_MALFORMED` or, for a receipt of another block or out of order, `ETH_MISMATCH`. */
export function parseReceipts(json: Json, header: VerifiedHeader): readonly Receipt[] {
  return asArray(json, 'receipts').map((entry, index) => {
    const receipt = asObject(entry, 'receipt');
    assertOfBlock(entry, header, 'receipt');
    if (asIndex(receipt.transactionIndex, 'receipt.transactionIndex') !== index) {
      const message = `the receipts of block ${header.number} (${header.hash}) are not in order`;
      throw new EthereumError('ETH_MISMATCH', message, { eth_block: header.number, hash: header.hash });
    }
    const logs = asArray(receipt.logs, 'receipt.logs').map(parseRawLog);
    const transactionHash = asData(receipt.transactionHash, 'receipt.transactionHash', 32);
    return { encoded: encodeReceipt(receipt, logs), transactionHash, logs };
  });
}

/** The contract's events in the receipts, once these hash to the header's root. Throws `ETH_RECEIPTS_ROOT` if they do not. */
export async function provenStakeLogs(
  receipts: readonly Receipt[],
  header: VerifiedHeader,
  contract: Hex,
): Promise<readonly StakeLog[]> {
  const root = await orderedRoot(receipts.map(({ encoded }) => encoded));
  if (root !== header.receiptsRoot) {
    const message = `the ${receipts.length} receipts of block ${header.number} (${header.hash}) hash to ${root}, not to ${header.receiptsRoot}`;
    throw new EthereumError('ETH_RECEIPTS_ROOT', message, { eth_block: header.number, hash: header.hash, root });
  }
  const logs: StakeLog[] = [];
  let logIndex = 0;
  for (const { transactionHash, logs: emitted } of receipts) {
    for (const raw of emitted) {
      const log = decodeStakeLog(raw, contract, { transactionHash, logIndex: logIndex++ });
      if (log !== undefined) logs.push(log);
    }
  }
  return inOrder(logs, header);
}

function encodeReceipt(receipt: JsonObject, logs: readonly RawLog[]): Bytes {
  const type = receipt.type === undefined ? 0 : asIndex(receipt.type, 'receipt.type');
  const payload = encodeRlp([
    outcome(receipt),
    rlpUint(asQuantity(receipt.cumulativeGasUsed, 'receipt.cumulativeGasUsed')),
    hex(asData(receipt.logsBloom, 'receipt.logsBloom', 256)),
    logs.map(({ address, topics, data }): Rlp => [hex(address), topics.map((topic) => hex(topic)), hex(data)]),
  ]);
  return type === 0 ? payload : concatBytes(Uint8Array.of(type), payload);
}

/** Status 1 or 0; before Byzantium the state root after the transaction. */
function outcome(receipt: JsonObject): Bytes {
  if (receipt.status === undefined || receipt.status === null) return hex(asData(receipt.root, 'receipt.root', 32));
  return rlpUint(asQuantity(receipt.status, 'receipt.status', 4));
}
