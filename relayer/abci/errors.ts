// The room's error codes. The application throws one only to be halted; what users get wrong is answered with the peg's
// result codes.

import { CodedError } from '../lib/errors.ts';

export type AbciCode =
  /** The genesis file, its `app_state` or its validators are not what they must be; the message names the field. */
  | 'GENESIS_INVALID'
  /** The engine made a call at a height, or in a state, in which ABCI does not allow it. */
  | 'ABCI_CALL_ORDER'
  /** The record that the application keeps beside the state, or a log of calls, is missing or damaged. */
  | 'ABCI_RECORD_INVALID'
  /** The state in the home is that of another chain than the genesis file. */
  | 'STATE_FOREIGN'
  /** The address to serve at is neither a unix nor a TCP address, or does not exist on this machine. */
  | 'ABCI_ADDRESS_INVALID'
  /** Something else listens at the address to serve at. */
  | 'ABCI_ADDRESS_IN_USE'
  /** The user may not listen at the address to serve at. */
  | 'ABCI_ADDRESS_FORBIDDEN'
  /** A client sent a frame whose length cannot be. */
  | 'ABCI_FRAME_INVALID'
  /** A client sent a frame that holds no request. */
  | 'ABCI_REQUEST_INVALID'
  /** A client sent a request of no known kind. */
  | 'ABCI_REQUEST_UNKNOWN'
  /** The application answered what cannot be encoded: a field is missing or of another type. It is halted. */
  | 'ABCI_ANSWER_INVALID';

export class AbciError extends CodedError<AbciCode> {}
