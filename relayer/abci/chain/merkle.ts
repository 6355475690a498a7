// The Merkle tree of RFC 6962 with SHA-256, as CometBFT uses it for everything that a header commits to.
// The hash function is pure JavaScript, so that a browser can check what a node computed; for the short inputs of headers,
// votes and validators it is as fast as the native one. Who hashes long leaves passes a faster one.
// Source: CometBFT spec/core/encoding.md and data_structures.md at v0.38.

import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, concatBytes } from '../../lib/bytes.ts';

/** SHA-256 of the bytes: 32 bytes. */
export type Sha256 = (bytes: Bytes) => Bytes;

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function leafHash(leaf: Bytes, hash: Sha256 = sha256): Bytes {
  return hash(concatBytes(LEAF, leaf));
}

/** Root of the tree over `leaves`; of none, SHA-256 of nothing. */
export function merkleRoot(leaves: readonly Bytes[], hash: Sha256 = sha256): Bytes {
  if (leaves.length === 0) return hash(new Uint8Array());
  return rootOf(
    leaves.map((leaf) => leafHash(leaf, hash)),
    hash,
  );
}

/** The hashes beside the way from leaf `index` to the root, the leaf's neighbour first. */
export function merkleAunts(leaves: readonly Bytes[], index: number): Bytes[] {
  return auntsOf(
    leaves.map((leaf) => leafHash(leaf)),
    index,
  );
}

/** The largest power of two below `length`: the size of the left subtree. */
function splitPoint(length: number): number {
  let split = 1;
  while (split * 2 < length) split *= 2;
  return split;
}

function rootOf(hashes: readonly Bytes[], hash: Sha256): Bytes {
  if (hashes.length === 1) return hashes[0] as Bytes;
  const split = splitPoint(hashes.length);
  return hash(concatBytes(INNER, rootOf(hashes.slice(0, split), hash), rootOf(hashes.slice(split), hash)));
}

function auntsOf(hashes: readonly Bytes[], index: number): Bytes[] {
  if (hashes.length <= 1) return [];
  const split = splitPoint(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split
    ? [...auntsOf(left, index), rootOf(right, sha256)]
    : [...auntsOf(right, index - split), rootOf(left, sha256)];
}
