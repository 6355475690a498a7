// What can become of a request to a node's interface.

import { CodedError } from '../lib/errors.ts';

export type ClientCode =
  /** No answer, or one that says to come back later (`data.status` 503 or 429, `data.retryAfterMs`). Try again. */
  | 'PEG_UNREACHABLE'
  /** The node answered with a problem document; `data`: `{status, type, codespace?, code?}`. */
  | 'PEG_REQUEST_REFUSED'
  /** What answered is not a node's interface. */
  | 'PEG_ANSWER_MALFORMED'
  /** A rule of the protocol is against the order; `data`: `{codespace, code}` (docs/protocol.md, section 9). */
  | 'ORDER_REFUSED'
  /** The order was taken, but got into no block in time, or the round changed as often as it was tried. */
  | 'ORDER_NOT_INCLUDED'
  /** The stream cannot go on from where it was: the node no longer keeps that block, refuses the subscription, or is another network's. */
  | 'STREAM_REFUSED';

export class ClientError extends CodedError<ClientCode> {}
