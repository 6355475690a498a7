// ed25519 keys of validators: reading, addresses, signing. Node's own implementation (OpenSSL) does the curve.

import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { addressOfKey } from '../../abci/chain/validators-hash.ts';
import { type Bytes, concatBytes, type Hex, hex, to0x } from '../../lib/bytes.ts';
import { EngineError } from '../errors.ts';

/** PKCS #8 header of an ed25519 private key (RFC 8410, section 7); the 32 bytes of the seed follow. */
const PKCS8 = hex('302e020100300506032b657004220420');
export interface ConsensusKey {
  /** 32 bytes. */
  readonly publicKey: Bytes;
  readonly address: Bytes;
  readonly addressHex: Hex;
  /** 64 bytes. */
  sign(message: Bytes): Bytes;
}

/** A key from its seed (32 bytes), from seed and public key (64 bytes, as CometBFT keeps it) or from PKCS #8. */
export function readConsensusKey(privateKey: Bytes): ConsensusKey {
  const object = keyObject(privateKey);
  const publicKey = Uint8Array.from(createPublicKey(object).export({ format: 'der', type: 'spki' }).subarray(-32));
  const address = addressOfKey(publicKey);
  return {
    publicKey,
    address,
    addressHex: to0x(address),
    sign: (message) => Uint8Array.from(sign(null, message, object)),
  };
}

function keyObject(privateKey: Bytes): KeyObject {
  const der = privateKey.length === 32 || privateKey.length === 64 ? concatBytes(PKCS8, privateKey.slice(0, 32)) : privateKey;
  try {
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new EngineError('ENGINE_OPTIONS_INVALID', 'the private key of a node is not an ed25519 key', {}, { cause });
  }
  throw new EngineError('ENGINE_OPTIONS_INVALID', 'the private key of a node is not an ed25519 key');
}
