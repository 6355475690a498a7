// The candidate nearest to the store's own tree: a binary trie with path compression over the bits of the key, a node an
// object. It shows what small proofs cost: some twenty hashes a change at a million accounts where the store needs five.

import { hash } from 'node:crypto';
import { type Bytes, concatBytes, equalBytes } from '../../relayer/lib/bytes.ts';

interface Leaf {
  readonly key: Bytes;
  value: Bytes;
  hash: Bytes | undefined;
}
interface Inner {
  readonly bit: number;
  readonly children: [Tree, Tree];
  hash: Bytes | undefined;
}
type Tree = Leaf | Inner;

const sha256 = (bytes: Bytes): Bytes => Uint8Array.from(hash('sha256', bytes, 'binary'), (character) => character.charCodeAt(0));
const bitAt = (key: Bytes, bit: number): 0 | 1 => (((key[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) as 0 | 1;

/** Keys of one length only. */
export class BinaryTrie {
  #root: Tree | undefined;

  put(key: Bytes, value: Bytes): void {
    if (!this.#root) {
      this.#root = { key, value, hash: undefined };
      return;
    }
    const nearest = this.#way(key).at(-1) as Leaf;
    if (equalBytes(nearest.key, key)) {
      for (const node of this.#way(key)) node.hash = undefined;
      nearest.value = value;
      return;
    }
    let bit = 0;
    while (bitAt(nearest.key, bit) === bitAt(key, bit)) bit++;
    const leaf: Leaf = { key, value, hash: undefined };
    const above = this.#way(key).filter((node): node is Inner => 'bit' in node && node.bit < bit);
    for (const node of above) node.hash = undefined;
    const parent = above.at(-1);
    const below = parent ? parent.children[bitAt(key, parent.bit)] : this.#root;
    const inner: Inner = { bit, children: bitAt(key, bit) === 0 ? [leaf, below] : [below, leaf], hash: undefined };
    if (parent) parent.children[bitAt(key, parent.bit)] = inner;
    else this.#root = inner;
  }

  root(): Bytes | undefined {
    return this.#root && this.#hash(this.#root);
  }

  /** A hash and the number of a bit for every node on the way. */
  proofSize(key: Bytes): number {
    return (this.#way(key).length - 1) * 34;
  }

  #way(key: Bytes): Tree[] {
    const way: Tree[] = [];
    for (let node = this.#root; node; node = 'bit' in node ? node.children[bitAt(key, node.bit)] : undefined) way.push(node);
    return way;
  }

  #hash(node: Tree): Bytes {
    node.hash ??=
      'bit' in node
        ? sha256(
            concatBytes(
              Uint8Array.of(1, node.bit >> 8, node.bit & 0xff),
              this.#hash(node.children[0]),
              this.#hash(node.children[1]),
            ),
          )
        : sha256(concatBytes(Uint8Array.of(0, node.key.length), node.key, node.value));
    return node.hash;
  }
}
