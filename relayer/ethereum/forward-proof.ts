// Confirms what somebody says of the contract at a block whose state no endpoint has any more: the events since then are
// folded onto the claim, and the result is compared with the values of a block whose state is still there. The accumulator
// is a chain of hashes, so a false claim, or a missing, false or misplaced event, cannot lead to the same value.

import type { Hex } from '../lib/bytes.ts';
import type { CommitmentReader } from './commitment.ts';
import { EthereumError } from './errors.ts';
import { asObject, asQuantity, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import type { LogRanges } from './log-ranges.ts';
import { parseStakeLogs } from './stake-logs.ts';
import type { CommitmentClaim, ContractCommitment, FoldEvent, Header, StakeLog } from './types.ts';

export interface ForwardProofParts {
  readonly contract: Hex;
  readonly fold: FoldEvent;
  readonly ranges: LogRanges;
  readonly commitments: CommitmentReader;
}

/**
 * True when the claim leads to the contract's values after the block `at`, and whether those were proved. Throws
 * `ETH_FOLD_MISMATCH` when it does not: then either the claim or the endpoint's logs are false.
 */
export async function confirmClaim(
  { contract, fold, ranges, commitments }: ForwardProofParts,
  { number, commitment: claimed }: CommitmentClaim,
  at: VerifiedHeader,
  signal?: AbortSignal,
): Promise<{ readonly proved: boolean }> {
  const { commitment, check } = await commitments.read(at, signal);
  let folded = claimed;
  for await (const piece of ranges.pieces(number + 1n, at.number, signal))
    for (const { header, log } of piece.map((json) => placed(json, contract))) folded = step(fold, folded, header, log);
  if (folded.nonce === commitment.nonce && folded.accumulator === commitment.accumulator)
    return { proved: check === 'storage-proof' };
  const message = `nonce ${claimed.nonce} (${claimed.accumulator}) after block ${number} does not lead to the contract's values after block ${at.number}`;
  throw new EthereumError('ETH_FOLD_MISMATCH', message, { eth_block: number, hash: at.hash });
}

/** A log with the place that it claims; the fold holds the block number against the proved value. */
function placed(json: Json, contract: Hex): { readonly header: Header; readonly log: StakeLog } {
  const { blockHash, blockNumber } = asObject(json, 'log');
  const number = asQuantity(blockNumber, 'log.blockNumber');
  const header: Header = { number, hash: String(blockHash).toLowerCase() as Hex, parentHash: '0x' };
  const [log] = parseStakeLogs([json], header, contract);
  return { header, log: log as StakeLog };
}

/** A log out of turn leads nowhere. */
function step(fold: FoldEvent, before: ContractCommitment, { number }: Header, log: StakeLog): ContractCommitment {
  if (log.nonce === before.nonce + 1n) return fold(before, number, log);
  throw new EthereumError('ETH_FOLD_MISMATCH', `event ${log.nonce} of block ${number} came after event ${before.nonce}`, {
    eth_block: number,
  });
}
