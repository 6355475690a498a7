// Orders and streams as signed bytes, with any EIP-712 signer: an ethers wallet, a browser's wallet, a hardware key.

import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, type Hex, hex, to0x, toHex } from '../lib/bytes.ts';
import { orderId, typedData } from '../peg/signing.ts';
import { encodeTransaction } from '../peg/transaction.ts';
import type { Domain } from '../peg/types.ts';

/** What an ethers `Signer` can do of what is needed here. */
export interface PostSigner {
  getAddress(): Promise<string>;
  signTypedData(
    domain: { name: string; version: string; chainId: bigint; verifyingContract: string; salt: string },
    types: Record<string, { name: string; type: string }[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

export interface Post {
  /** Default: `order`. */
  readonly type?: 'order' | 'stream';
  /** The current round of the network; a post is good for one round. */
  readonly round: number;
  /** 1 … `maxOrderBytes` bytes. */
  readonly payload: Bytes;
}

export interface SignedPost {
  readonly type: 'order' | 'stream';
  /** The transaction as `POST /orders` and `POST /streams` take it. */
  readonly tx: Hex;
  /** Under which the network knows the post; nobody can accept it twice in a round. */
  readonly id: Hex;
  /** Of the transaction, as CometBFT names it. */
  readonly hash: string;
  readonly poster: Hex;
  readonly round: number;
}

/** Signs a post for the network of `domain` (`GET /domain`). Rejects as the signer does. */
export async function signOrder(signer: PostSigner, domain: Domain, post: Post): Promise<SignedPost> {
  const { type = 'order', round, payload } = post;
  const transaction = { type, round: BigInt(round), payload } as const;
  const { types, message, domain: named } = typedData(domain, transaction);
  const poster = (await signer.getAddress()).toLowerCase() as Hex;
  const signature = hex(await signer.signTypedData(named, types, message), 65);
  const bytes = encodeTransaction({ transaction, signature });
  const hash = toHex(sha256(bytes)).toUpperCase();
  return { type, tx: to0x(bytes), id: orderId(domain, transaction, poster), hash, poster, round };
}
