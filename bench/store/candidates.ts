// The structures that were compared, each as a map with a root and a proof. Only the store itself is on disk and keeps
// versions; the others are given every advantage: they live in memory and write nothing.

import { hash } from 'node:crypto';
import { LeafNode, type Node, setHasher, setNodesAtDepth, Tree, zeroNode } from '@chainsafe/persistent-merkle-tree';
import { hasher as wasmHasher } from '@chainsafe/persistent-merkle-tree/hasher/as-sha256';
import { createMerkleProof, createMPT } from '@ethereumjs/mpt';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import type { Entry } from './accounts.ts';
import { BinaryTrie } from './binary-trie.ts';

export interface Candidate {
  /** Applies the changes and has the root afterwards; durable where the candidate is on disk. */
  apply(entries: readonly Entry[]): Promise<void>;
  /** Size of a proof in bytes. */
  prove(key: Bytes): Promise<number>;
  close(): Promise<void>;
}

export interface CandidateKind {
  readonly title: string;
  /** More accounts would take longer than the whole benchmark may. */
  readonly largest: number;
  open(folder: string): Promise<Candidate>;
}

export const CANDIDATES: Readonly<Record<string, CandidateKind>> = {
  store: { title: 'relayer/store, on disk, synced', largest: 1_000_000, open: openTree },
  binary: { title: 'binary trie, in memory', largest: 100_000, open: openBinary },
  mpt: { title: '@ethereumjs/mpt, in memory', largest: 100_000, open: openMpt },
  sparse: { title: '@chainsafe/persistent-merkle-tree, place by hash, in memory', largest: 100_000, open: openSparse },
};

async function openTree(folder: string): Promise<Candidate> {
  const store = await openStore({ folder });
  return {
    apply: (entries) => {
      store.stage(entries);
      return store.commit(store.version + 1n);
    },
    prove: async (key) => (store.prove(key)[0] as { data: Bytes }).data.length,
    close: () => store.close(),
  };
}

async function openBinary(): Promise<Candidate> {
  const trie = new BinaryTrie();
  return {
    apply: async (entries) => {
      for (const [key, value] of entries) trie.put(key, value);
      trie.root();
    },
    prove: async (key) => trie.proofSize(key),
    close: async () => {},
  };
}

async function openMpt(): Promise<Candidate> {
  const trie = await createMPT();
  return {
    apply: async (entries) => {
      for (const [key, value] of entries) await trie.put(key, value);
      trie.root();
    },
    prove: async (key) => (await createMerkleProof(trie, key)).reduce((sum, node) => sum + node.length, 0),
    close: async () => {},
  };
}

/** A full tree of 2⁵² places; a key's place is the beginning of its hash, so the root does not depend on the order of insertion. */
async function openSparse(): Promise<Candidate> {
  const depth = 52;
  setHasher(wasmHasher);
  let root: Node = zeroNode(depth);
  const place = (key: Bytes) => Number(BigInt(`0x${hash('sha256', key, 'hex').slice(0, 13)}`));
  return {
    apply: async (entries) => {
      const placed = entries
        .map(([key, value]) => ({ at: place(key), leaf: hash('sha256', Buffer.concat([key, value]), 'buffer') }))
        .sort((a, b) => a.at - b.at);
      const leaves = placed.map(({ leaf }) => LeafNode.fromRoot(leaf));
      root = setNodesAtDepth(
        root,
        depth,
        placed.map(({ at }) => at),
        leaves,
      );
      root.root;
    },
    prove: async (key) => 32 * new Tree(root).getSingleProof((1n << BigInt(depth)) + BigInt(place(key))).length,
    close: async () => {},
  };
}
