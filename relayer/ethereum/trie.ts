// Merkle-Patricia tries as far as headers commit to them: the root over a block's receipts, and values proved by
// `eth_getProof`. The trie itself is @ethereumjs/mpt's; it is loaded at the first use, because that takes 0.1 s.
// Source: Ethereum yellow paper, appendix D; EIP-1186.

import { type Bytes, type Hex, hex, to0x } from '../lib/bytes.ts';
import { encodeRlp, rlpUint } from '../lib/rlp.ts';

/** Root of a trie without entries: keccak256(RLP('')). */
const EMPTY_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

const library = () => import('@ethereumjs/mpt');

/** Root of the trie that maps RLP(index) to each item, as for a block's transactions and receipts. */
export async function orderedRoot(items: readonly Bytes[]): Promise<Hex> {
  const { createMPT } = await library();
  const trie = await createMPT();
  for (const [index, item] of items.entries()) await trie.put(encodeRlp(rlpUint(BigInt(index))), item);
  return to0x(trie.root());
}

/**
 * The value that a secure trie (keys are hashed) with this root has at `key`: `null` when it has none, which is proved as
 * well, undefined when the nodes prove nothing about it.
 */
export async function provenValue(root: Hex, key: Bytes, nodes: readonly Bytes[]): Promise<Bytes | null | undefined> {
  if (root === EMPTY_ROOT) return null;
  const { verifyMerkleProof } = await library();
  try {
    return await verifyMerkleProof(key, [...nodes], { root: hex(root, 32), useKeyHashing: true });
  } catch {
    return undefined;
  }
}
