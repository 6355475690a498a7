// What the rest of the relayer sees of Ethereum: headers and blocks that were verified, never raw answers.

import type { Hex } from '../lib/bytes.ts';
import type { CodedError } from '../lib/errors.ts';

export interface Header {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
}

/** A stake event as the contract logged it. */
export interface StakeLog {
  readonly kind: 'add' | 'remove';
  readonly staker: Hex;
  readonly amount: bigint;
  readonly nonce: bigint;
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

/** The contract's `eventNonce` and `accumulator` after some block. */
export interface ContractCommitment {
  readonly nonce: bigint;
  readonly accumulator: Hex;
}

/**
 * How a block's content was proved; shown to operators. `later-proof`: its events and those of later blocks fold to values
 * that are proved after the last of them.
 */
export type Check =
  | 'header-hash'
  | 'bloom'
  | 'logs'
  | 'receipts-root'
  | 'fold'
  | 'storage-proof'
  | 'later-proof'
  | 'contract-call'
  | 'storage-read';

/** A block on the canonical chain as far as the endpoint knows it, with every event of the contract in it, in log order. */
export interface VerifiedBlock {
  readonly header: Header;
  readonly logs: readonly StakeLog[];
  /** The contract's values after the block; present exactly when there are logs. */
  readonly after?: ContractCommitment;
  readonly checks: readonly Check[];
  /** With several endpoints: how many of those that answered agree on the hash of this block or of one on top of it. */
  readonly agreement?: { readonly agreed: number; readonly asked: number };
}

/** The contract's values after a block as somebody else states them, to be confirmed. */
export interface CommitmentClaim {
  readonly number: bigint;
  readonly commitment: ContractCommitment;
}

/** What stakers have in the contract after a block. */
export interface ContractStakes {
  /** In the order of the stakers asked for, in base units. */
  readonly amounts: readonly bigint[];
  /** Each proved against the block's state root; otherwise it is the word of as many endpoints as have to agree. */
  readonly proved: boolean;
}

/** Reads the contract's books, for audits. */
export interface ContractBooks {
  /** Stakes after the block with this hash; throws ETH_STATE_UNAVAILABLE where that state is gone. */
  stakes(blockHash: Hex, stakers: readonly Hex[], signal?: AbortSignal): Promise<ContractStakes>;
}

/** An event and the block that it is in. */
export interface PlacedLog {
  readonly number: bigint;
  readonly log: StakeLog;
}

/** Events that lead from the values after one block to those after another. */
export interface EventsBetween {
  /** Ascending. */
  readonly events: readonly PlacedLog[];
  /** Whether the values that they lead to were proved against the block's state root. */
  readonly proved: boolean;
}

/** Reads the contract's past without the headers of it, for audits. */
export interface ContractHistory {
  /**
   * Every event after the block of `since` up to the block with this hash. Throws ETH_FOLD_MISMATCH when they do not fold
   * from those values to the contract's own, ETH_STATE_UNAVAILABLE where the state of the block is gone.
   */
  eventsSince(since: CommitmentClaim, blockHash: Hex, signal?: AbortSignal): Promise<EventsBetween>;
}

/** Folds one event into the accumulator. Rooms on this level do not import each other: `node/` passes the protocol's own fold. */
export type FoldEvent = (
  before: ContractCommitment,
  blockNumber: bigint,
  event: Pick<StakeLog, 'kind' | 'staker' | 'amount'>,
) => ContractCommitment;

/** One view of Ethereum that follows the head and verifies what it hands out. Errors are CodedErrors of this room. */
export interface EthereumView {
  /** The newest head known, undefined before the first answer. */
  head(): Header | undefined;
  /** Number of the endpoint's `finalized` block, undefined when it has none. */
  finalized(): bigint | undefined;
  /** Header at `number` on the present canonical chain. */
  header(number: bigint, signal?: AbortSignal): Promise<Header>;
  /**
   * Blocks from..to (inclusive) of one branch, verified; the events must fold to the contract's own values.
   *
   * @param before the contract's values before the first block, where the caller knows them: then blocks can be verified of
   * which no endpoint has the state any more
   */
  blocks(from: bigint, to: bigint, signal?: AbortSignal, before?: ContractCommitment): Promise<readonly VerifiedBlock[]>;
  /**
   * The contract's values after the block with this hash.
   *
   * @param claim confirmed by folding all events since to values that can be proved, where no endpoint has the state of
   * the block any more
   */
  commitment(blockHash: Hex, signal?: AbortSignal, claim?: CommitmentClaim): Promise<ContractCommitment>;
  /** Resolves when the head differs from `seen` (or after the poll interval at the latest). */
  nextHead(seen: Hex | undefined, signal?: AbortSignal): Promise<void>;
  /** Why the head stands still although endpoints answer: they disagree, or too few of them can be asked. */
  trouble?(): CodedError | undefined;
}
