// The full check of a store: every record is read from disk and proved by its hash up to the root, every key is in its
// place, every node has the one shape that its content allows, and no record is left over.

import { compareBytes, toHex } from '../lib/bytes.ts';
import { corrupt } from './disk-errors.ts';
import {
  BUCKET,
  BUCKET_LIMIT,
  bucketHead,
  innerChildren,
  innerPrefix,
  leafBody,
  leafKey,
  leafStarts,
  type Node,
  symbolText,
} from './layout.ts';
import type { LevelMedium } from './level-medium.ts';
import { valueName } from './records.ts';

export interface TreeAudit {
  readonly entries: number;
  readonly pages: number;
  /** Values that have a record of their own. */
  readonly longValues: number;
}

/** Checks what is on disk at the last checkpoint, of which `root` is the root; throws STORE_CORRUPT at the first fault. */
export async function auditTree(medium: LevelMedium, root: Node): Promise<TreeAudit> {
  const audit = new Audit(medium);
  if (root.count > 0) audit.subtree('', root);
  let stored = 0;
  for await (const _ of medium.storedNames()) stored++;
  const { entries, pages, longValues } = audit;
  if (stored !== pages + longValues) throw corrupt(medium.name, `${stored - pages - longValues} records belong to nothing`);
  return { entries, pages, longValues };
}

class Audit {
  entries = 0;
  pages = 0;
  longValues = 0;
  readonly #medium: LevelMedium;

  constructor(medium: LevelMedium) {
    this.#medium = medium;
  }

  subtree(path: string, node: Node): void {
    const page = this.#medium.readStored(path, node.hash);
    if (!page) throw corrupt(this.#medium.name, `page "${path}" is missing`);
    this.pages++;
    if (page[0] === BUCKET) this.#bucket(path, node, page);
    else this.#inner(path, node, page);
  }

  #inner(path: string, node: Node, page: Uint8Array): void {
    const before = path + innerPrefix(page);
    const children = innerChildren(page);
    const present = children.filter((child) => child !== undefined);
    const count = present.reduce((sum, child) => sum + child.count, 0);
    this.#must(count === node.count && count > BUCKET_LIMIT && present.length > 1, path, 'has another shape than its content');
    for (const [symbol, child] of children.entries()) if (child) this.subtree(before + symbolText(symbol), child);
  }

  #bucket(path: string, node: Node, page: Uint8Array): void {
    const n = page[1] as number;
    this.#must(n === node.count && n <= BUCKET_LIMIT, path, 'has another number of entries');
    let previous: Uint8Array | undefined;
    for (const at of leafStarts(page, bucketHead(n)).slice(0, n)) {
      const key = leafKey(page, at);
      const hex = toHex(key);
      const inPlace = path.endsWith('-') ? `${hex}-` === path : hex.startsWith(path);
      this.#must(inPlace && (!previous || compareBytes(previous, key) < 0), path, 'has a key that is not in its place');
      this.#value(path, page, at, hex);
      previous = key;
      this.entries++;
    }
  }

  #value(path: string, page: Uint8Array, at: number, hex: string): void {
    const body = leafBody(page, at);
    if (!body.long) return;
    this.#must(this.#medium.readStored(valueName(hex), body.bytes) !== undefined, path, `lacks the value of ${hex}`);
    this.longValues++;
  }

  #must(holds: boolean, path: string, what: string): void {
    if (!holds) throw corrupt(this.#medium.name, `page "${path}" ${what}`);
  }
}
