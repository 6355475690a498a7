// Checks a proof of the state with nothing but the proof and the root: no store, no node. Runs in a browser as it is.
// A root of SHA-256 commits to one tree only, and in a well-formed tree a key has one place; so a proof either shows the
// entry at that place, or shows that what is there is another one or none.

import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, compareBytes, equalBytes, toHex } from '../lib/bytes.ts';
import {
  BUCKET,
  BUCKET_LIMIT,
  bitCount,
  bucketHead,
  childIndex,
  HASH,
  hasChild,
  INNER,
  innerBitmap,
  innerHead,
  innerPrefix,
  LEAF,
  leafBytes,
  leafEnd,
  leafKey,
  SHORT_VALUE,
  symbolAt,
} from './layout.ts';
import type { ProofOperator } from './state-store.ts';

/** The `type` of the one operator of a proof; the number is that of the format. */
export const PROOF_TYPE = 'peg:state:1';

/**
 * True when `operators` prove that under `root` (32 bytes) `key` has `value`, or, when `value` is undefined, that there is
 * no such key. Never throws, whatever the bytes; costs one hash a level.
 */
export function verifyProof(operators: readonly ProofOperator[], root: Bytes, key: Bytes, value: Bytes | undefined): boolean {
  const [operator, second] = operators;
  if (!operator || second || operator.type !== PROOF_TYPE || !equalBytes(operator.key, key) || key.length > 127) return false;
  const claim: Claim = { key, hex: toHex(key), value };
  const rest = new Cursor(operator.data);
  const hash = subtreeHash(rest, claim, 0);
  return hash !== undefined && rest.done && equalBytes(hash, root);
}

interface Claim {
  readonly key: Bytes;
  readonly hex: string;
  readonly value: Bytes | undefined;
}

/** Reads on; what is cut off reads as undefined. */
class Cursor {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next byte without taking it. */
  peek(offset = 0): number {
    return this.#bytes[this.#at + offset] ?? -1;
  }

  take(length: number): Bytes | undefined {
    if (this.#at + length > this.#bytes.length) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  takeLeaf(): Bytes | undefined {
    const rest = this.#bytes.subarray(this.#at);
    const end = leafEnd(rest, 0);
    return rest[0] === LEAF ? this.take(end) : undefined;
  }
}

/** The hash of the subtree that the proof shows next, or undefined when it does not bear the claim out. */
function subtreeHash(rest: Cursor, claim: Claim, depth: number): Bytes | undefined {
  if (rest.peek() === BUCKET) return bucketHash(rest, claim);
  return rest.peek() === INNER && depth <= claim.hex.length ? innerHash(rest, claim, depth) : undefined;
}

function innerHash(rest: Cursor, claim: Claim, depth: number): Bytes | undefined {
  const header = rest.take(5 + ((rest.peek(1) + 1) >> 1));
  if (!header || innerHead(header) !== header.length) return undefined;
  const bitmap = innerBitmap(header);
  const prefix = innerPrefix(header);
  const symbol = symbolAt(claim.hex, depth + prefix.length);
  const leadsOn = claim.hex.startsWith(prefix, depth) && hasChild(bitmap, symbol);
  if (!leadsOn && claim.value !== undefined) return undefined;
  const n = bitCount(bitmap);
  const counts = rest.take(4 * n);
  const before = rest.take(HASH * (leadsOn ? childIndex(bitmap, symbol) : n));
  const after = rest.take(leadsOn && before ? HASH * n - before.length - HASH : 0);
  const child = leadsOn ? subtreeHash(rest, claim, depth + prefix.length + 1) : new Uint8Array(0);
  return counts && before && after && child && hashOf(header, counts, before, child, after);
}

function bucketHash(rest: Cursor, claim: Claim): Bytes | undefined {
  const head = rest.take(3);
  if (!head) return undefined;
  const [, n, index] = head as unknown as [number, number, number];
  if (n > BUCKET_LIMIT || index > n) return undefined;
  const shown = claim.value === undefined ? neighbours(rest, claim.key, n, index) : [entry(claim.key, claim.value)];
  if (!shown) return undefined;
  const first = claim.value === undefined && index > 0 ? index - 1 : index;
  const before = rest.take(HASH * first);
  const after = rest.take(Math.max(0, bucketHead(n) - 2 - HASH * (first + shown.length)));
  return before && after && hashOf(head.subarray(0, 2), before, ...shown.map((leaf) => sha256(leaf)), after);
}

function entry(key: Bytes, value: Bytes): Bytes {
  return leafBytes(key, value, value.length > SHORT_VALUE ? sha256(value) : undefined);
}

/** The leaves on both sides of the gap where the key would be; undefined when the key is not between them. */
function neighbours(rest: Cursor, key: Bytes, n: number, index: number): Bytes[] | undefined {
  const shown: Bytes[] = [];
  for (const [there, side] of [[index > 0, -1] as const, [index < n, 1] as const]) {
    if (!there) continue;
    const leaf = rest.takeLeaf();
    if (!leaf || Math.sign(compareBytes(leafKey(leaf, 0), key)) !== side) return undefined;
    shown.push(leaf);
  }
  return shown;
}

function hashOf(...parts: readonly Bytes[]): Bytes {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
