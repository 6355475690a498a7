// Motions as JSON, for those who are asked to support them.

import { to0x } from '../lib/bytes.ts';
import { CODES } from './codes.ts';
import { consensusAddress } from './consensus-address.ts';
import { type Contest, contestTable } from './contests.ts';
import { missingLists } from './corrected-balances.ts';
import type { Json } from './json.ts';
import { type Decision, type MotionRecord, motionTable } from './motions.ts';
import type { Change, StateReader } from './types.ts';
import { powerOf, readValidatorSet } from './validator-set.ts';

/** By consensus address: what validators contest. */
export function contestsView(state: StateReader): Json {
  const view = ({ height, hash }: Contest): Json => ({ height: Number(height), hash });
  return Object.fromEntries([...contestTable.entries(state)].map(([address, contest]) => [address, view(contest)]));
}

/** By digest: every motion that is open, and those decided whose expiry has not come. */
export function motionsView(state: StateReader): Json {
  const set = readValidatorSet(state);
  const view = ({ motion, starter, openedAt, voters, decision }: MotionRecord): Json => ({
    expiry: Number(motion.expiry),
    changes: motion.changes.map(changeView),
    starter,
    openedAt: Number(openedAt),
    voters,
    conf: voters.filter((voter) => set.members.has(voter)).length,
    power: Number(powerOf(set, voters)),
    missing: decision === undefined ? missingLists(state, motion) : [],
    decision: decision === undefined ? null : decisionView(decision),
  });
  return Object.fromEntries([...motionTable.entries(state)].map(([id, record]) => [id, view(record)]));
}

function decisionView({ height, code }: Decision): Json {
  const name = Object.entries(CODES).find(([, known]) => known.codespace === 'govern' && known.code === code)?.[0];
  return { height: Number(height), outcome: code === 0 ? 'passed' : 'void', code, reason: name ?? null };
}

function changeView(change: Change): Json {
  switch (change.type) {
    case 'add': {
      const { publicKey, power, witness, name } = change;
      const validator = consensusAddress(publicKey);
      return { type: 'add', validator, publicKey: to0x(publicKey), power: Number(power), witness, name };
    }
    case 'remove':
      return { type: 'remove', validator: change.validator };
    case 'power':
      return { type: 'power', validator: change.validator, power: Number(change.power) };
    case 'witness':
      return { type: 'witness', validator: change.validator, witness: change.witness };
    case 'periodLimit':
    case 'periodLength':
      return { type: change.type, value: Number(change.value) };
    case 'correction': {
      const { height, hash, nonce, accumulator, ledger, balances } = change;
      return { type: 'correction', height: Number(height), hash, nonce: Number(nonce), accumulator, ledger, balances };
    }
  }
}
