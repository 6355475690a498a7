// The orders and streams of the last rounds, in order of the chain, and what became of each transaction that carried one.
// Grows at both ends: with every new block, and backwards while older blocks are read; bounded in number and weight.

import type { PostDocument } from '../client/documents.ts';
import type { BlockRecord, RefusedPost } from './block-record.ts';

/** Place of a post in the chain. */
export interface Position {
  readonly height: number;
  readonly index: number;
}

export interface PostQuery {
  readonly round?: number | undefined;
  readonly poster?: string | undefined;
  /** Of the last post of the page before. */
  readonly after?: Position | undefined;
  readonly limit: number;
  readonly newestFirst: boolean;
}

const MOST_POSTS = 20_000;
/** Characters of payloads, plus what a post weighs without its. */
const MOST_WEIGHT = 48 * 2 ** 20;
const POST_WEIGHT = 600;
const MOST_REFUSALS = 20_000;

export class PostIndex {
  #posts: PostDocument[] = [];
  #weight = 0;
  #since: number | undefined;
  #newest: number | undefined;
  readonly #byHash = new Map<string, PostDocument>();
  readonly #byId = new Map<string, PostDocument>();
  readonly #refusals = new Map<string, RefusedPost>();

  /** The list is complete from this peg height on; undefined while there is no block. */
  get since(): number | undefined {
    return this.#since;
  }

  get isFull(): boolean {
    return this.#posts.length >= MOST_POSTS || this.#weight >= MOST_WEIGHT;
  }

  /** A newer block than the newest one that it has. Of what it has, nothing stays when blocks between them were passed over. */
  append({ block, posts, refused }: BlockRecord): void {
    if (this.#newest !== undefined && block.height !== this.#newest + 1) this.#clear();
    this.#newest = block.height;
    this.#since ??= block.height;
    for (const post of posts) {
      this.#posts.push(post);
      this.#enter(post);
    }
    for (const refusal of refused) {
      this.#refusals.set(refusal.hash, refusal);
      const [oldest] = this.#refusals.keys();
      if (this.#refusals.size > MOST_REFUSALS && oldest !== undefined) this.#refusals.delete(oldest);
    }
    let gone = 0;
    for (; this.#posts.length - gone > MOST_POSTS || this.#weight > MOST_WEIGHT; gone++) this.#forget(this.#posts[gone]);
    if (gone > 0) this.#posts.splice(0, gone);
  }

  /** The block before the oldest one that it has. */
  prepend({ block, posts }: BlockRecord): void {
    this.#since = block.height;
    this.#posts.unshift(...posts);
    for (const post of posts) this.#enter(post);
  }

  list({ round, poster, after, limit, newestFirst }: PostQuery): { posts: readonly PostDocument[]; more: boolean } {
    const step = newestFirst ? -1 : 1;
    const first = newestFirst ? this.#posts.length - 1 : 0;
    const found: PostDocument[] = [];
    for (let at = after === undefined ? first : this.#neighbour(after, step); ; at += step) {
      const post = this.#posts[at];
      if (post === undefined) return { posts: found, more: false };
      if ((round !== undefined && post.round !== round) || (poster !== undefined && post.poster !== poster)) continue;
      if (found.length === limit) return { posts: found, more: true };
      found.push(post);
    }
  }

  accepted(id: string): PostDocument | undefined {
    return this.#byId.get(id);
  }

  /** What a transaction came to, as far as it is remembered. */
  outcome(hash: string): PostDocument | RefusedPost | undefined {
    return this.#byHash.get(hash) ?? this.#refusals.get(hash);
  }

  #clear(): void {
    this.#posts = [];
    this.#weight = 0;
    this.#since = undefined;
    this.#byHash.clear();
    this.#byId.clear();
  }

  #enter(post: PostDocument): void {
    this.#weight += weightOf(post);
    this.#byHash.set(post.hash, post);
    this.#byId.set(post.id, post);
  }

  #forget(post: PostDocument | undefined): void {
    if (post === undefined) return;
    this.#weight -= weightOf(post);
    this.#byHash.delete(post.hash);
    this.#byId.delete(post.id);
    this.#since = Math.max(this.#since ?? 0, post.height + 1);
  }

  /** Index of the first post beyond a position, in either direction. */
  #neighbour({ height, index }: Position, step: 1 | -1): number {
    const isAbove = (post: PostDocument) => post.height > height || (post.height === height && post.index > index);
    let [low, high] = [0, this.#posts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAbove(this.#posts[middle] as PostDocument)) high = middle;
      else low = middle + 1;
    }
    if (step === 1) return low;
    const at = this.#posts[low - 1];
    return at !== undefined && at.height === height && at.index === index ? low - 2 : low - 1;
  }
}

function weightOf({ payload }: PostDocument): number {
  return POST_WEIGHT + payload.length;
}
