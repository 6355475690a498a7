// Governance: validators change their own set and two parameters by motions. Voices are taken in by transactions; what they
// decide is looked at once a block, after its last transaction, so the order within a block does not matter, and a set is in
// force from one block to the next (docs/protocol.md, section Governance).

import type { Hex } from '../lib/bytes.ts';
import { enact } from './changes.ts';
import { missingLists } from './corrected-balances.ts';
import { adoptCorrection } from './correction.ts';
import { motionId } from './motion.ts';
import { closeMotion, type MotionRecord, motionTable, openMotions, setVoters, silenceVoters } from './motions.ts';
import type { Overlay } from './overlay.ts';
import { breachCell, validatorTable } from './tables.ts';
import type { Change, GovernTx, Motion, PegEvent, StateReader, Verdict } from './types.ts';
import { isQuorum, powerOf, readValidatorSet, type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';
import { withdrawVotesOf } from './votes.ts';

/** How far ahead a motion may expire, in peg blocks. */
export const MAX_MOTION_LIFE = 1_000_000n;
/** Open motions that one validator may have started. */
export const MAX_STARTED_MOTIONS = 4;

/** Judges a voice at peg height `height` and, when it is accepted, records it. */
export function executeGovern(state: Overlay, height: bigint, set: ValidatorSet, signer: Hex, voice: GovernTx): Verdict {
  const member = validatorOf(set, signer);
  if (member === undefined) return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  const [address, validator] = member;
  const { sequence, support, motion } = voice;
  const next = validator.governSequence + 1n;
  if (sequence !== next) return refused('GOVERN_SEQUENCE', `sequence ${sequence} where ${next} comes next`);
  const id = motionId(motion);
  const record = motionTable.get(state, id);
  const refusal =
    judgeTime(height, motion, record) ??
    (support ? judgeSupport(state, height, address, motion, record) : judgeWithdrawal(address, record));
  if (refusal !== undefined) return refusal;

  const open = record ?? { motion, starter: address, openedAt: height, voters: [], decision: undefined };
  const others = open.voters.filter((voter) => voter !== address);
  const voters = support ? [...others, address] : others;
  setVoters(state, id, open, voters);
  validatorTable.set(state, address, { ...validator, governSequence: sequence });
  const counts = { voters: voters.length.toString(), power: powerOf(set, voters).toString() };
  return accepted([{ type: 'govern', attributes: { motion: id, validator: address, support: support ? '1' : '0', ...counts } }]);
}

function judgeTime(height: bigint, { expiry }: Motion, record: MotionRecord | undefined): Verdict | undefined {
  if (expiry < height) return refused('MOTION_EXPIRED', `the motion expired at peg height ${expiry}`);
  if (expiry > height + MAX_MOTION_LIFE)
    return refused('MOTION_DISTANT', `the motion expires at peg height ${expiry}, more than ${MAX_MOTION_LIFE} from now`);
  if (record?.decision === undefined) return undefined;
  return refused('MOTION_DECIDED', `the motion was decided at peg height ${record.decision.height}`);
}

function judgeWithdrawal(address: Hex, record: MotionRecord | undefined): Verdict | undefined {
  if (record?.voters.includes(address) === true) return undefined;
  return refused('MOTION_NOT_VOTED', `validator ${address} does not support this motion`);
}

function judgeSupport(
  state: Overlay,
  height: bigint,
  address: Hex,
  { changes }: Motion,
  record: MotionRecord | undefined,
): Verdict | undefined {
  if (record?.voters.includes(address) === true)
    return refused('MOTION_VOTED', `validator ${address} supports this motion already`);
  if (record === undefined) {
    const started = openMotions(state, height).filter(([, { starter }]) => starter === address);
    if (started.length >= MAX_STARTED_MOTIONS)
      return refused('MOTION_TOO_MANY', `${started.length} motions that validator ${address} started are open`);
  }
  return enact(state.fork(), changes);
}

/**
 * What is decided at the end of block `height`. One motion after the other, oldest first, each weighed by the set that the
 * ones before it have left; one whose changes can no longer be made is void, one that lacks balances waits for them. Motions
 * whose time is over are dropped.
 */
export function decideMotions(state: Overlay, height: bigint): readonly PegEvent[] {
  const events: PegEvent[] = [];
  for (;;) {
    const set = readValidatorSet(state);
    const next = openMotions(state, height).find(([, record]) => isReady(state, set, record));
    if (next === undefined) break;
    events.push(decide(state, height, set, ...next));
  }
  for (const [id, record] of [...motionTable.entries(state)]) {
    if (record.motion.expiry > height) continue;
    closeMotion(state, id, record);
    if (record.decision === undefined) events.push({ type: 'motion', attributes: { motion: id, outcome: 'expired' } });
  }
  return events;
}

function decide(state: Overlay, height: bigint, set: ValidatorSet, id: Hex, record: MotionRecord): PegEvent {
  const fork = state.fork();
  const refusal = enact(fork, record.motion.changes) ?? adoptLedger(fork, record.motion.changes);
  if (refusal !== undefined) {
    closeMotion(state, id, record, { height, code: refusal.code });
    const attributes = { motion: id, outcome: 'void', code: refusal.code.toString(), reason: refusal.log };
    return { type: 'motion', attributes };
  }
  closeMotion(fork, id, record, { height, code: 0 });
  state.absorb(fork);
  const { members } = readValidatorSet(state);
  const gone = new Set([...set.members.keys()].filter((address) => !members.has(address)));
  if (gone.size > 0) {
    withdrawVotesOf(state, gone);
    silenceVoters(state, gone);
  }
  return { type: 'motion', attributes: { motion: id, outcome: 'passed', changes: record.motion.changes.length.toString() } };
}

/** A quorum stands behind it, and what a breach needs to be mended is on record. */
function isReady(state: Overlay, set: ValidatorSet, { motion, voters }: MotionRecord): boolean {
  if (!isQuorum(powerOf(set, voters), set.totalPower)) return false;
  return breachCell.get(state) === undefined || missingLists(state, motion).length === 0;
}

function adoptLedger(state: Overlay, changes: readonly Change[]): Verdict | undefined {
  const correction = changes.find((change) => change.type === 'correction');
  return correction === undefined ? undefined : adoptCorrection(state, correction);
}

/** Whether anything could be decided or dropped: saves the reading of the set in nearly every block. */
export function awaitsDecision(state: StateReader, height: bigint): boolean {
  for (const [, { motion, decision }] of motionTable.entries(state))
    if (decision === undefined || motion.expiry <= height) return true;
  return false;
}
