// Every way in which reading Ethereum fails, under one stable code each, and what a caller may conclude from it. The
// distinction that matters most: an *answer* is the same whoever is asked (another try or another endpoint changes
// nothing), a *failure* says nothing about the chain. A failed request is never "there is no event".

import { CodedError } from '../lib/errors.ts';

export type EthereumErrorCode =
  /** Failure: no connection, or it broke: refused, reset, DNS, TLS, a redirect. */
  | 'ETH_UNREACHABLE'
  /** Failure: no complete answer before the deadline, however slowly one may have been trickling in. */
  | 'ETH_TIMEOUT'
  /** Failure: HTTP 429, or an error whose text speaks of a rate or quota. */
  | 'ETH_RATE_LIMITED'
  /** Failure: the endpoint answered with HTTP 5xx or another unexpected status. */
  | 'ETH_HTTP_STATUS'
  /** Failure, not retried: HTTP 401, 403, 404 and the like; the URL or its key is wrong. */
  | 'ETH_HTTP_REFUSED'
  /** Failure, not retried as it is: the body or the result exceeds a limit of ours or of the endpoint's; ask for less. */
  | 'ETH_TOO_LARGE'
  /** Failure: not JSON, cut off, not JSON-RPC, another id, or a field that is missing, not canonical or of another shape. */
  | 'ETH_MALFORMED'
  /** Failure: well-formed, but about another block, contract or topic than was asked for. */
  | 'ETH_MISMATCH'
  /** Failure: an error of the endpoint's own (internal, overloaded, syncing, unknown code). */
  | 'ETH_ENDPOINT_FAILED'
  /** Failure: the endpoint does not know this block (any more, or yet); a reorg or a lagging backend. */
  | 'ETH_BLOCK_UNKNOWN'
  /** Failure, not retried: the endpoint has pruned the state of this block; another one may still have it. */
  | 'ETH_STATE_UNAVAILABLE'
  /** Answer: the call reverted. */
  | 'ETH_REVERTED'
  /** Answer: the endpoint does not know the method or refuses its arguments. */
  | 'ETH_REFUSED'
  /** Failure: the header's fields do not hash to the hash it goes by. */
  | 'ETH_HEADER_HASH'
  /** Not retried: the header does not hash to its hash and has fields this version does not know: a fork came; update. */
  | 'ETH_HEADER_UNKNOWN_FIELD'
  /** Failure: receipts do not hash to the header's receiptsRoot. */
  | 'ETH_RECEIPTS_ROOT'
  /** Failure: the logs do not fold to the contract's own nonce and accumulator, by receipts neither. */
  | 'ETH_FOLD_MISMATCH'
  /** Failure: a storage proof does not lead to the header's state root (only where proofs are required). */
  | 'ETH_PROOF_INVALID'
  /** Failure: the blocks read are not of one branch, or no longer of the branch in force: read again. */
  | 'ETH_REORGED'
  /** Answer: the range asked for is empty, backwards or too long. */
  | 'ETH_BAD_RANGE'
  /** Answer: the URL is not an http(s) URL. */
  | 'ETH_BAD_URL'
  /** Answer: the endpoint serves another chain than is configured (or than it served before). */
  | 'ETH_WRONG_CHAIN'
  /** Answer: there is no code at the contract's address. */
  | 'ETH_NO_CONTRACT'
  /** Answer: there is code at the contract's address, but not that of a MakerStaking. */
  | 'ETH_NOT_STAKING_CONTRACT'
  /** Failure: the endpoints say different things of a block that is to be voted for. */
  | 'ETH_DISAGREEMENT'
  /** Failure: fewer endpoints than must agree can be asked at the moment. */
  | 'ETH_TOO_FEW_ENDPOINTS'
  /** The view was closed. */
  | 'ETH_CLOSED';

/** An error of this room. `data` names block, hash, method and endpoint (scheme and host only: paths hold API keys). */
export class EthereumError extends CodedError<EthereumErrorCode> {}

/** What nobody else would answer differently. */
const ANSWERS: ReadonlySet<EthereumErrorCode> = new Set([
  'ETH_REVERTED',
  'ETH_REFUSED',
  'ETH_BAD_RANGE',
  'ETH_BAD_URL',
  'ETH_WRONG_CHAIN',
  'ETH_NO_CONTRACT',
  'ETH_NOT_STAKING_CONTRACT',
]);

/** What the same request to the same endpoint may answer differently a moment later. */
const RETRYABLE: ReadonlySet<EthereumErrorCode> = new Set([
  'ETH_UNREACHABLE',
  'ETH_TIMEOUT',
  'ETH_RATE_LIMITED',
  'ETH_HTTP_STATUS',
  'ETH_MALFORMED',
  'ETH_MISMATCH',
  'ETH_ENDPOINT_FAILED',
  'ETH_BLOCK_UNKNOWN',
  'ETH_HEADER_HASH',
  'ETH_RECEIPTS_ROOT',
  'ETH_FOLD_MISMATCH',
  'ETH_PROOF_INVALID',
  'ETH_REORGED',
  'ETH_DISAGREEMENT',
  'ETH_TOO_FEW_ENDPOINTS',
]);

/** True for a deterministic answer: no other endpoint need be asked. */
export function isAnswer(error: unknown): error is EthereumError {
  return error instanceof EthereumError && ANSWERS.has(error.code);
}

/** True when asking the same endpoint again may help. */
export function isRetryable(error: unknown): error is EthereumError {
  return error instanceof EthereumError && RETRYABLE.has(error.code);
}

/** What cannot be true, whatever the chain is like: as bad as no answer. */
const UNTRUE: ReadonlySet<EthereumErrorCode> = new Set([
  'ETH_HEADER_HASH',
  'ETH_RECEIPTS_ROOT',
  'ETH_FOLD_MISMATCH',
  'ETH_PROOF_INVALID',
  'ETH_MISMATCH',
  'ETH_DISAGREEMENT',
]);

/** True when an endpoint was caught saying something that cannot be true. */
export function isUntrue(error: unknown): error is EthereumError {
  return error instanceof EthereumError && UNTRUE.has(error.code);
}

/** True for an error of this room, with one of these codes when any are given. */
export function isEthereumError(error: unknown, ...codes: readonly EthereumErrorCode[]): error is EthereumError {
  return error instanceof EthereumError && (codes.length === 0 || codes.includes(error.code));
}
