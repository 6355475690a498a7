// Rounds and the rebalance (protocol, section 8): when a period's last block is final, the balances become the limits of the
// next one. A proposal carries the digest of a mapping that every validator constructs for itself.

import type { Hex } from '../lib/bytes.ts';
import { constructMapping, type Mapping, mappingDigest } from './mapping.ts';
import type { Overlay } from './overlay.ts';
import {
  balanceTable,
  breachCell,
  contractCell,
  ethereumCell,
  limitTable,
  orderIdTable,
  paramsCell,
  roundCell,
  usageTable,
} from './tables.ts';
import type { RebalanceTx, StateReader, Verdict } from './types.ts';
import { type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';

/** The mapping that follows from the balances of now. */
export function nextMapping(state: StateReader): Mapping {
  return constructMapping(balanceTable.entries(state), paramsCell.read(state).periodLimit);
}

interface WorkedOut {
  readonly periodLimit: bigint;
  readonly mapping: Mapping;
  readonly digest: Hex;
}

/** By version of the balances: a proposer can fill its block with false proposals, and each would cost a pass over all stakers. */
const known = new WeakMap<object, WorkedOut>();

function workOut(state: Overlay): WorkedOut {
  const version = balanceTable.version(state);
  const { periodLimit } = paramsCell.read(state);
  const before = known.get(version);
  if (before?.periodLimit === periodLimit) return before;
  const mapping = nextMapping(state);
  const now = { periodLimit, mapping, digest: mappingDigest(mapping) };
  known.set(version, now);
  return now;
}

/** Judges a proposal and, when it is the first valid one, adopts it. */
export function executeRebalance(state: Overlay, set: ValidatorSet, signer: Hex, proposal: RebalanceTx): Verdict {
  const refusal = judgeRebalance(state, set, signer, proposal, () => workOut(state).digest);
  if (refusal !== undefined) return refusal;
  const { mapping } = workOut(state);
  adopt(state, proposal, mapping);
  return accepted([
    {
      type: 'rebalance',
      attributes: {
        round: proposal.round.toString(),
        starts_at: proposal.startsAt.toString(),
        ends_at: proposal.endsAt.toString(),
        stakers: mapping.length.toString(),
        mapping: proposal.mapping,
      },
    },
  ]);
}

/**
 * Why a proposal is refused, undefined when it is valid.
 *
 * @param digest of the mapping of the balances in `state`; costs a pass over all stakers, so it is asked for last
 */
export function judgeRebalance(
  state: StateReader,
  set: ValidatorSet,
  signer: Hex,
  proposal: RebalanceTx,
  digest: () => Hex,
): Verdict | undefined {
  const refusal = judge(state, set, signer, proposal);
  if (refusal !== undefined) return refusal;
  const mapping = digest();
  if (proposal.mapping === mapping) return undefined;
  return refused('REBALANCE_MAPPING', `the balances give the mapping ${mapping}, not ${proposal.mapping}`);
}

function judge(state: StateReader, set: ValidatorSet, signer: Hex, proposal: RebalanceTx): Verdict | undefined {
  if (validatorOf(set, signer) === undefined)
    return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  const breach = breachCell.get(state);
  if (breach !== undefined) return refused('BREACH', `breach at block ${breach.height}: ${breach.reason}`);
  const round = roundCell.read(state);
  if (proposal.round <= round.number)
    return refused('REBALANCE_ALREADY_ADOPTED', `round ${proposal.round} is not after round ${round.number}`);
  if (proposal.round !== round.number + 1n)
    return refused('REBALANCE_ROUND', `round ${proposal.round} where ${round.number + 1n} comes next`);
  const { matureBlock } = ethereumCell.read(state);
  if (matureBlock !== undefined && matureBlock !== round.endsAt) {
    return refused('REBALANCE_EARLY', `block ${matureBlock} is final, the round ends at ${round.endsAt}`);
  }
  const startsAt = matureBlock ?? contractCell.read(state).startBlock;
  const endsAt = startsAt + paramsCell.read(state).periodLength;
  if (proposal.startsAt !== startsAt || proposal.endsAt !== endsAt) {
    const given = `(${proposal.startsAt}, ${proposal.endsAt}]`;
    return refused('REBALANCE_BOUNDS', `round ${proposal.round} covers (${startsAt}, ${endsAt}], not ${given}`);
  }
  return undefined;
}

function adopt(state: Overlay, { round, startsAt, endsAt }: RebalanceTx, mapping: Mapping): void {
  limitTable.clear(state);
  for (const [staker, limit] of mapping) limitTable.set(state, staker, limit);
  usageTable.clear(state);
  orderIdTable.clear(state);
  roundCell.set(state, { number: round, startsAt, endsAt, limit: paramsCell.read(state).periodLimit });
  const ethereum = ethereumCell.read(state);
  if (ethereum.matureBlock === undefined) ethereumCell.set(state, { ...ethereum, matureBlock: startsAt });
}
