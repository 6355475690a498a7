// Tendermint's rounds as a reducer: who proposes, what everybody votes, when a block is decided.
// The engine delivers every message to every running node at once, so all of them see the same votes and one state stands
// for all; what is theirs alone is the lock. The state never waits or calls anybody: it says what has to be done next
// (`effects`), the shell does it and hands in what came of it.
// Source: CometBFT spec/consensus/consensus.md, consensus/state.go at v0.38.

import type { Hex } from '../../lib/bytes.ts';
import { advanceProposer, findValidator, type ValidatorSet } from '../chain/validator-set.ts';

/** A block as the votes name it: lower-case hex of its hash. `null`: no block. */
export type Choice = Hex | null;

export interface Lock {
  readonly round: number;
  readonly block: Hex;
}

export interface RoundState {
  readonly height: bigint;
  /** −1 before the first round. */
  readonly round: number;
  /** With the priorities of this round. */
  readonly validators: ValidatorSet;
  /** Addresses that take part now. */
  readonly online: ReadonlySet<Hex>;
  readonly proposal: Choice;
  /** What a validator has promised to stay with until a quorum prefers something else. */
  readonly locks: ReadonlyMap<Hex, Lock>;
  /** A block that had a quorum of prevotes: a proposer proposes it again. */
  readonly valid: Lock | undefined;
}

export type RoundInput =
  /** A round begins with these validators present; `locks` are those that newly present ones bring along. */
  | { readonly kind: 'round'; readonly online: Iterable<Hex>; readonly locks?: ReadonlyMap<Hex, Lock> }
  /** The proposer's block, or null when there is none. */
  | { readonly kind: 'proposal'; readonly block: Choice }
  /** Which of the asked accept the proposal. */
  | { readonly kind: 'verdicts'; readonly accepted: ReadonlySet<Hex> }
  /** The precommits that were really cast. */
  | { readonly kind: 'precommits'; readonly cast: ReadonlyMap<Hex, Choice> }
  /** A validator is gone: its later votes of this round are missing. */
  | { readonly kind: 'left'; readonly validator: Hex };

export type RoundEffect =
  /** Ask the proposer for a block, or let it propose `again`. */
  | { readonly do: 'propose'; readonly round: number; readonly proposer: Hex; readonly again: Hex | undefined }
  /** Time passes in vain: nobody proposed, or no quorum of votes for one thing. */
  | { readonly do: 'wait'; readonly round: number; readonly for: 'propose' | 'prevote' | 'precommit' }
  /** Ask these validators whether they accept the proposal; others are locked and not asked. */
  | { readonly do: 'judge'; readonly round: number; readonly block: Choice; readonly validators: readonly Hex[] }
  /** Sign and cast these precommits. */
  | { readonly do: 'precommit'; readonly round: number; readonly votes: ReadonlyMap<Hex, Choice> }
  /** Precommits of more than two thirds: this is the block. */
  | { readonly do: 'decide'; readonly round: number; readonly block: Hex }
  /** Begin the next round. */
  | { readonly do: 'next-round' }
  /** Too little power is present to go on; begin the next round when somebody has come. */
  | { readonly do: 'stall' };

export interface RoundStep {
  readonly state: RoundState;
  readonly effects: readonly RoundEffect[];
}

/** The state before the first round of `height`; `firstRound` > 0 when rounds of it are known to have been voted in before. */
export function newHeight(height: bigint, validators: ValidatorSet, firstRound = 0): RoundState {
  const turned = firstRound > 1 ? advanceProposer(validators, firstRound - 1) : validators;
  return {
    height,
    round: firstRound - 1,
    validators: turned,
    online: new Set(),
    proposal: null,
    locks: new Map(),
    valid: undefined,
  };
}

/** More than two thirds of the power, exactly. */
export function isQuorum(power: bigint, total: bigint): boolean {
  return 3n * power > 2n * total;
}

export function reduceRound(state: RoundState, input: RoundInput): RoundStep {
  switch (input.kind) {
    case 'round':
      return beginRound(state, input.online, input.locks ?? new Map());
    case 'proposal':
      return receiveProposal(state, input.block);
    case 'verdicts':
      return prevote(state, input.accepted);
    case 'precommits':
      return countPrecommits(state, input.cast);
    case 'left':
      return { state: { ...state, online: without(state.online, input.validator) }, effects: [] };
  }
}

function beginRound(before: RoundState, online: Iterable<Hex>, brought: ReadonlyMap<Hex, Lock>): RoundStep {
  const round = before.round + 1;
  const present: RoundState = {
    ...before,
    round,
    validators: round === 0 ? before.validators : advanceProposer(before.validators, 1),
    online: new Set(online),
    proposal: null,
    locks: new Map([...before.locks, ...brought]),
  };
  const state = { ...present, valid: strongestLock(present) ?? before.valid };
  const proposer = state.validators.proposer.addressHex;
  if (!isQuorum(powerOf(state, state.online), state.validators.totalPower)) return { state, effects: [{ do: 'stall' }] };
  if (!state.online.has(proposer)) return withoutProposal(state);
  return { state, effects: [{ do: 'propose', round, proposer, again: state.valid?.block }] };
}

function receiveProposal(before: RoundState, block: Choice): RoundStep {
  if (block === null) return withoutProposal(before);
  const state = { ...before, proposal: block };
  const validators = [...state.online].filter((validator) => !state.locks.has(validator));
  return { state, effects: [{ do: 'judge', round: state.round, block, validators }] };
}

function withoutProposal(state: RoundState): RoundStep {
  const { round } = state;
  return {
    state,
    effects: [
      { do: 'wait', round, for: 'propose' },
      { do: 'judge', round, block: null, validators: [] },
    ],
  };
}

/** Prevotes follow from locks and verdicts; what a quorum of them says decides the precommits and the locks. */
function prevote(before: RoundState, accepted: ReadonlySet<Hex>): RoundStep {
  const { round, online, proposal } = before;
  const choice = (validator: Hex): Choice => before.locks.get(validator)?.block ?? (accepted.has(validator) ? proposal : null);
  const prevotes = new Map([...online].map((validator) => [validator, choice(validator)]));
  const total = before.validators.totalPower;
  if (!isQuorum(powerOf(before, online), total)) return { state: before, effects: [{ do: 'stall' }] };
  const winner = quorumChoice(before, prevotes);
  if (winner === undefined) {
    const votes = new Map([...online].map((validator) => [validator, null]));
    return {
      state: before,
      effects: [
        { do: 'wait', round, for: 'prevote' },
        { do: 'precommit', round, votes },
      ],
    };
  }
  const locks = new Map(before.locks);
  for (const validator of online)
    if (winner === null) locks.delete(validator);
    else locks.set(validator, { round, block: winner });
  const valid = winner === null ? before.valid : { round, block: winner };
  const votes = new Map([...online].map((validator) => [validator, winner]));
  return { state: { ...before, locks, valid }, effects: [{ do: 'precommit', round, votes }] };
}

function countPrecommits(state: RoundState, cast: ReadonlyMap<Hex, Choice>): RoundStep {
  const { round } = state;
  const winner = quorumChoice(state, cast);
  if (typeof winner === 'string') return { state, effects: [{ do: 'decide', round, block: winner }] };
  // Who is there and did not vote had signed a later round before a restart: the rounds have to catch up with that.
  if (!isQuorum(powerOf(state, state.online), state.validators.totalPower)) return { state, effects: [{ do: 'stall' }] };
  return winner === null
    ? { state, effects: [{ do: 'next-round' }] }
    : { state, effects: [{ do: 'wait', round, for: 'precommit' }, { do: 'next-round' }] };
}

/** What more than two thirds voted for; undefined when there is no such thing. */
function quorumChoice(state: RoundState, votes: ReadonlyMap<Hex, Choice>): Choice | undefined {
  const power = new Map<Choice, bigint>();
  for (const [validator, choice] of votes) power.set(choice, (power.get(choice) ?? 0n) + powerOf(state, [validator]));
  for (const [choice, votedPower] of power) if (isQuorum(votedPower, state.validators.totalPower)) return choice;
  return undefined;
}

function powerOf(state: RoundState, validators: Iterable<Hex>): bigint {
  let power = 0n;
  for (const validator of validators) power += findValidator(state.validators, validator)?.power ?? 0n;
  return power;
}

/**
 * What most of the power that is there is locked on; of equal ones the latest. Prevotes do not outlive a crash: those who are
 * up after it may lock on another block, in the same round or an earlier one, than somebody who signed before it and is down.
 * They are a quorum without that one, so the weaker side is always less than a third, and all others can vote for the stronger.
 */
function strongestLock(state: RoundState): Lock | undefined {
  const locks = [...state.locks].flatMap(([validator, lock]) => (state.online.has(validator) ? [{ validator, lock }] : []));
  const power = new Map<Hex, bigint>();
  for (const { validator, lock } of locks) power.set(lock.block, (power.get(lock.block) ?? 0n) + powerOf(state, [validator]));
  const behind = ({ block }: Lock): bigint => power.get(block) ?? 0n;
  let best: Lock | undefined;
  for (const { lock } of locks)
    if (best === undefined || behind(lock) > behind(best) || (behind(lock) === behind(best) && lock.round > best.round))
      best = lock;
  return best;
}

function without(set: ReadonlySet<Hex>, member: Hex): ReadonlySet<Hex> {
  const rest = new Set(set);
  rest.delete(member);
  return rest;
}
