// Why a stake event counts, or does not yet: from what Ethereum and the peg say of it to one state, the reason in words, and
// what has to happen next. Pure; the command `peg explain` shows it.

import type { StakeLog } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { isQuorum, isVouchedFor } from '../peg/validator-set.ts';
import { matureBlock, type PegView } from './peg-view.ts';

export type EventState =
  /** The block is not on the chain that the endpoint holds for canonical now. */
  | 'dropped'
  /** It happened before the peg began to count. */
  | 'before-start'
  /** The block is not buried deep enough to be voted for. */
  | 'immature'
  /** Mature, and too few validators have voted. */
  | 'voting'
  /** Validators vote for different contents of the block. */
  | 'disputed'
  /** Enough votes, but the events behind them have not been delivered. */
  | 'undelivered'
  /** Enough votes and delivered; an earlier block, or the next round, has to come first. */
  | 'waiting'
  /** The ledger and the contract have parted; nothing is applied any more. */
  | 'breach'
  /** Final: in the balances. */
  | 'applied';

export interface ObservedEvent extends StakeLog {
  readonly block: bigint;
  readonly blockHash: Hex;
}

export interface EventFacts {
  readonly event: ObservedEvent;
  /** Hash that the endpoint has at the event's block now; undefined when it has none. */
  readonly canonicalHash: Hex | undefined;
  readonly head: bigint;
  readonly peg: PegView;
  /** Names by consensus address. */
  readonly names: ReadonlyMap<Hex, string>;
}

export interface EventExplanation {
  readonly state: EventState;
  /** One sentence. */
  readonly reason: string;
  /** What has to happen next; absent when the event is applied, or never will be. */
  readonly next?: string;
  /** First head of Ethereum at which it may be voted for. */
  readonly matureAt: bigint;
  readonly votedBy: readonly string[];
  readonly notVotedBy: readonly string[];
  /** In the limits from this round on: the first that begins at the event's block or later. */
  readonly countsFrom: { readonly round: bigint; readonly startsAt: bigint };
}

export function explainEvent(facts: EventFacts): EventExplanation {
  const { event, peg, names } = facts;
  const contents = peg.votes.get(event.block) ?? [];
  const voters = new Set(contents.flatMap((content) => (content.content.hash === event.blockHash ? content.voters : [])));
  const passed = new Set(
    peg.validators.filter(({ witnessedTo }) => (witnessedTo ?? 0n) >= event.block).map(({ address }) => address),
  );
  const name = (address: Hex) => names.get(address) ?? address;
  const [votedBy, notVotedBy] = [true, false].map((voted) =>
    peg.validators
      .filter(({ address }) => voted === (voters.has(address) || (contents.length === 0 && passed.has(address))))
      .map(({ address }) => name(address)),
  ) as [string[], string[]];
  return {
    ...judge(facts, votedBy, notVotedBy),
    matureAt: event.block + peg.params.finalityThreshold,
    votedBy,
    notVotedBy,
    countsFrom: countsFrom(facts),
  };
}

type Verdict = Pick<EventExplanation, 'state' | 'reason' | 'next'>;

function judge(facts: EventFacts, votedBy: readonly string[], notVotedBy: readonly string[]): Verdict {
  const { event, canonicalHash, head, peg } = facts;
  const { breach, startBlock } = peg.ethereum;
  const block = `Ethereum block ${event.block}`;
  if (event.block <= startBlock)
    return { state: 'before-start', reason: `the peg counts events after block ${startBlock}; this one is part of its genesis` };
  if (event.block <= matureBlock(peg) && event.nonce <= peg.ethereum.nonce)
    return { state: 'applied', reason: `${block} is final on the peg, and the event is in the balances` };
  if (breach !== undefined)
    return {
      state: 'breach',
      reason: `the peg stopped applying events: breach at block ${breach.height} (${breach.reason})`,
      next: 'the validators have to agree on a correction',
    };
  if (canonicalHash !== event.blockHash)
    return {
      state: 'dropped',
      reason: `a reorganisation dropped ${block} (${event.blockHash}); the chain now has ${canonicalHash ?? 'no block'} there`,
      next: 'look for the transaction again: it may be in another block',
    };
  const toGo = event.block + peg.params.finalityThreshold - head;
  if (toGo > 0n)
    return {
      state: 'immature',
      reason: `${block} is buried under ${head - event.block} of ${peg.params.finalityThreshold} blocks`,
      next: `${toGo} more blocks on Ethereum, then the validators vote`,
    };
  return judgeVotes(facts, votedBy, notVotedBy);
}

function judgeVotes({ event, peg }: EventFacts, votedBy: readonly string[], notVotedBy: readonly string[]): Verdict {
  const block = `Ethereum block ${event.block}`;
  const total = peg.validators.reduce((sum, { power }) => sum + power, 0n);
  const powerOf = (voters: readonly Hex[]) =>
    peg.validators.reduce((sum, { address, power }) => sum + (voters.includes(address) ? power : 0n), 0n);
  const contents = peg.votes.get(event.block) ?? [];
  const ours = contents.find(({ content }) => content.hash === event.blockHash);
  const power = powerOf(ours?.voters ?? []);
  const rivals = contents.filter((content) => content !== ours && isVouchedFor(powerOf(content.voters), total));
  if (rivals.length > 0 && !isQuorum(power, total))
    return {
      state: 'disputed',
      reason: `validators vote for ${contents.length} different contents of ${block}: ${contents.map(({ content, voters }) => `${content.hash} has power ${powerOf(voters)}`).join(', ')}`,
      next: 'the validators on the wrong fork vote again when their Ethereum has found the canonical chain',
    };
  if (!isQuorum(power, total))
    return {
      state: 'voting',
      reason: `${votedBy.length === 0 ? 'nobody has' : `${votedBy.join(', ')} ${votedBy.length === 1 ? 'has' : 'have'}`} voted for ${block}: power ${power} of ${total}, more than 2/3 is needed`,
      next: `votes of ${notVotedBy.join(', ')}`,
    };
  if (ours?.missing === true)
    return {
      state: 'undelivered',
      reason: `enough validators have voted for ${block}, but its events have not been delivered`,
      next: 'a validator delivers them within seconds; each gets its turn',
    };
  const { round } = peg;
  const mature = matureBlock(peg);
  if (mature === round.endsAt)
    return {
      state: 'waiting',
      reason: `${block} is voted for; balances stand still at block ${round.endsAt} until round ${round.number + 1n} is adopted`,
      next: `the rebalance of round ${round.number + 1n}`,
    };
  return {
    state: 'waiting',
    reason: `${block} is voted for; blocks become final in order and the peg is at ${mature}`,
    next: `block ${mature + 1n} has to become final`,
  };
}

/** A period covers L blocks; what happened in it counts from the round after it. */
function countsFrom({ event, peg }: EventFacts): EventExplanation['countsFrom'] {
  const { round, params } = peg;
  const begin = { round: round.number, startsAt: round.number === 0n ? peg.ethereum.startBlock : round.startsAt };
  const first = round.number === 0n ? 1n : 0n;
  const behind = event.block - begin.startsAt;
  const periods = behind <= 0n ? 0n : (behind + params.periodLength - 1n) / params.periodLength;
  if (behind <= 0n) return countsBack(event.block, begin, params.periodLength);
  return { round: begin.round + periods + first, startsAt: begin.startsAt + periods * params.periodLength };
}

/** For an event that an earlier round counted already; only exact while the period's length has not changed since. */
function countsBack(
  block: bigint,
  { round, startsAt }: { readonly round: bigint; readonly startsAt: bigint },
  periodLength: bigint,
): EventExplanation['countsFrom'] {
  const back = (startsAt - block) / periodLength;
  return { round: round - back, startsAt: startsAt - back * periodLength };
}
