// Signing with a key at hand, as witnesses, tests and simulations do. Apart from signing.ts, which a browser loads too: the
// native library behind this file is for nodes only.

import type { Bytes } from '../lib/bytes.ts';
import { signDigest } from '../lib/secp256k1.ts';
import { signingDigest } from './signing.ts';
import { encodeTransaction } from './transaction.ts';
import type { Domain, Transaction } from './types.ts';

/** The encoded transaction, signed with a 32-byte private key. */
export function signTransaction(domain: Domain, transaction: Transaction, privateKey: Bytes): Bytes {
  return encodeTransaction({ transaction, signature: signDigest(signingDigest(domain, transaction), privateKey) });
}
