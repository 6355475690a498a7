// When a round has ended every witness proposes the next one; the first valid proposal wins (protocol section 8). Pure.

import type { Hex } from '../lib/bytes.ts';
import { constructMapping, mappingDigest } from '../peg/mapping.ts';
import type { RebalanceTx } from '../peg/types.ts';
import type { PegView } from './peg-view.ts';

/** True in round 0 and when everything up to the round's end is final. */
export function rebalanceDue({ ethereum, round }: PegView): boolean {
  return round.number === 0n || ethereum.matureEthBlock === round.endsAt;
}

/** The proposal for the next round, over the balances as of the round's end. */
export function planRebalance(peg: PegView, balances: readonly (readonly [Hex, bigint])[]): RebalanceTx {
  const { round, params, ethereum } = peg;
  const startsAt = round.number === 0n ? ethereum.startBlock : round.endsAt;
  return {
    type: 'rebalance',
    round: round.number + 1n,
    startsAt,
    endsAt: startsAt + params.periodLength,
    mapping: mappingDigest(constructMapping(balances, params.periodLimit)),
  };
}
