// Ethereum's log bloom: 2048 bits, three for each address and topic that a block's logs hold. What is not in it is
// certainly not in the block; what is in it may be an accident.
// Source: Ethereum yellow paper, section 4.3.1 (equation 29 and following).

import { type Bytes, type Hex, hex } from '../lib/bytes.ts';
import { keccak256 } from '../lib/keccak.ts';

/** The three bits of one address or topic, as (byte, mask) of a 256-byte bloom. */
export type BloomBits = readonly (readonly [byte: number, mask: number])[];

export function bloomBits(item: Bytes): BloomBits {
  const digest = keccak256(item);
  return [0, 2, 4].map((i) => {
    const bit = (((digest[i] as number) << 8) | (digest[i + 1] as number)) & 2047;
    return [255 - (bit >> 3), 1 << (bit & 7)] as const;
  });
}

/** False only if no log of the block has the item. */
export function inBloom(bloom: Bytes, bits: BloomBits): boolean {
  return bits.every(([byte, mask]) => ((bloom[byte] as number) & mask) !== 0);
}

/** Tells for one contract and some topics whether a block may hold such a log: the contract and at least one topic. */
export function bloomFilter(contract: Hex, topics: readonly Hex[]): (bloom: Hex) => boolean {
  const address = bloomBits(hex(contract, 20));
  const any = topics.map((topic) => bloomBits(hex(topic, 32)));
  return (bloom) => {
    const bytes = hex(bloom, 256);
    return inBloom(bytes, address) && any.some((bits) => inBloom(bytes, bits));
  };
}
