// The Merkle tree of RFC 6962 with SHA-256, as CometBFT uses it for everything that a header commits to.
// Source: CometBFT spec/core/encoding.md and data_structures.md at v0.38.

import { hash } from 'node:crypto';
import { type Bytes, concatBytes } from '../../lib/bytes.ts';

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function sha256(...parts: readonly Bytes[]): Bytes {
  return hash('sha256', parts.length === 1 ? (parts[0] as Bytes) : concatBytes(...parts), 'buffer');
}

export function leafHash(leaf: Bytes): Bytes {
  return sha256(LEAF, leaf);
}

/** Root of the tree over `leaves`; of none, SHA-256 of nothing. */
export function merkleRoot(leaves: readonly Bytes[]): Bytes {
  return leaves.length === 0 ? sha256() : rootOf(leaves.map(leafHash));
}

/** The hashes beside the way from leaf `index` to the root, the leaf's neighbour first. */
export function merkleAunts(leaves: readonly Bytes[], index: number): Bytes[] {
  return auntsOf(leaves.map(leafHash), index);
}

/** The largest power of two below `length`: the size of the left subtree. */
function splitPoint(length: number): number {
  let split = 1;
  while (split * 2 < length) split *= 2;
  return split;
}

function rootOf(hashes: readonly Bytes[]): Bytes {
  if (hashes.length === 1) return hashes[0] as Bytes;
  const split = splitPoint(hashes.length);
  return sha256(INNER, rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

function auntsOf(hashes: readonly Bytes[], index: number): Bytes[] {
  if (hashes.length <= 1) return [];
  const split = splitPoint(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split ? [...auntsOf(left, index), rootOf(right)] : [...auntsOf(right, index - split), rootOf(left)];
}
