// Bare headers with forks, for tests of what only looks at numbers and hashes.

import type { Header } from '../../relayer/ethereum/types.ts';
import { type Hex, textBytes } from '../../relayer/lib/bytes.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';

export class BlockTree {
  readonly #blocks = new Map<Hex, Header>();
  readonly genesis: Header;

  constructor() {
    this.genesis = this.#keep({ number: 0n, hash: keccakHex(textBytes('genesis')), parentHash: `0x${'00'.repeat(32)}` });
  }

  /** `count` blocks on top of `parent`; another branch for another name. The last one. */
  grow(parent: Header, count: number, branch = ''): Header {
    let tip = parent;
    for (let i = 0; i < count; i++) {
      const hash = keccakHex(textBytes(`${tip.hash}${branch}`));
      tip = this.#keep({ number: tip.number + 1n, hash, parentHash: tip.hash });
    }
    return tip;
  }

  /** The block and its ancestors, ascending, at most `limit`. */
  path(tip: Header, limit = Number.POSITIVE_INFINITY): readonly Header[] {
    const path: Header[] = [];
    for (let block: Header | undefined = tip; block !== undefined && path.length < limit; ) {
      path.push(block);
      block = this.#blocks.get(block.parentHash);
    }
    return path.reverse();
  }

  /** Ancestors of `tip` (or itself) with numbers from..to. */
  range(tip: Header, from: bigint, to: bigint): readonly Header[] {
    return this.path(tip).filter(({ number }) => number >= from && number <= to);
  }

  #keep(header: Header): Header {
    this.#blocks.set(header.hash, header);
    return header;
  }
}
