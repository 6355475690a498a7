// Heights become final one by one (protocol, section 7): the next one as soon as one content has a quorum and its events are
// on record. A height applies wholly or not at all; what cannot follow is a breach, recorded and never repaired by guessing.

import { dropDeliveries, suffixEvents, suffixStart } from './deliveries.ts';
import type { Overlay } from './overlay.ts';
import {
  balanceTable,
  breachCell,
  contractCell,
  ethereumCell,
  finalTable,
  lastEventCell,
  roundCell,
  setBalance,
} from './tables.ts';
import { FINAL_KEPT } from './transaction.ts';
import type { BlockContent, Commitment, PegEvent, StakeEvent, StateReader } from './types.ts';
import { isQuorum, readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { contentsAt, dropVotes, tally } from './votes.ts';

const MAX_AMOUNT = 2n ** 256n - 1n;

/**
 * Events that one peg block applies; of one height any number. Each is told of in the answer to the engine, which may have 100 MiB
 * (`maxMsgSize` in CometBFT's abci/types/messages.go): half a million at once would end all nodes at that block, for good.
 */
export const MAX_EVENTS_APPLIED = 100_000n;

/**
 * Applies every height that is final by now, as far as the block may; looked at after each accepted transaction and each change of
 * the set.
 */
export function advanceFinality(state: Overlay, set: ValidatorSet = readValidatorSet(state)): readonly PegEvent[] {
  const events: PegEvent[] = [];
  if (breachCell.get(state) !== undefined) return events;
  for (;;) {
    const height = nextHeight(state);
    if (height === undefined) return events;
    const content = quorumContent(state, set, height);
    if (content === undefined || isTooMuch(state, content)) return events;
    const outcome = content.after === undefined ? [] : applyEvents(state, height, content.after);
    if (outcome === 'missing') return events;
    if (typeof outcome === 'string') return [...events, declareBreach(state, height, outcome)];
    finalise(state, height, content);
    // One by one: the arguments of a call are limited, the events of a block are not.
    for (const event of outcome) events.push(event);
    const attributes = { eth_block: height.toString(), hash: content.hash, events: outcome.length.toString() };
    events.push({ type: 'eth_final', attributes });
  }
}

/** The height that may become final now; none before round 1 and none beyond the end of the round. */
function nextHeight(state: StateReader): bigint | undefined {
  const { matureBlock } = ethereumCell.read(state);
  if (matureBlock === undefined || matureBlock >= roundCell.read(state).endsAt) return undefined;
  return matureBlock + 1n;
}

function quorumContent(state: StateReader, set: ValidatorSet, height: bigint): BlockContent | undefined {
  const [strongest] = tally(contentsAt(state, height), set);
  return strongest !== undefined && isQuorum(strongest.power, set.totalPower) ? strongest.content : undefined;
}

/** Whether a height has to wait for a later block because of what this one has applied. */
function isTooMuch(state: Overlay, { after }: BlockContent): boolean {
  if (after === undefined) return false;
  const [before, now] = [ethereumCell.read(state.committed).nonce, ethereumCell.read(state).nonce];
  return now > before && after.nonce - before > MAX_EVENTS_APPLIED;
}

/** Applies the events behind `after` in log order; `missing` when some are not on record, another text is the reason of a breach. */
function applyEvents(state: Overlay, height: bigint, after: Commitment): readonly PegEvent[] | string {
  const applied = ethereumCell.read(state);
  if (after.nonce <= applied.nonce) return `the contract's nonce is ${after.nonce}, not above the ledger's ${applied.nonce}`;
  const start = suffixStart(state, height, after);
  if (start === undefined || start.nonce > applied.nonce) return 'missing';
  if (start.nonce < applied.nonce)
    return `the events begin at nonce ${start.nonce + 1n}, the ledger has applied ${applied.nonce}`;
  if (start.accumulator !== applied.accumulator)
    return `the events fold from ${start.accumulator}, the ledger is at ${applied.accumulator}`;
  const fork = state.fork();
  const events: PegEvent[] = [];
  let last = lastEventCell.read(fork);
  for (const [nonce, event] of suffixEvents(fork, height, after.accumulator)) {
    const balance = movedBalance(balanceTable.get(fork, event.staker) ?? 0n, event);
    if (typeof balance === 'string') return balance;
    setBalance(fork, event.staker, balance);
    last = { ...last, [event.kind]: height };
    events.push(stakeEvent(height, nonce, event, balance));
  }
  lastEventCell.set(fork, last);
  state.absorb(fork);
  return events;
}

function movedBalance(balance: bigint, { kind, staker, amount }: StakeEvent): bigint | string {
  if (kind === 'remove') return amount > balance ? `${staker} removes ${amount} of ${balance}` : balance - amount;
  return balance + amount > MAX_AMOUNT ? `${staker} adds ${amount} to ${balance}, beyond 2^256 - 1` : balance + amount;
}

function finalise(state: Overlay, height: bigint, { hash, after }: BlockContent): void {
  const before = ethereumCell.read(state);
  const { nonce, accumulator } = after ?? before;
  ethereumCell.set(state, { nonce, accumulator, matureBlock: height, matureBlockHash: hash });
  finalTable.set(state, height, hash);
  if (height - FINAL_KEPT > contractCell.read(state).startBlock) finalTable.delete(state, height - FINAL_KEPT);
  dropVotes(state, height);
  dropDeliveries(state, height);
}

function declareBreach(state: Overlay, height: bigint, reason: string): PegEvent {
  breachCell.set(state, { height, reason });
  return { type: 'breach', attributes: { eth_block: height.toString(), reason } };
}

function stakeEvent(height: bigint, nonce: bigint, { kind, staker, amount }: StakeEvent, balance: bigint): PegEvent {
  const attributes = { eth_block: height.toString(), nonce: nonce.toString(), type: kind, staker, amount: amount.toString() };
  return { type: 'stake_event', attributes: { ...attributes, balance: balance.toString() } };
}
