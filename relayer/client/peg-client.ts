// A client of a node's HTTP and WebSocket interface, for browsers and Node: reads, signs and posts orders, follows the stream.
// Uses the global `fetch` and `WebSocket`, and nothing of the node itself.

import { type Clock, systemClock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import { CODES } from '../peg/codes.ts';
import type { Domain } from '../peg/types.ts';
import type {
  DomainDocument,
  LimitDocument,
  PostDocument,
  PostedDocument,
  ProofDocument,
  RoundDocument,
  StatusDocument,
} from './documents.ts';
import { type FollowOptions, followPosts } from './follow.ts';
import { type PostOptions, postAndWait } from './post-and-wait.ts';
import { openRequests } from './request.ts';
import { type PostSigner, type SignedPost, signOrder } from './sign-post.ts';

export interface PegClientOptions {
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Every call throws ClientError, or the reason of an aborted signal. */
export interface PegClient {
  readonly url: string;
  status(signal?: AbortSignal): Promise<StatusDocument>;
  round(signal?: AbortSignal): Promise<RoundDocument>;
  /** What an address may write in this round, and has written. */
  limit(address: string, signal?: AbortSignal): Promise<LimitDocument>;
  /** A balance, a limit or the round with its proof; see docs/api.md on how to check it. */
  proof(kind: 'balance' | 'limit' | 'round', address?: string, signal?: AbortSignal): Promise<ProofDocument>;
  /** The EIP-712 domain of the network; read once. */
  domain(signal?: AbortSignal): Promise<Domain>;
  /** Signs for the current round, without posting. */
  sign(signer: PostSigner, payload: Uint8Array, options?: PostOptions): Promise<SignedPost>;
  /** Hands in what was signed: taken, which is not yet accepted. ORDER_REFUSED with the protocol's code. */
  submit(post: SignedPost, signal?: AbortSignal): Promise<PostedDocument>;
  /**
   * Signs for the current round, posts, waits for the block, and does it again when the round changed in between. Resolves
   * with the accepted order. Throws ORDER_REFUSED with the protocol's code, ORDER_NOT_INCLUDED when it took too long.
   */
  post(signer: PostSigner, payload: Uint8Array, options?: PostOptions): Promise<PostDocument>;
  /** Accepted orders and streams, each once and in order of the chain, across lost connections. */
  follow(options?: FollowOptions): AsyncIterable<PostDocument>;
}

/** A client of the interface at `url`, e.g. `http://127.0.0.1:26601`. Sends nothing yet. */
export function createPegClient(url: string, options: PegClientOptions = {}): PegClient {
  const base = url.replace(/\/+$/, '');
  const { signal: own, clock = systemClock } = options;
  const requests = openRequests(base, own);
  let domain: Domain | undefined;

  const readDomain = async (signal?: AbortSignal): Promise<Domain> => {
    if (domain === undefined) {
      const { chainId, verifyingContract, salt } = await requests.get<DomainDocument>('/domain', signal);
      domain = { chainId: BigInt(chainId), verifyingContract, salt };
    }
    return domain;
  };
  const client: PegClient = {
    url: base,
    status: (signal) => requests.get('/status', signal),
    round: (signal) => requests.get('/round', signal),
    limit: (address, signal) => requests.get(`/limits/${address}`, signal),
    proof: (kind, address, signal) => requests.get(kind === 'round' ? '/proof/round' : `/proof/${kind}/${address}`, signal),
    domain: readDomain,
    async sign(signer, payload, { type = 'order', signal } = {}) {
      const [known, { number: round }] = await Promise.all([readDomain(signal), client.round(signal)]);
      return signOrder(signer, known, { type, round, payload });
    },
    submit: ({ type, tx }, signal) => requests.post(`/${type}s`, { tx }, signal),
    post: (signer, payload, postOptions = {}) => postAndWait(client, requests, clock, signer, payload, postOptions),
    follow: ({ from, signal } = {}) => {
      const signals = [own, signal].filter((one) => one !== undefined);
      const readNetwork = async (until: AbortSignal) => (await requests.get<DomainDocument>('/domain', until)).salt;
      return followPosts(base, readNetwork, clock, { ...(from !== undefined && { from }), signal: AbortSignal.any(signals) });
    },
  };
  return client;
}

/** Whether `error` says that the poster has nothing left in this round. */
export function isLimitUsedUp(error: unknown): boolean {
  const { codespace, code } = CODES.ORDER_LIMIT_USED_UP;
  return hasCode(error, 'ORDER_REFUSED') && error.data.codespace === codespace && error.data.code === code;
}
