// From what somebody says of the contract at one block to its values at a later one: all events between are folded onto the
// claim, and the result is compared with the values of the later block, whose state is there. The accumulator is a chain of
// hashes, so a false claim, or a missing, false or misplaced event, cannot lead to the same value. That confirms claims about
// blocks whose state no endpoint has any more, and reads the past without its headers.

import type { Hex } from '../lib/bytes.ts';
import type { CommitmentReader } from './commitment.ts';
import { EthereumError } from './errors.ts';
import { asObject, asQuantity, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import type { LogRanges } from './log-ranges.ts';
import { parseStakeLogs } from './stake-logs.ts';
import type { CommitmentClaim, ContractCommitment, EventsBetween, FoldEvent, Header, PlacedLog } from './types.ts';

export interface ForwardProofParts {
  readonly contract: Hex;
  readonly fold: FoldEvent;
  readonly ranges: LogRanges;
  readonly commitments: CommitmentReader;
}

/**
 * The events between the claim and the block `at`, and whether the values that they lead to were proved. Throws
 * `ETH_FOLD_MISMATCH` when they do not lead to the contract's: then either the claim or the endpoint's logs are false.
 */
export async function eventsBetween(
  { contract, fold, ranges, commitments }: ForwardProofParts,
  { number, commitment: claimed }: CommitmentClaim,
  at: VerifiedHeader,
  signal?: AbortSignal,
): Promise<EventsBetween> {
  const { commitment, check } = await commitments.read(at, signal);
  let folded = claimed;
  const events: PlacedLog[] = [];
  for await (const piece of ranges.pieces(number + 1n, at.number, signal))
    for (const json of piece) {
      const event = placed(json, contract);
      folded = step(fold, folded, event);
      events.push(event);
    }
  if (folded.nonce === commitment.nonce && folded.accumulator === commitment.accumulator)
    return { events, proved: check === 'storage-proof' };
  const message = `nonce ${claimed.nonce} (${claimed.accumulator}) after block ${number} does not lead to the contract's values after block ${at.number}`;
  throw new EthereumError('ETH_FOLD_MISMATCH', message, { eth_block: number, hash: at.hash });
}

/** A log with the place that it claims; the fold holds the block number against the proved value. */
function placed(json: Json, contract: Hex): PlacedLog {
  const { blockHash, blockNumber } = asObject(json, 'log');
  const number = asQuantity(blockNumber, 'log.blockNumber');
  const header: Header = { number, hash: String(blockHash).toLowerCase() as Hex, parentHash: '0x' };
  const [log] = parseStakeLogs([json], header, contract);
  return { number, log: log as PlacedLog['log'] };
}

/** A log out of turn leads nowhere. */
function step(fold: FoldEvent, before: ContractCommitment, { number, log }: PlacedLog): ContractCommitment {
  if (log.nonce === before.nonce + 1n) return fold(before, number, log);
  throw new EthereumError('ETH_FOLD_MISMATCH', `event ${log.nonce} of block ${number} came after event ${before.nonce}`, {
    eth_block: number,
  });
}
