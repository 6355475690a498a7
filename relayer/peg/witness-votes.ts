// The rules for a Witness transaction (protocol, section 6): what a validator saw in consecutive Ethereum blocks.

import type { Hex } from '../lib/bytes.ts';
import type { Overlay } from './overlay.ts';
import { breachCell, contractCell, finalTable, matureOf, type Validator, validatorTable } from './tables.ts';
import { FINAL_KEPT, VOTE_WINDOW } from './transaction.ts';
import type { BlockContent, StateReader, Verdict, WitnessTx } from './types.ts';
import type { ValidatorSet } from './validator-set.ts';
import { validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';
import { sameContent, setVote, voteOf } from './votes.ts';

/** What the vote says about a block that is not final yet. */
interface Entry {
  readonly height: bigint;
  readonly content: BlockContent;
  readonly standing: BlockContent | undefined;
}

/** The last block that a validator has voted for, never below the mature block. */
export function witnessedTo(validator: Validator, mature: bigint): bigint {
  return validator.witnessedTo > mature ? validator.witnessedTo : mature;
}

/** Judges a vote at peg height `height` and, when it is accepted, records it. */
export function executeVote(state: Overlay, height: bigint, set: ValidatorSet, signer: Hex, vote: WitnessTx): Verdict {
  const member = validatorOf(set, signer);
  if (member === undefined) return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  const [address, validator] = member;
  const mature = matureOf(state);
  const refusal = judgeForm(state, height, validator, mature, vote) ?? judgeFinal(state, mature, vote);
  if (refusal !== undefined) return refusal;

  const entries = openEntries(state, address, mature, vote);
  const news = entries.filter(({ content, standing }) => standing === undefined || !sameContent(content, standing));
  const reached = witnessedTo(validator, mature);
  const last = vote.fromBlock + BigInt(vote.blocks.length) - 1n;
  const end = last > mature ? last : mature;
  const withdraws = vote.blocks.length === 0 && end < reached;
  if (news.length === 0 && !withdraws) return refused('NOTHING_NEW', `${validator.name} has said this already`);

  for (const { height: block, content } of news) setVote(state, block, address, content);
  const revisions = news.filter(({ standing }) => standing !== undefined).length;
  const cutOff = withdraws || revisions > 0;
  if (cutOff) for (let block = end + 1n; block <= reached; block++) setVote(state, block, address, undefined);
  validatorTable.set(state, address, {
    ...validator,
    sequence: vote.sequence,
    lastVoted: height,
    totalVotes: validator.totalVotes + BigInt(news.length - revisions),
    revisions: validator.revisions + BigInt(revisions),
    witnessedTo: cutOff || end > reached ? end : reached,
  });
  return accepted([voteEvent(address, vote, news.length, revisions)]);
}

function judgeForm(
  state: StateReader,
  height: bigint,
  validator: Validator,
  mature: bigint,
  vote: WitnessTx,
): Verdict | undefined {
  const breach = breachCell.get(state);
  if (breach !== undefined) return refused('BREACH', `breach at block ${breach.height}: ${breach.reason}`);
  if (validator.lastVoted === height) return refused('VOTE_TWICE_IN_BLOCK', `${validator.name} has voted in peg block ${height}`);
  if (vote.sequence !== validator.sequence + 1n) {
    return refused('VOTE_SEQUENCE', `sequence ${vote.sequence} where ${validator.sequence + 1n} comes next`);
  }
  const next = witnessedTo(validator, mature) + 1n;
  if (vote.fromBlock > next) return refused('VOTE_GAP', `the vote begins at block ${vote.fromBlock}, block ${next} comes next`);
  const last = vote.fromBlock + BigInt(vote.blocks.length) - 1n;
  if (last > mature + VOTE_WINDOW) {
    return refused('VOTE_BEYOND_WINDOW', `block ${last} is more than ${VOTE_WINDOW} beyond mature block ${mature}`);
  }
  return undefined;
}

/** Entries for final heights must carry the final hash; what is older than the hashes that are kept cannot be judged. */
function judgeFinal(state: StateReader, mature: bigint, vote: WitnessTx): Verdict | undefined {
  for (const [index, { hash }] of vote.blocks.entries()) {
    const block = vote.fromBlock + BigInt(index);
    if (block > mature) break;
    const final = finalTable.get(state, block);
    if (final !== undefined && final !== hash)
      return refused('VOTE_CONTRADICTS_FINAL', `block ${block} is final with hash ${final}, not ${hash}`);
  }
  const oldest = mature - FINAL_KEPT + 1n;
  const start = contractCell.read(state).startBlock + 1n;
  const least = oldest > start ? oldest : start;
  return vote.fromBlock < least ? refused('VOTE_TOO_OLD', `block ${vote.fromBlock} is older than block ${least}`) : undefined;
}

function openEntries(state: StateReader, address: Hex, mature: bigint, vote: WitnessTx): readonly Entry[] {
  return vote.blocks
    .map((content, index) => ({ height: vote.fromBlock + BigInt(index), content }))
    .filter(({ height }) => height > mature)
    .map((entry) => ({ ...entry, standing: voteOf(state, entry.height, address) }));
}

function voteEvent(address: Hex, vote: WitnessTx, news: number, revisions: number) {
  return {
    type: 'witness',
    attributes: {
      validator: address,
      sequence: vote.sequence.toString(),
      from_block: vote.fromBlock.toString(),
      blocks: vote.blocks.length.toString(),
      news: news.toString(),
      revisions: revisions.toString(),
    },
  };
}
