// Lists of balances on their way into the state. What more than 1/3 of the power vouches for at least one honest validator has
// worked out for itself, and a digest belongs to one list: so no list needs an order, and nobody can fill the state with others.

import type { Hex } from '../lib/bytes.ts';
import { listsOf, listTable } from './corrected-balances.ts';
import { balancesDigest } from './ledger.ts';
import { openMotions } from './motions.ts';
import type { Overlay } from './overlay.ts';
import { breachCell } from './tables.ts';
import type { BalancesTx, Verdict } from './types.ts';
import { isVouchedFor, powerOf, type ValidatorSet, validatorOf } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';

/** Judges a list of balances at peg height `height` and, when it is accepted, records it. */
export function executeBalances(
  state: Overlay,
  height: bigint,
  set: ValidatorSet,
  signer: Hex,
  { balances }: BalancesTx,
): Verdict {
  if (validatorOf(set, signer) === undefined)
    return refused('NOT_A_WITNESS', `${signer} is not the witness of a current validator`);
  if (breachCell.get(state) === undefined) return refused('CORRECTION_NO_BREACH', 'there is no breach to be corrected');
  const digest = balancesDigest(balances);
  const naming = openMotions(state, height).filter(([, { motion }]) => listsOf(motion).includes(digest));
  if (naming.length === 0) return refused('BALANCES_UNKNOWN', `no open motion names the list ${digest}`);
  if (!naming.some(([, { voters }]) => isVouchedFor(powerOf(set, voters), set.totalPower)))
    return refused('BALANCES_NOT_ATTESTED', `no motion of more than 1/3 of the power names the list ${digest}`);
  if (listTable.has(state, digest)) return refused('BALANCES_ON_RECORD', `the list ${digest} is on record`);
  listTable.set(state, digest, balances);
  return accepted([{ type: 'balances', attributes: { digest, count: balances.length.toString() } }]);
}
