// Applies sorted changes to a version of the tree and says which records that writes. Each page on the way to a change
// is read and made once, whatever the number of changes below it; nothing else is touched. The result depends on the
// content alone: a subtree of at most BUCKET_LIMIT entries is one bucket, any other an inner node with the longest
// prefix its keys share and at least two children.

import { type Bytes, compareBytes, equalBytes, toHex } from '../lib/bytes.ts';
import { StoreError } from './codes.ts';
import {
  BUCKET,
  BUCKET_LIMIT,
  bucketLeaves,
  bucketPage,
  innerChildren,
  innerPage,
  innerPrefix,
  type Leaf,
  leafBody,
  leafKey,
  MAX_KEY,
  type Node,
  SHORT_VALUE,
  symbolAt,
  symbolText,
} from './layout.ts';
import type { Records } from './records.ts';
import { valueName } from './records.ts';
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
    if (node.count === 0) return this.#place(path, this.#merge([], changes));
    const page = this.#page(path, node);
    return page[0] === BUCKET ? this.#bucket(path, node, page, changes) : this.#inner(path, node, page, changes);
  }

  #bucket(path: string, node: Node, page: Bytes, changes: readonly SortedChange[]): Node {
    const known = this.differences.length;
    const leaves = this.#merge(bucketLeaves(page), changes);
    return this.differences.length === known ? node : this.#place(path, leaves);
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
    const children = shared === prefix.length ? innerChildren(page) : this.#split(path, node, page, prefix, shared);
    const before = path + prefix.slice(0, shared);
    let changed = shared < prefix.length;
    for (let from = 0; from < relevant.length; ) {
      const symbol = symbolAt((relevant[from] as SortedChange).hex, before.length);
      let to = from + 1;
      while (to < relevant.length && symbolAt((relevant[to] as SortedChange).hex, before.length) === symbol) to++;
      const child = children[symbol] ?? EMPTY;
      const after = this.subtree(before + symbolText(symbol), child, relevant.slice(from, to));
      changed ||= after !== child;
      children[symbol] = after.count === 0 ? undefined : after;
      from = to;
    }
    return changed ? this.#join(path, before, children) : node;
  }

  /** Moves an inner node below the place where its prefix no longer holds for all; returns the children of the node above it. */
  #split(path: string, node: Node, page: Bytes, prefix: string, shared: number): (Node | undefined)[] {
    const symbol = symbolAt(prefix, shared);
    const lower = innerPage(prefix.slice(shared + 1), innerChildren(page));
    const children: (Node | undefined)[] = new Array(17).fill(undefined);
    children[symbol] = this.#write(path + prefix.slice(0, shared + 1), lower, node.count);
    return children;
  }

  /** The node at `path` over `children`, whose paths begin with `before` (path and prefix). */
  #join(path: string, before: string, children: readonly (Node | undefined)[]): Node {
    const present = children.flatMap((child, symbol) => (child ? [{ child, path: before + symbolText(symbol) }] : []));
    const count = present.reduce((sum, { child }) => sum + child.count, 0);
    if (count <= BUCKET_LIMIT) {
      const leaves = present.flatMap((one) => bucketLeaves(this.#page(one.path, one.child)));
      for (const one of present) this.#remove(one.path);
      return this.#place(path, leaves);
    }
    const [only, second] = present;
    if (only === undefined || second !== undefined)
      return this.#write(path, innerPage(before.slice(path.length), children), count);
    const lower = this.#page(only.path, only.child);
    this.#remove(only.path);
    return this.#write(path, innerPage(only.path.slice(path.length) + innerPrefix(lower), innerChildren(lower)), count);
  }

  /** The canonical subtree of `leaves`, which all belong below `path`. */
  #place(path: string, leaves: readonly Leaf[]): Node {
    if (leaves.length === 0) {
      this.#remove(path);
      return EMPTY;
    }
    if (leaves.length <= BUCKET_LIMIT) return this.#write(path, bucketPage(leaves), leaves.length);
    const keys = leaves.map((leaf) => toHex(leafKey(leaf.bytes, 0)));
    const first = keys[0] as string;
    const last = keys[keys.length - 1] as string;
    let depth = path.length;
    while (depth < first.length && first.charCodeAt(depth) === last.charCodeAt(depth)) depth++;
    const before = first.slice(0, depth);
    const children: (Node | undefined)[] = new Array(17).fill(undefined);
    for (let from = 0; from < leaves.length; ) {
      const symbol = symbolAt(keys[from] as string, depth);
      let to = from + 1;
      while (to < leaves.length && symbolAt(keys[to] as string, depth) === symbol) to++;
      children[symbol] = this.#place(before + symbolText(symbol), leaves.slice(from, to));
      from = to;
    }
    return this.#write(path, innerPage(before.slice(path.length), children), leaves.length);
  }

  /** The leaves after the changes, in order; notes the differences and the records of long values. */
  #merge(leaves: readonly Leaf[], changes: readonly SortedChange[]): Leaf[] {
    const merged: Leaf[] = [];
    let at = 0;
    for (const change of changes) {
      let order = -1;
      for (; at < leaves.length; at++) {
        order = compareBytes(leafKey((leaves[at] as Leaf).bytes, 0), change.key);
        if (order >= 0) break;
        merged.push(leaves[at] as Leaf);
      }
      const old = at < leaves.length && order === 0 ? leaves[at++] : undefined;
      const leaf = this.#change(old, change);
      if (leaf) merged.push(leaf);
    }
    for (; at < leaves.length; at++) merged.push(leaves[at] as Leaf);
    return merged;
  }

  #change(old: Leaf | undefined, { key, hex, value }: SortedChange): Leaf | undefined {
    const body = old && leafBody(old.bytes, 0);
    const before = body?.long ? this.#records.value(hex, body.bytes) : body?.bytes;
    if (before === undefined ? value === undefined : value !== undefined && equalBytes(before, value)) return old;
    const leaf = value && makeLeaf(key, value);
    const long = value !== undefined && value.length > SHORT_VALUE;
    const copy = long ? new Uint8Array(value) : leaf && leafBody(leaf.bytes, 0).bytes;
    this.differences.push({ key: leafKey((leaf ?? (old as Leaf)).bytes, 0), before, after: copy });
    if (long || body?.long) {
      this.#replace(valueName(hex), body?.long ? before : undefined, long ? copy : undefined);
    }
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

  #remove(path: string): void {
    this.#record(path, undefined);
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
