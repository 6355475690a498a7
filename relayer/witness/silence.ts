// Why a witness keeps quiet. Silence is better than a wrong vote, but it must never be a riddle: every reason has a
// stable code and names the blocks and hashes that it is about.

/** Reasons for not doing something that might be due. */
export type SilenceCode =
  /** The consensus address is not in the peg's validator set. */
  | 'NOT_A_VALIDATOR'
  /** The peg knows another witness address for this validator than the one of the key in use. */
  | 'WITNESS_KEY_DIFFERS'
  /** The peg recorded a breach: it takes no votes, deliveries or rebalances any more. */
  | 'PEG_BREACHED'
  /** The finality latch is closed; an operator has to look. */
  | 'LATCH_CLOSED'
  /** The node of the peg did not answer, or not with what its query paths promise. */
  | 'PEG_UNREACHABLE'
  /** Ethereum did not answer, or not with anything that could be verified. */
  | 'ETHEREUM_UNREACHABLE'
  /** The endpoints of Ethereum say different things of the block to be voted for. */
  | 'ENDPOINTS_DISAGREE'
  /** Fewer endpoints of Ethereum than have to agree can be asked. */
  | 'TOO_FEW_ENDPOINTS'
  /** No head of Ethereum is known yet. */
  | 'NO_HEAD'
  /** The head is less than x above the peg's mature block (or block S), so the two cannot be compared for good yet. */
  | 'HEAD_TOO_LOW'
  /** Below x the chain shows another hash or commitment at the peg's mature block: perhaps a reorg that will pass. */
  | 'MATURE_BLOCK_DIFFERS'
  /** The config asks for the finalized tag and the endpoint has none, or it does not reach the next block yet. */
  | 'NOT_FINALIZED'
  /** The head of Ethereum has been the same for longer than the config allows, and what lies below it is voted for. */
  | 'HEAD_STANDS'
  /** The same of the finalized block, where the config asks for the tag. */
  | 'FINALIZED_STANDS'
  /** Ethereum's view could not verify a block (its own code is in the data); those below it are voted for. */
  | 'BLOCK_UNVERIFIED'
  /** A block's logs do not fold to the contract's commitment after it. */
  | 'FOLD_MISMATCH'
  /** Blocks read one after the other are not of one branch: the chain moved while it was read. */
  | 'CHAIN_MOVED'
  /** All blocks that the peg would take now are voted for: 1,024 beyond its mature block. */
  | 'WINDOW_FULL'
  /** The peg refused a transaction; its code and log are in the message. */
  | 'REFUSED';

/** One reason, with the things it is about. */
export interface Silence {
  readonly code: SilenceCode;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function silence(code: SilenceCode, message: string, data: Record<string, unknown> = {}): Silence {
  return { code, message, data };
}
