// The way back from a breach: more than 2/3 of the power adopt the ledger as the contract shows it at a stated block. The
// balances that differ come with the motion, and a digest over all of them says what must come out.

import { contestTable } from './contests.ts';
import { dropAllDeliveries } from './deliveries.ts';
import { ledgerDigest } from './ledger.ts';
import type { Overlay } from './overlay.ts';
import { balanceTable, breachCell, contractCell, ethereumCell, finalTable, roundCell, validatorTable } from './tables.ts';
import type { Correction, Verdict } from './types.ts';
import { refused } from './verdict.ts';
import { dropAllVotes } from './votes.ts';

/** Adopts a corrected ledger, or says why that cannot be. Costs a pass over all stakers. */
export function adoptCorrection(state: Overlay, correction: Correction): Verdict | undefined {
  const { height, hash, nonce, accumulator, ledger, balances } = correction;
  if (breachCell.get(state) === undefined) return refused('CORRECTION_NO_BREACH', 'there is no breach to be corrected');
  const { startsAt, endsAt } = roundCell.read(state);
  if (height < startsAt || height > endsAt)
    return refused('CORRECTION_HEIGHT', `block ${height} does not lie in ${startsAt} … ${endsAt}, the current round`);
  for (const [staker, balance] of balances)
    if (balance === 0n) balanceTable.delete(state, staker);
    else balanceTable.set(state, staker, balance);
  const digest = ledgerDigest(balanceTable.entries(state));
  if (digest !== ledger) return refused('CORRECTION_LEDGER', `the balances would have the digest ${digest}, not ${ledger}`);

  ethereumCell.set(state, { nonce, accumulator, matureBlock: height, matureBlockHash: hash });
  finalTable.clear(state);
  if (height > contractCell.read(state).startBlock) finalTable.set(state, height, hash);
  dropAllVotes(state);
  dropAllDeliveries(state);
  for (const [address, validator] of [...validatorTable.entries(state)])
    validatorTable.set(state, address, { ...validator, witnessedTo: height });
  contestTable.clear(state);
  state.delete(breachCell.key);
  return undefined;
}
