// Every reason for a refusal, with a stable number: codes are part of consensus. In each codespace they stand in the order in
// which the checks run; the first that fails gives the code.

export interface Code {
  readonly code: number;
  readonly codespace: string;
  readonly doc: string;
}

export const CODES = {
  TX_TOO_LARGE: { code: 1, codespace: 'tx', doc: 'the transaction has more than 262,144 bytes' },
  TX_MALFORMED: { code: 2, codespace: 'tx', doc: 'the bytes are not the canonical encoding of a transaction' },
  TX_BAD_SIGNATURE: { code: 3, codespace: 'tx', doc: 'the signature is not one of a key: wrong v, high s, or not on the curve' },

  NOT_A_WITNESS: { code: 1, codespace: 'witness', doc: 'the signer is not the witness of a current validator' },
  BREACH: {
    code: 2,
    codespace: 'witness',
    doc: 'the ledger and the contract have parted; votes, deliveries, rebalances and contests are refused',
  },
  VOTE_TWICE_IN_BLOCK: { code: 3, codespace: 'witness', doc: 'the validator has had a vote accepted in this peg block' },
  VOTE_SEQUENCE: { code: 4, codespace: 'witness', doc: "the sequence is not the validator's stored sequence + 1" },
  VOTE_GAP: { code: 5, codespace: 'witness', doc: 'blocks between the last one voted for and this vote are missing' },
  VOTE_BEYOND_WINDOW: { code: 6, codespace: 'witness', doc: 'a block lies more than 1,024 beyond the mature block' },
  VOTE_CONTRADICTS_FINAL: { code: 7, codespace: 'witness', doc: 'a block that is final is given another hash' },
  VOTE_TOO_OLD: { code: 8, codespace: 'witness', doc: 'a block is older than the final blocks that are kept' },
  NOTHING_NEW: { code: 9, codespace: 'witness', doc: 'the vote changes nothing that the validator has not said already' },

  EVENTS_FINAL: { code: 1, codespace: 'events', doc: 'the block is final already' },
  EVENTS_EMPTY: { code: 2, codespace: 'events', doc: 'the delivery holds no event' },
  EVENTS_AMOUNT: { code: 3, codespace: 'events', doc: 'an event moves an amount of 0' },
  EVENTS_NOT_ATTESTED: {
    code: 4,
    codespace: 'events',
    doc: 'the events do not fold to what more than 1/3 of the power names for the block',
  },
  EVENTS_ON_RECORD: { code: 5, codespace: 'events', doc: 'all of the events are on record already' },

  REBALANCE_ALREADY_ADOPTED: { code: 1, codespace: 'rebalance', doc: 'the round has been adopted already' },
  REBALANCE_ROUND: { code: 2, codespace: 'rebalance', doc: 'the round is not the one after the current round' },
  REBALANCE_EARLY: { code: 3, codespace: 'rebalance', doc: 'the current round has not been confirmed to its end' },
  REBALANCE_BOUNDS: {
    code: 4,
    codespace: 'rebalance',
    doc: "startsAt or endsAt does not follow from the current round and the period's length",
  },
  REBALANCE_MAPPING: {
    code: 5,
    codespace: 'rebalance',
    doc: 'the digest is not that of the mapping that follows from the balances',
  },

  ORDER_ROUND: { code: 1, codespace: 'order', doc: 'the round is not the current round' },
  ORDER_EMPTY: { code: 2, codespace: 'order', doc: 'the payload is empty' },
  ORDER_TOO_LARGE: { code: 3, codespace: 'order', doc: 'the payload has more than maxOrderBytes bytes' },
  ORDER_DUPLICATE: { code: 4, codespace: 'order', doc: 'the same order of the same poster was accepted in this round' },
  ORDER_UNKNOWN_POSTER: { code: 5, codespace: 'order', doc: 'the poster has no limit in this round' },
  ORDER_LIMIT_USED_UP: { code: 6, codespace: 'order', doc: "the poster's limit of this round is used up" },

  GOVERN_SEQUENCE: { code: 1, codespace: 'govern', doc: "the sequence is not the validator's stored governSequence + 1" },
  MOTION_EXPIRED: { code: 2, codespace: 'govern', doc: "the motion's expiry is below this peg height" },
  MOTION_DISTANT: { code: 3, codespace: 'govern', doc: 'the expiry is more than 1,000,000 peg blocks away' },
  MOTION_DECIDED: { code: 4, codespace: 'govern', doc: 'the motion has been decided' },
  MOTION_NOT_VOTED: { code: 5, codespace: 'govern', doc: 'a voice is taken back that the motion does not have' },
  MOTION_VOTED: { code: 6, codespace: 'govern', doc: 'the validator supports the motion already' },
  MOTION_TOO_MANY: { code: 7, codespace: 'govern', doc: 'four motions that the validator started are open' },
  MOTION_EMPTY: { code: 8, codespace: 'govern', doc: 'the motion has no change' },
  CHANGE_TWICE: { code: 9, codespace: 'govern', doc: 'two changes are about the same thing' },
  CHANGE_PARAMETER: { code: 10, codespace: 'govern', doc: 'a parameter is out of its range' },
  CHANGE_NOT_A_VALIDATOR: { code: 11, codespace: 'govern', doc: 'a change names somebody who is not a current validator' },
  CHANGE_POWER: { code: 12, codespace: 'govern', doc: 'a power is 0 or more than 2^60 − 1' },
  CHANGE_NAME: { code: 13, codespace: 'govern', doc: 'a name has no or more than 70 characters' },
  CHANGE_KEY_TAKEN: { code: 14, codespace: 'govern', doc: 'the consensus key to be added is that of a current validator' },
  CHANGE_WITNESS_INVALID: {
    code: 15,
    codespace: 'govern',
    doc: 'a witness key is the zero address or a consensus address, or the other way round',
  },
  CHANGE_WITNESS_TAKEN: { code: 16, codespace: 'govern', doc: 'a witness key is or was that of another validator' },
  CHANGE_NOTHING: { code: 17, codespace: 'govern', doc: 'a power, witness key or parameter is what it would become' },
  CHANGE_SET_EMPTY: { code: 18, codespace: 'govern', doc: 'no validator would be left' },
  CHANGE_SET_TOO_STRONG: { code: 19, codespace: 'govern', doc: 'the power of all would exceed 2^60 − 1' },
  CORRECTION_NO_BREACH: { code: 20, codespace: 'govern', doc: 'there is no breach to be corrected' },
  CORRECTION_HEIGHT: { code: 21, codespace: 'govern', doc: 'the block of a correction lies outside the current round' },
  CORRECTION_LEDGER: {
    code: 22,
    codespace: 'govern',
    doc: 'the corrected balances have another digest than the correction says',
  },

  BALANCES_UNKNOWN: { code: 1, codespace: 'balances', doc: 'no open motion names this list of balances' },
  BALANCES_NOT_ATTESTED: {
    code: 2,
    codespace: 'balances',
    doc: 'no open motion with more than 1/3 of the power names this list of balances',
  },
  BALANCES_ON_RECORD: { code: 3, codespace: 'balances', doc: 'the list of balances is on record already' },

  CONTEST_NOT_FINAL: { code: 1, codespace: 'contest', doc: 'the peg keeps no final hash of the block' },
  CONTEST_NOTHING_NEW: { code: 2, codespace: 'contest', doc: 'the contest says what stands already' },

  MEMPOOL_VOTE_WAITS: { code: 1, codespace: 'mempool', doc: 'a vote of the validator waits in the mempool' },
  MEMPOOL_DELIVERIES_WAIT: { code: 2, codespace: 'mempool', doc: 'too many deliveries of the validator wait in the mempool' },
  MEMPOOL_PROPOSAL_WAITS: { code: 3, codespace: 'mempool', doc: 'a proposal of the validator waits in the mempool' },
  MEMPOOL_VOICE_WAITS: { code: 4, codespace: 'mempool', doc: 'a voice of the validator on a motion waits in the mempool' },
  MEMPOOL_NO_STATE: { code: 5, codespace: 'mempool', doc: 'the node has no state yet by which it could judge the transaction' },

  QUERY_PATH: { code: 1, codespace: 'query', doc: 'the path is unknown' },
  QUERY_ARGUMENT: { code: 2, codespace: 'query', doc: 'an argument of the path is not what it must be' },
  QUERY_NOT_FOUND: { code: 3, codespace: 'query', doc: 'the state holds nothing under the argument' },
  QUERY_HEIGHT: { code: 4, codespace: 'query', doc: 'the state of that peg height is not kept' },
  QUERY_NOT_PROVABLE: { code: 5, codespace: 'query', doc: 'the path does not name one record, so there is nothing to prove' },
} as const satisfies Readonly<Record<string, Code>>;

export type CodeName = keyof typeof CODES;
