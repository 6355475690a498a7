// Applies sorted changes to a version of the tree and says which records that writes. Each page on the way to a change
// is read and made once, whatever the number of changes below it; nothing else is touched. The result depends on the
// content alone: a subtree of at most BUCKET_LIMIT entries is one bucket, any other an inner node with the longest
// prefix its keys share and at least two children.

import { type Bytes, equalBytes, toHex } from '../lib/bytes.ts';
import { StoreError } from './codes.ts';
import {
  BUCKET,
  BUCKET_LIMIT,
  bucketPage,
  childIndex,
  EMPTY_BUCKET,
  HASH,
  hasChild,
  innerBitmap,
  innerChild,
  innerChildren,
  innerPage,
  innerPrefix,
  leafBody,
  leafKey,
  leafStarts,
  leafSymbol,
  MAX_KEY,
  type Node,
  SHORT_VALUE,
  SYMBOLS,
  setInnerChild,
  symbolAt,
  symbolText,
} from './layout.ts';
import { LeafPieces } from './leaf-pieces.ts';
import { type Records, valueName } from './records.ts';
import { EMPTY, makeLeaf, pageHash } from './sha256.ts';

/** A change with the hex text of its key. */
export interface SortedChange {
  readonly key: Bytes;
  readonly hex: string;
  readonly value: Bytes | undefined;
}

/** What a key was and what it is now; never equal. */
export interface Difference {
  readonly key: Bytes;
  readonly before: Bytes | undefined;
  readonly after: Bytes | undefined;
}

/** Records by name; undefined where there is none (any more). */
export type RecordMap = ReadonlyMap<string, Bytes | undefined>;

export interface Update {
  readonly root: Node;
  /** What really changed, in order of keys. */
  readonly differences: readonly Difference[];
  readonly written: RecordMap;
  /** For every name in `written`, the record of the version before. */
  readonly replaced: RecordMap;
}

/** The version that follows from `root` by `changes`, which must be in ascending order of keys, one a key. */
export function updateTree(records: Records, root: Node, changes: readonly SortedChange[]): Update {
  const update = new TreeUpdate(records);
  const after = changes.length === 0 ? root : update.subtree('', root, changes);
  return { root: after, differences: update.differences, written: update.written, replaced: update.replaced };
}

class TreeUpdate {
  readonly differences: Difference[] = [];
  readonly written = new Map<string, Bytes | undefined>();
  readonly replaced = new Map<string, Bytes | undefined>();
  readonly #records: Records;
  readonly #read = new Map<string, Bytes>();

  constructor(records: Records) {
    this.#records = records;
  }

  subtree(path: string, node: Node, changes: readonly SortedChange[]): Node {
    const page = node.count === 0 ? EMPTY_BUCKET : this.#page(path, node);
    return page[0] === BUCKET ? this.#bucket(path, node, page, changes) : this.#inner(path, node, page, changes);
  }

  #bucket(path: string, node: Node, page: Bytes, changes: readonly SortedChange[]): Node {
    const known = this.differences.length;
    const pieces = new LeafPieces().open(page);
    for (const change of changes) {
      const old = pieces.seek(change.key);
      const leaf = this.#change(old, change);
      if (leaf === old) continue;
      if (!leaf) pieces.drop();
      else if (old) pieces.replace(leaf);
      else pieces.insert(leaf);
    }
    return this.differences.length === known ? node : this.#place(path, pieces.takeRest());
  }

  #inner(path: string, node: Node, page: Bytes, changes: readonly SortedChange[]): Node {
    const prefix = innerPrefix(page);
    let relevant = changes;
    let shared = sharedPrefix(prefix, path.length, changes);
    if (shared < prefix.length) {
      relevant = changes.filter(({ hex, value }) => value !== undefined || hex.startsWith(prefix, path.length));
      if (relevant.length === 0) return node;
      shared = sharedPrefix(prefix, path.length, relevant);
    }
    if (shared === prefix.length) return this.#children(path, node, page, relevant);
    return this.#children(path, node, this.#split(path, node, page, shared), relevant);
  }

  /** The node above an inner node whose prefix no longer holds for all keys; moves that node down. */
  #split(path: string, node: Node, page: Bytes, shared: number): Bytes {
    const prefix = innerPrefix(page);
    const lower = innerPage(prefix.slice(shared + 1), innerChildren(page));
    const children: (Node | undefined)[] = new Array(SYMBOLS).fill(undefined);
    children[symbolAt(prefix, shared)] = this.#write(path + prefix.slice(0, shared + 1), lower, node.count);
    return innerPage(prefix.slice(0, shared), children);
  }

  #children(path: string, node: Node, page: Bytes, changes: readonly SortedChange[]): Node {
    const before = path + innerPrefix(page);
    const bitmap = innerBitmap(page);
    const changed: { symbol: number; child: Node }[] = [];
    let count = node.count;
    let sameShape = true;
    for (let from = 0, to = 0; from < changes.length; from = to) {
      const symbol = symbolAt((changes[from] as SortedChange).hex, before.length);
      while (to < changes.length && symbolAt((changes[to] as SortedChange).hex, before.length) === symbol) to++;
      const old = hasChild(bitmap, symbol) ? innerChild(page, bitmap, childIndex(bitmap, symbol)) : EMPTY;
      const child = this.subtree(before + symbolText(symbol), old, changes.slice(from, to));
      if (child === old) continue;
      changed.push({ symbol, child });
      count += child.count - old.count;
      sameShape &&= old.count > 0 && child.count > 0;
    }
    if (changed.length === 0) return node;
    if (sameShape && count > BUCKET_LIMIT) {
      const copy = page.slice();
      for (const { symbol, child } of changed) setInnerChild(copy, bitmap, childIndex(bitmap, symbol), child);
      return this.#write(path, copy, count);
    }
    const children = innerChildren(page);
    for (const { symbol, child } of changed) children[symbol] = child.count === 0 ? undefined : child;
    return this.#join(path, before, children, count);
  }

  /** The node at `path` over `children`, whose paths begin with `before` (path and prefix). */
  #join(path: string, before: string, children: readonly (Node | undefined)[], count: number): Node {
    const present = children.flatMap((child, symbol) => (child ? [{ child, path: before + symbolText(symbol) }] : []));
    if (count <= BUCKET_LIMIT) {
      const pieces = new LeafPieces();
      for (const one of present) pieces.open(this.#page(one.path, one.child)).takeRest();
      for (const one of present) this.#record(one.path, undefined);
      return this.#place(path, pieces);
    }
    const [only, second] = present;
    if (only === undefined || second !== undefined)
      return this.#write(path, innerPage(before.slice(path.length), children), count);
    const lower = this.#page(only.path, only.child);
    this.#record(only.path, undefined);
    return this.#write(path, innerPage(only.path.slice(path.length) + innerPrefix(lower), innerChildren(lower)), count);
  }

  /** The canonical subtree of leaves that all belong below `path`. */
  #place(path: string, pieces: LeafPieces): Node {
    if (pieces.count === 0) {
      this.#record(path, undefined);
      return EMPTY;
    }
    if (pieces.count <= BUCKET_LIMIT) {
      return this.#write(path, pieces.page(), pieces.count);
    }
    const { hashes, leaves } = pieces.join();
    return this.#build(path, { hashes, leaves, starts: leafStarts(leaves, 0) }, 0, pieces.count);
  }

  #build(path: string, all: SortedLeaves, from: number, to: number): Node {
    const { hashes, leaves, starts } = all;
    const start = (i: number) => starts[i] as number;
    if (to - from <= BUCKET_LIMIT) {
      const bytes = leaves.subarray(start(from), start(to));
      return this.#write(path, bucketPage(to - from, [hashes.subarray(HASH * from, HASH * to)], [bytes]), to - from);
    }
    let depth = path.length;
    while (leafSymbol(leaves, start(from), depth) === leafSymbol(leaves, start(to - 1), depth)) depth++;
    const before = toHex(leafKey(leaves, start(from))).slice(0, depth);
    const children: (Node | undefined)[] = new Array(SYMBOLS).fill(undefined);
    for (let first = from, next = from; first < to; first = next) {
      const symbol = leafSymbol(leaves, start(first), depth);
      while (next < to && leafSymbol(leaves, start(next), depth) === symbol) next++;
      children[symbol] = this.#build(before + symbolText(symbol), all, first, next);
    }
    return this.#write(path, innerPage(before.slice(path.length), children), to - from);
  }

  /** The leaf after a change, `old` itself when nothing changes; notes the difference and the record of a long value. */
  #change(old: Bytes | undefined, { key, hex, value }: SortedChange): Bytes | undefined {
    const body = old && leafBody(old, 0);
    const before = body?.long ? this.#records.value(hex, body.bytes) : body?.bytes;
    if (before === undefined ? value === undefined : value !== undefined && equalBytes(before, value)) return old;
    const leaf = value && makeLeaf(key, value);
    const long = value !== undefined && value.length > SHORT_VALUE;
    const copy = long ? new Uint8Array(value) : leaf && leafBody(leaf, 0).bytes;
    this.differences.push({ key: leafKey((leaf ?? old) as Bytes, 0), before, after: copy });
    if (long || body?.long) this.#replace(valueName(hex), body?.long ? before : undefined, long ? copy : undefined);
    return leaf;
  }

  #page(path: string, node: Node): Bytes {
    const made = this.written.get(path);
    if (made) return made;
    const page = this.#records.page(path, node.hash);
    this.#read.set(path, page);
    return page;
  }

  #write(path: string, page: Bytes, count: number): Node {
    this.#record(path, page);
    return { hash: pageHash(page), count };
  }

  /** A page that was there before has always been read before it is replaced. */
  #record(path: string, page: Bytes | undefined): void {
    this.#replace(path, this.#read.get(path), page);
  }

  #replace(name: string, before: Bytes | undefined, after: Bytes | undefined): void {
    const known = this.written.has(name);
    if (!known && before === undefined && after === undefined) return;
    if (!known) this.replaced.set(name, before);
    this.written.set(name, after);
  }
}

/** Leaves in order of keys: hashes and bytes one after the other, and where each one's bytes begin. */
interface SortedLeaves {
  readonly hashes: Bytes;
  readonly leaves: Bytes;
  readonly starts: readonly number[];
}

/** How many nibbles of `prefix`, from `depth` on, all keys share with it; the first and the last decide, being in order. */
function sharedPrefix(prefix: string, depth: number, changes: readonly SortedChange[]): number {
  if (prefix === '') return 0;
  let shared = prefix.length;
  for (const change of [changes[0], changes[changes.length - 1]] as SortedChange[]) {
    let same = 0;
    while (same < shared && change.hex.charCodeAt(depth + same) === prefix.charCodeAt(same)) same++;
    shared = same;
  }
  return shared;
}

/** Sorts changes by key; of several for one key the last counts. Throws STORE_TOO_LONG for a key that is. */
export function sortChanges(changes: Iterable<readonly [key: Bytes, value: Bytes | undefined]>): SortedChange[] {
  const sorted: SortedChange[] = [];
  for (const [key, value] of changes) {
    if (key.length > MAX_KEY) {
      throw new StoreError('STORE_TOO_LONG', `a key has ${key.length} bytes, at most ${MAX_KEY} are possible`, {
        bytes: key.length,
      });
    }
    sorted.push({ key, hex: toHex(key), value });
  }
  sorted.sort((a, b) => (a.hex < b.hex ? -1 : a.hex > b.hex ? 1 : 0));
  return sorted.filter((change, i) => change.hex !== sorted[i + 1]?.hex);
}
