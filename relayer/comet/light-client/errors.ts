// Why a block or a record is not believed. Nothing a node sends makes the light client fail with anything else than these
// and the codes of the connection (CometCode).

import { CodedError } from '../../lib/errors.ts';

export type LightCode =
  /** A field is missing, out of range or of the wrong size; `data.field` names it. */
  | 'BLOCK_MALFORMED'
  /** The header belongs to another chain than the trusted one. */
  | 'CHAIN_ID_DIFFERS'
  /** Header and commit, or header and the height that was asked for, have different heights. */
  | 'HEIGHT_DIFFERS'
  /** Header and block id, header and validators, or the validators of two successive headers do not hash to the same. */
  | 'HASH_MISMATCH'
  /** The commit has other votes than its validators could have cast: their number or an address differs. */
  | 'COMMIT_MISMATCH'
  /** A validator's vote is in the commit twice. */
  | 'DOUBLE_VOTE'
  /** A signature is not the validator's signature of this block. */
  | 'SIGNATURE_INVALID'
  /** Validators with no more than 2/3 of the power signed the block. */
  | 'NOT_ENOUGH_POWER'
  /** Validators with no more than 1/3 of the power that is trusted signed the block: blocks between are needed. */
  | 'NOT_ENOUGH_TRUST'
  /** The block is not later than the trusted one, in height or time. */
  | 'NOT_LATER'
  /** The header's time is further ahead than the clocks may differ. */
  | 'HEADER_FROM_FUTURE'
  /** The trusted header is older than the trusting period: its validators may have left since. */
  | 'TRUST_EXPIRED'
  /** At the trusted height the node has a block with another hash. */
  | 'TRUSTED_HASH_DIFFERS'
  /** More blocks between were needed than allowed. */
  | 'TOO_MANY_BLOCKS'
  /** The proof does not show the record, or its absence, under the app hash. */
  | 'PROOF_INVALID'
  /** The record is proved but is not in the format of this version. */
  | 'RECORD_MALFORMED'
  /** The node does not have the block or state yet, or not any more. Try again. */
  | 'HEIGHT_UNAVAILABLE'
  /** A second node has another block of the same height, signed as well: validators signed both. `data` has the two
   * `blocks` with header and commit, and the addresses in `signedBoth`. */
  | 'DIVERGENCE'
  /** A second node shows another block, but one that does not verify: it is wrong or lies. */
  | 'WITNESS_FAULTY'
  /** A second node does not have the block yet. Try again. */
  | 'WITNESS_BEHIND';

export class LightError extends CodedError<LightCode> {}
