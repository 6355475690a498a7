// The room's error codes. The application throws one only to be halted; what users get wrong is answered with the peg's
// result codes.

import { CodedError } from '../lib/errors.ts';

export type AbciCode =
  /** The genesis file, its `app_state` or its validators are not what they must be; the message names the field. */
  | 'GENESIS_INVALID'
  /** The engine made a call at a height, or in a state, in which ABCI does not allow it. */
  | 'ABCI_CALL_ORDER'
  /** The record that the application keeps beside the state is missing or damaged. */
  | 'ABCI_RECORD_INVALID'
  /** The rules changed the power of a validator whose consensus key the application does not know. */
  | 'ABCI_KEY_UNKNOWN'
  /** The address to serve at is neither a unix nor a TCP address. */
  | 'ABCI_ADDRESS_INVALID'
  /** Something else listens there, or the folder cannot be written. */
  | 'ABCI_ADDRESS_IN_USE'
  /** A client sent a frame whose length cannot be. */
  | 'ABCI_FRAME_INVALID'
  /** A client sent a frame that holds no request. */
  | 'ABCI_REQUEST_INVALID'
  /** A client sent a request of no known kind. */
  | 'ABCI_REQUEST_UNKNOWN';

export class AbciError extends CodedError<AbciCode> {}
