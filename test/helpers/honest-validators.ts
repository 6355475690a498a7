// Honest validators over a scripted peg: they vote for what a history says, deliver what is missing and propose the round
// that is due, until the peg has come as far as it can.

import type { Bytes } from '../../relayer/lib/bytes.ts';
import type { ScriptedPeg } from './scripted-peg.ts';
import { limitsDigest, limitsOf } from './sequential-model.ts';
import { foldHistory, type HistoryBlock, type StakingHistory } from './staking-history.ts';

/** Most blocks of one vote. */
const VOTE_BLOCKS = 256;

/** V`number`'s vote for `history` up to `to`, from the first block on for which nothing or something else of it stands. */
export function honestVote(peg: ScriptedPeg, history: StakingHistory, number: number, to: number): Bytes | undefined {
  const from = firstOwed(peg, history, number);
  const last = Math.min(to, from + VOTE_BLOCKS - 1, (peg.mature() ?? Number(peg.startBlock)) + 1024);
  return last < from ? undefined : peg.vote(number, from, history.contents(from, last));
}

function firstOwed(peg: ScriptedPeg, history: StakingHistory, number: number): number {
  const { witnessedTo } = peg.validator(number);
  for (let at = (peg.mature() ?? Number(peg.startBlock)) + 1; at <= witnessedTo; at++) {
    const standing = peg.votes(at).find(({ voters }) => voters.includes(peg.v(number).address));
    if (standing?.hash !== history.block(at).hash) return at;
  }
  return witnessedTo + 1;
}

/**
 * V`number`'s deliveries of whatever a content of `history` that has votes still misses: pieces of at most `size` events, last
 * piece first, cut from the end of the block, and from where the events on record begin.
 */
export function honestDeliveries(peg: ScriptedPeg, history: StakingHistory, number: number, size = 1000): Bytes[] {
  const missing = Object.entries(peg.view().votes).filter(([height, contents]) => {
    const { hash, events } = history.block(Number(height));
    return events.length > 0 && contents.some((content) => content.hash === hash && content.missing);
  });
  return missing.flatMap(([height]) => {
    const block = history.block(Number(height));
    const ends = new Set([block.events.length, unrecorded(peg, block)]);
    return [...ends].flatMap((end) => pieces(peg, block, number, size, end));
  });
}

/** How many events of the block lie before those on record, if these are its own. */
function unrecorded(peg: ScriptedPeg, { height, before, events }: HistoryBlock): number {
  const nonces = Object.keys(peg.view().events[`${height}`] ?? {}).map(Number);
  return nonces.length === 0 ? events.length : Math.min(...nonces) - 1 - Number(before.nonce);
}

function pieces(peg: ScriptedPeg, block: HistoryBlock, number: number, size: number, end: number): Bytes[] {
  const made: Bytes[] = [];
  let before = block.before;
  for (let at = 0; at < end; at += size) {
    const events = block.events.slice(at, Math.min(at + size, end));
    made.unshift(peg.deliver(number, block.height, before, events));
    before = foldHistory(before, block.height, events);
  }
  return made;
}

/** V`number`'s proposal, when a round is due. */
export function honestProposal(peg: ScriptedPeg, number: number): Bytes | undefined {
  const { round, balances, consensusParams, matureEthBlock } = peg.view();
  if (round.number > 0 && matureEthBlock !== round.endsAt) return undefined;
  const startsAt = round.number === 0 ? Number(peg.startBlock) : round.endsAt;
  return peg.rebalance(
    number,
    round.number + 1,
    startsAt,
    startsAt + (consensusParams.periodLength as number),
    mappingOf(balances, peg),
  );
}

function mappingOf(balances: Readonly<Record<string, string>>, peg: ScriptedPeg): `0x${string}` {
  const amounts = new Map(Object.entries(balances).map(([who, amount]) => [who as `0x${string}`, BigInt(amount)]));
  return limitsDigest(limitsOf(amounts, BigInt(peg.view().consensusParams.periodLimit as number)));
}

/**
 * Peg blocks in which the validators `numbers` (all, unless told) do their work for blocks up to `to`, until a block brings
 * nothing new; deliveries come in pieces of at most `size` events. Returns the number of blocks that took.
 */
export function advance(
  peg: ScriptedPeg,
  history: StakingHistory,
  to: number,
  numbers: readonly number[] = peg.validators.map((_, i) => i + 1),
  size?: number,
): number {
  const first = peg.height;
  for (;;) {
    const votes = numbers.map((number) => honestVote(peg, history, number, to));
    const speaker = numbers[0] as number;
    const due = [...votes, ...honestDeliveries(peg, history, speaker, size), honestProposal(peg, speaker)].filter(
      (transaction) => transaction !== undefined,
    );
    const { codes } = peg.block(...due);
    if (!codes.includes('ok')) return Number(peg.height - first);
  }
}

/** `advance`, and the peg must end with `to` final. */
export function settle(peg: ScriptedPeg, history: StakingHistory, to: number, numbers?: readonly number[], size?: number): void {
  advance(peg, history, to, numbers, size);
  if (peg.mature() !== to) throw new Error(`finality stopped at ${peg.mature()}, before ${to}`);
}
