// Reading one version of the tree: a key, or all keys with a prefix in order. Reads only the pages on the way.

import { type Bytes, compareBytes, toHex } from '../lib/bytes.ts';
import type { StateReader } from '../peg/types.ts';
import {
  BUCKET,
  bucketHead,
  childIndex,
  hasChild,
  innerBitmap,
  innerChild,
  innerChildren,
  innerPrefix,
  leafBody,
  leafEnd,
  leafKey,
  type Node,
  symbolAt,
  symbolText,
} from './layout.ts';
import type { Records } from './records.ts';

/** The pages from the root towards `hex`, down to the bucket or the inner node where its way ends. */
export function* pagesTowards(records: Records, root: Node, hex: string): Iterable<Bytes> {
  let path = '';
  for (let node: Node | undefined = root; node && node.count > 0; ) {
    const page = records.page(path, node.hash);
    yield page;
    if (page[0] === BUCKET) return;
    const prefix = innerPrefix(page);
    if (!hex.startsWith(prefix, path.length)) return;
    const symbol = symbolAt(hex, path.length + prefix.length);
    path += prefix + symbolText(symbol);
    const bitmap = innerBitmap(page);
    node = hasChild(bitmap, symbol) ? innerChild(page, bitmap, childIndex(bitmap, symbol)) : undefined;
  }
}

/** Index and place of the first leaf of a bucket whose key is not below `key`, and whether it is that very key. */
export function seekLeaf(bucket: Bytes, key: Bytes): { index: number; at: number; found: boolean } {
  const n = bucket[1] as number;
  let at = bucketHead(n);
  for (let index = 0; index < n; index++) {
    const order = compareBytes(leafKey(bucket, at), key);
    if (order >= 0) return { index, at, found: order === 0 };
    at = leafEnd(bucket, at);
  }
  return { index: n, at, found: false };
}

/** One version as an ordered map; values and keys are copies. */
export class TreeReader implements StateReader {
  readonly #records: Records;
  readonly #root: Node;

  constructor(records: Records, root: Node) {
    this.#records = records;
    this.#root = root;
  }

  get(key: Bytes): Bytes | undefined {
    const hex = toHex(key);
    let last: Bytes | undefined;
    for (const page of pagesTowards(this.#records, this.#root, hex)) last = page;
    if (last?.[0] !== BUCKET) return undefined;
    const { at, found } = seekLeaf(last, key);
    return found ? this.#value(last, at, hex) : undefined;
  }

  scan(prefix: Bytes, after?: Bytes): Iterable<readonly [key: Bytes, value: Bytes]> {
    return this.#scan('', this.#root, toHex(prefix), after === undefined ? undefined : toHex(after));
  }

  *#scan(path: string, node: Node, wanted: string, after: string | undefined): Iterable<readonly [key: Bytes, value: Bytes]> {
    if (node.count === 0) return;
    const page = this.#records.page(path, node.hash);
    if (page[0] === BUCKET) return yield* this.#leaves(page, wanted, after);
    const before = path + innerPrefix(page);
    const children = innerChildren(page);
    for (let symbol = 0; symbol < children.length; symbol++) {
      const child = children[symbol];
      const below = before + symbolText(symbol);
      // All keys below are smaller than `after`; the text of END sorts before every digit, as a shorter key does.
      if (after !== undefined && below < after.slice(0, below.length)) continue;
      if (child && (below.startsWith(wanted) || wanted.startsWith(below))) yield* this.#scan(below, child, wanted, after);
    }
  }

  *#leaves(bucket: Bytes, wanted: string, after: string | undefined): Iterable<readonly [key: Bytes, value: Bytes]> {
    const n = bucket[1] as number;
    for (let i = 0, at = bucketHead(n); i < n; i++, at = leafEnd(bucket, at)) {
      const key = leafKey(bucket, at);
      const hex = toHex(key);
      if (hex.startsWith(wanted) && (after === undefined || hex > after)) yield [key.slice(), this.#value(bucket, at, hex)];
    }
  }

  #value(page: Bytes, at: number, hex: string): Bytes {
    const body = leafBody(page, at);
    return body.long ? this.#records.value(hex, body.bytes).slice() : body.bytes.slice();
  }
}
