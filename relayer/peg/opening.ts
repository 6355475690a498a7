// From bytes to a transaction and who signed it. CheckTx, PrepareProposal, ProcessProposal and FinalizeBlock see the same
// bytes, and recovering a signer costs more than all other rules together: what was opened is remembered for a while. That
// changes when something is computed, never what, since the result depends on the domain and the bytes alone.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { recoverAddress } from '../lib/secp256k1.ts';
import { signingDigest } from './signing.ts';
import { decodeTransaction, type TransactionErrorCode } from './transaction.ts';
import type { Domain, SignedTransaction, Transaction, Verdict } from './types.ts';
import { refused } from './verdict.ts';

/** A transaction whose form and signature hold. */
export interface OpenedTransaction {
  readonly transaction: Transaction;
  readonly signer: Hex;
  /** The 32 bytes that were signed. */
  readonly digest: Bytes;
}

/** Larger transactions are not remembered: there the signature is the smaller part of the work. */
const MAX_REMEMBERED_BYTES = 1024;
/** Transactions in each of the two halves of a memory: about 20 MB at most. */
const HALF_SIZE = 4096;

interface Remembered {
  readonly domain: Domain;
  readonly opened: OpenedTransaction;
}

/** Two halves: when the young one is full it becomes the old one, and the old one is forgotten. */
class Memory {
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();

  find(domain: Domain, key: string): OpenedTransaction | undefined {
    const found = this.#young.get(key) ?? this.#old.get(key);
    return found !== undefined && isSame(found.domain, domain) ? found.opened : undefined;
  }

  keep(key: string, remembered: Remembered): void {
    if (this.#young.size >= HALF_SIZE) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, remembered);
  }
}

/** One for the process: whoever serves orders and whoever executes them know the domain apart from each other. */
const memory = new Memory();

/** Decodes a transaction and recovers its signer, or says why that cannot be: TX_TOO_LARGE, TX_MALFORMED, TX_BAD_SIGNATURE. */
export function openTransaction(domain: Domain, bytes: Bytes): OpenedTransaction | Verdict {
  if (bytes.length > MAX_REMEMBERED_BYTES) return open(domain, bytes);
  // One character per byte. Spread into arguments the bytes would be iterated over, at five times the cost.
  const key = String.fromCharCode.apply(null, bytes as Uint8Array & number[]);
  const known = memory.find(domain, key);
  if (known !== undefined) return known;
  // A copy: the payload is a view, and its buffer may be large and may be reused by whoever received it.
  const opened = open(domain, Uint8Array.from(bytes));
  if (!('code' in opened)) memory.keep(key, { domain, opened });
  return opened;
}

function open(domain: Domain, bytes: Bytes): OpenedTransaction | Verdict {
  let signed: SignedTransaction;
  try {
    signed = decodeTransaction(bytes);
  } catch (error) {
    if (!hasCode<TransactionErrorCode>(error)) throw error;
    return refused(error.code, error.message);
  }
  const digest = signingDigest(domain, signed.transaction);
  const signer = recoverAddress(digest, signed.signature);
  if (signer === undefined) return refused('TX_BAD_SIGNATURE', 'the signature is not one of a key');
  return { transaction: signed.transaction, signer, digest };
}

function isSame(a: Domain, b: Domain): boolean {
  return a === b || (a.salt === b.salt && a.verifyingContract === b.verifyingContract && a.chainId === b.chainId);
}
