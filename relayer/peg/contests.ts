// Contests: validators attest that a block the peg holds for final is not on Ethereum's chain. One a validator; when more than
// 2/3 of the power attest the same other block, the ledger and the contract have parted. Looked at once a block, like motions.

import { type Hex, hex } from '../lib/bytes.ts';
import { asList, asUint, rlpUint } from '../lib/rlp.ts';
import type { Overlay } from './overlay.ts';
import { ADDRESS_KEY, asHex, Table } from './records.ts';
import { breachCell, finalTable, validatorTable } from './tables.ts';
import type { ContestTx, PegEvent, StateReader, Verdict } from './types.ts';
import { isQuorum, powerOf, type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';

export interface Contest {
  readonly height: bigint;
  readonly hash: Hex;
}

/** By consensus address. */
export const contestTable = new Table<Hex, Contest>(
  'c',
  ADDRESS_KEY,
  ({ height, hash }) => [rlpUint(height), hex(hash, 32)],
  (item) => {
    const [height, hash] = asList(item, 2);
    return { height: asUint(height, 64), hash: asHex(hash, 32) };
  },
);

/** Judges a contest and, when it is accepted, makes it the one of its validator; the final hash itself takes it back. */
export function executeContest(state: Overlay, set: ValidatorSet, signer: Hex, contest: ContestTx): Verdict {
  const member = validatorOf(set, signer);
  if (member === undefined) return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  const [address, validator] = member;
  const breach = breachCell.get(state);
  if (breach !== undefined) return refused('BREACH', `breach at block ${breach.height}: ${breach.reason}`);
  const { sequence, height, hash } = contest;
  const next = validator.governSequence + 1n;
  if (sequence !== next) return refused('GOVERN_SEQUENCE', `sequence ${sequence} where ${next} comes next`);
  const final = finalTable.get(state, height);
  if (final === undefined) return refused('CONTEST_NOT_FINAL', `the peg keeps no final hash of block ${height}`);
  const standing = contestTable.get(state, address);
  const withdraws = hash === final;
  if (withdraws ? standing === undefined : standing?.height === height && standing.hash === hash)
    return refused('CONTEST_NOTHING_NEW', `${validator.name} has said this already`);

  if (withdraws) contestTable.delete(state, address);
  else contestTable.set(state, address, { height, hash });
  validatorTable.set(state, address, { ...validator, governSequence: sequence });
  const attributes = { validator: address, eth_block: height.toString(), hash, final, stands: withdraws ? '0' : '1' };
  return accepted([{ type: 'contest', attributes }]);
}

/**
 * What contests amount to at the end of a block: those of former validators, and those about blocks whose hash is no longer
 * kept, are dropped; a quorum on one other block is a breach, and its evidence takes the place of the contests.
 */
export function weighContests(state: Overlay, set: ValidatorSet): readonly PegEvent[] {
  const standing = new Map<string, { readonly contest: Contest; readonly final: Hex; readonly voters: Hex[] }>();
  for (const [address, contest] of [...contestTable.entries(state)]) {
    const final = finalTable.get(state, contest.height);
    if (final === undefined || !set.members.has(address)) {
      contestTable.delete(state, address);
      continue;
    }
    const name = `${contest.height} ${contest.hash}`;
    const known = standing.get(name) ?? { contest, final, voters: [] };
    known.voters.push(address);
    standing.set(name, known);
  }
  if (breachCell.get(state) !== undefined) return [];
  for (const { contest, final, voters } of standing.values()) {
    const power = powerOf(set, voters);
    if (!isQuorum(power, set.totalPower)) continue;
    const { height, hash: attested } = contest;
    const reason = `validators attest ${attested}, not ${final}, on the chain of Ethereum`;
    breachCell.set(state, { height, reason, evidence: { final, attested, power, totalPower: set.totalPower, voters } });
    contestTable.clear(state);
    return [{ type: 'breach', attributes: { eth_block: height.toString(), reason } }];
  }
  return [];
}

/** Whether there is anything to weigh. */
export function hasContests(state: StateReader): boolean {
  for (const _ of contestTable.entries(state)) return true;
  return false;
}
