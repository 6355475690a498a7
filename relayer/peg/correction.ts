// The way back from a breach: more than 2/3 of the power adopt the ledger as the contract shows it at a stated block. The
// balances that differ come in lists that the motion names, and a digest over all of them says what must come out.

import { contestTable } from './contests.ts';
import { listTable } from './corrected-balances.ts';
import { dropAllDeliveries } from './deliveries.ts';
import { balancesDigest } from './ledger.ts';
import type { Overlay } from './overlay.ts';
import {
  balanceTable,
  breachCell,
  contractCell,
  ethereumCell,
  finalTable,
  roundCell,
  setBalance,
  validatorTable,
} from './tables.ts';
import type { Correction, StateReader, Verdict } from './types.ts';
import { refused } from './verdict.ts';
import { dropAllVotes } from './votes.ts';

/** Why a correction cannot be adopted, as far as that can be said without its balances. */
export function judgeCorrection(state: StateReader, { height }: Correction): Verdict | undefined {
  if (breachCell.get(state) === undefined) return refused('CORRECTION_NO_BREACH', 'there is no breach to be corrected');
  const { startsAt, endsAt } = roundCell.read(state);
  if (height >= startsAt && height <= endsAt) return undefined;
  return refused('CORRECTION_HEIGHT', `block ${height} does not lie in ${startsAt} … ${endsAt}, the current round`);
}

/** Adopts a corrected ledger whose balances are on record, or says why that cannot be. Costs a pass over all stakers. */
export function adoptCorrection(state: Overlay, correction: Correction): Verdict | undefined {
  const { height, hash, nonce, accumulator, ledger } = correction;
  for (const digest of correction.balances)
    for (const [staker, balance] of listTable.get(state, digest) ?? []) setBalance(state, staker, balance);
  const digest = balancesDigest(balanceTable.entries(state));
  if (digest !== ledger) return refused('CORRECTION_LEDGER', `the balances would have the digest ${digest}, not ${ledger}`);

  ethereumCell.set(state, { nonce, accumulator, matureBlock: height, matureBlockHash: hash });
  finalTable.clear(state);
  if (height > contractCell.read(state).startBlock) finalTable.set(state, height, hash);
  dropAllVotes(state);
  dropAllDeliveries(state);
  for (const [address, validator] of [...validatorTable.entries(state)])
    validatorTable.set(state, address, { ...validator, witnessedTo: height });
  contestTable.clear(state);
  listTable.clear(state);
  state.delete(breachCell.key);
  return undefined;
}
