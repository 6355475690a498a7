// The votes for each Ethereum block that is not final: one record a block, holding every content named for it and who names
// it. A validator has at most one vote a block, so the record is bounded by the size of the set.

import { type Hex, hex, to0x } from '../lib/bytes.ts';
import { asBytes, asList, encodeRlp, type Rlp } from '../lib/rlp.ts';
import type { Overlay } from './overlay.ts';
import { HEIGHT_KEY, Table } from './records.ts';
import { decodeContent, encodeContent } from './transaction.ts';
import type { BlockContent, StateReader } from './types.ts';
import { powerOf, type ValidatorSet } from './validator-set.ts';

/** A content and the consensus addresses of those who name it, ascending. */
export interface NamedContent {
  readonly content: BlockContent;
  readonly voters: readonly Hex[];
}

/** A named content with what it weighs in the current set. */
export interface Tally extends NamedContent {
  /** Number of current validators among the voters, and their power. */
  readonly conf: number;
  readonly power: bigint;
}

/** By Ethereum height; contents in ascending order of their encoding, so that the order of votes leaves no trace. */
const voteTable = new Table<bigint, readonly NamedContent[]>(
  'w',
  HEIGHT_KEY,
  (contents) => contents.map(({ content, voters }): Rlp => [encodeContent(content), voters.map((voter) => hex(voter, 20))]),
  (item) =>
    asList(item).map((entry) => {
      const [content, voters] = asList(entry, 2);
      return { content: decodeContent(content as Rlp), voters: asList(voters).map((voter) => to0x(asBytes(voter, 20))) };
    }),
);

export function sameContent(a: BlockContent, b: BlockContent): boolean {
  return a.hash === b.hash && a.after?.nonce === b.after?.nonce && a.after?.accumulator === b.after?.accumulator;
}

/** The contents named for `height`, in order of their encoding. */
export function contentsAt(state: StateReader, height: bigint): readonly NamedContent[] {
  return voteTable.get(state, height) ?? [];
}

/** All heights with votes, ascending. */
export function allVotes(state: StateReader): Iterable<readonly [height: bigint, contents: readonly NamedContent[]]> {
  return voteTable.entries(state);
}

/** The content that `voter` names for `height`. */
export function voteOf(state: StateReader, height: bigint, voter: Hex): BlockContent | undefined {
  return contentsAt(state, height).find(({ voters }) => voters.includes(voter))?.content;
}

/** Makes `content` the one vote of `voter` for `height`; undefined takes its vote back. */
export function setVote(state: Overlay, height: bigint, voter: Hex, content: BlockContent | undefined): void {
  const others = contentsAt(state, height)
    .map((named) => ({ ...named, voters: named.voters.filter((other) => other !== voter) }))
    .filter(({ voters }) => voters.length > 0);
  writeVotes(state, height, content === undefined ? others : withVote(others, content, voter));
}

/** Drops all votes for `height`. */
export function dropVotes(state: Overlay, height: bigint): void {
  voteTable.delete(state, height);
}

/** Drops all votes for all heights. */
export function dropAllVotes(state: Overlay): void {
  voteTable.clear(state);
}

/** Takes back all votes of the validators in `gone`. */
export function withdrawVotesOf(state: Overlay, gone: ReadonlySet<Hex>): void {
  for (const [height, contents] of [...allVotes(state)]) {
    if (!contents.some(({ voters }) => voters.some((voter) => gone.has(voter)))) continue;
    const staying = contents.map((named) => ({ ...named, voters: named.voters.filter((voter) => !gone.has(voter)) }));
    writeVotes(
      state,
      height,
      staying.filter(({ voters }) => voters.length > 0),
    );
  }
}

/** Contents with their weight in `set`, strongest first, equals in order of their encoding; contents nobody current names are left out. */
export function tally(contents: readonly NamedContent[], set: ValidatorSet): readonly Tally[] {
  return contents
    .map(({ content, voters }) => {
      const current = voters.filter((voter) => set.members.has(voter));
      return { content, voters: current, conf: current.length, power: powerOf(set, current) };
    })
    .filter(({ conf }) => conf > 0)
    .sort((a, b) => (a.power === b.power ? 0 : a.power > b.power ? -1 : 1));
}

function withVote(contents: readonly NamedContent[], content: BlockContent, voter: Hex): readonly NamedContent[] {
  const named = contents.find((other) => sameContent(other.content, content));
  if (named === undefined) return [...contents, { content, voters: [voter] }];
  const joined = { content, voters: [...named.voters, voter].sort() };
  return contents.map((other) => (other === named ? joined : other));
}

function writeVotes(state: Overlay, height: bigint, contents: readonly NamedContent[]): void {
  if (contents.length === 0) {
    voteTable.delete(state, height);
    return;
  }
  const order = new Map(contents.map(({ content }) => [content, to0x(encodeRlp(encodeContent(content)))]));
  const place = ({ content }: NamedContent) => order.get(content) as string;
  voteTable.set(state, height, contents.length === 1 ? contents : contents.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)));
}
