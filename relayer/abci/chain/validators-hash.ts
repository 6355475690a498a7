// What a header says of its validators: the root over their keys and powers; and the address that follows from a key.
// Needs no module of Node; the light client uses it in browsers.
// Source: CometBFT spec/core/data_structures.md (SimpleValidator) at v0.38.

import { SimpleValidator } from 'cosmjs-types/tendermint/types/validator';
import { type Bytes, hex } from '../../lib/bytes.ts';
import { consensusAddress } from '../../peg/consensus-address.ts';
import { merkleRoot } from './merkle.ts';

/** The highest total power that CometBFT accepts: an eighth of the int64 range. */
export const MAX_TOTAL_POWER = (2n ** 63n - 1n) / 8n;

/** A validator as headers commit to it. */
export interface KeyPower {
  /** ed25519, 32 bytes. */
  readonly publicKey: Bytes;
  readonly power: bigint;
}

/** Consensus address of an ed25519 key: 20 bytes. */
export function addressOfKey(publicKey: Bytes): Bytes {
  return hex(consensusAddress(publicKey), 20);
}

/** Merkle root (32 bytes) over (public key, power) in the set's order: `validators_hash` of a header. */
export function validatorsRoot(validators: readonly KeyPower[]): Bytes {
  const leaf = ({ publicKey, power }: KeyPower) =>
    SimpleValidator.encode({ pubKey: { ed25519: publicKey }, votingPower: power }).finish();
  return merkleRoot(validators.map(leaf));
}
