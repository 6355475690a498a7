// Makes the proof of a key from the pages on its way: of each inner node its header and the hashes beside the way, of the
// bucket at the end the hashes of the other entries, and for an absent key the two entries between which it would be.
// docs/state.md has the bytes; verify-proof.ts is the other half.

import { type Bytes, concatBytes, toHex } from '../lib/bytes.ts';
import {
  BUCKET,
  bucketHead,
  childIndex,
  HASH,
  hasChild,
  innerBitmap,
  innerHashes,
  innerPrefix,
  leafStarts,
  type Node,
  symbolAt,
} from './layout.ts';
import type { Records } from './records.ts';
import type { ProofOperator } from './state-store.ts';
import { PROOF_TYPE } from './verify-proof.ts';
import { pagesTowards, seekLeaf } from './walk.ts';

/** Proof that `key` has its value, or is absent, under `root`. */
export function proveKey(records: Records, root: Node, key: Bytes): readonly ProofOperator[] {
  const hex = toHex(key);
  const parts: Bytes[] = [];
  let depth = 0;
  for (const page of pagesTowards(records, root, hex)) {
    if (page[0] === BUCKET) parts.push(bucketPart(page, key));
    else {
      parts.push(innerPart(page, hex, depth));
      depth += innerPrefix(page).length + 1;
    }
  }
  if (root.count === 0) parts.push(Uint8Array.of(BUCKET, 0, 0));
  return [{ type: PROOF_TYPE, key: new Uint8Array(key), data: concatBytes(...parts) }];
}

function innerPart(page: Bytes, hex: string, depth: number): Bytes {
  const prefix = innerPrefix(page);
  const bitmap = innerBitmap(page);
  const symbol = symbolAt(hex, depth + prefix.length);
  if (!hex.startsWith(prefix, depth) || !hasChild(bitmap, symbol)) return page;
  const at = innerHashes(page, bitmap) + HASH * childIndex(bitmap, symbol);
  return concatBytes(page.subarray(0, at), page.subarray(at + HASH));
}

function bucketPart(page: Bytes, key: Bytes): Bytes {
  const n = page[1] as number;
  const { index, found } = seekLeaf(page, key);
  const from = found ? index : Math.max(0, index - 1);
  const to = Math.min(n, index + 1);
  const starts = leafStarts(page, bucketHead(n));
  const shown = found ? new Uint8Array(0) : page.subarray(starts[from], starts[to]);
  return concatBytes(
    Uint8Array.of(BUCKET, n, index),
    shown,
    page.subarray(2, 2 + HASH * from),
    page.subarray(2 + HASH * to, bucketHead(n)),
  );
}
