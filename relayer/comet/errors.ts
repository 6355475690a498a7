// The room's error codes: what can become of a question to a node, and of the engine's process.

import { CodedError } from '../lib/errors.ts';

export type CometCode =
  /** No answer: no connection, a time-out, a connection that broke, or something that does not speak JSON-RPC. Try again. */
  | 'PEG_UNREACHABLE'
  /** The application refused a query; `data` has its `code` and `codespace`. */
  | 'PEG_QUERY_REFUSED'
  /** The node answered with a JSON-RPC error; `data` has its `rpcCode`. */
  | 'PEG_RPC_REFUSED'
  /** The node's answer lacks a field or holds something else there. */
  | 'PEG_ANSWER_MALFORMED'
  /** The address of the node is not a URL. */
  | 'PEG_URL_INVALID'
  /** A subscriber read so slowly that blocks piled up; it may subscribe again and fetch what it missed. */
  | 'PEG_SUBSCRIBER_SLOW'
  /** A transaction that the node has taken is in no block yet; `data` has its `hash`. Try again. */
  | 'PEG_TX_NOT_INCLUDED'
  /** The client was closed. */
  | 'PEG_CLIENT_CLOSED'
  /** There is no CometBFT where it was looked for; the message says how to get one. */
  | 'COMETBFT_MISSING'
  /** The program is not a version of CometBFT that speaks ABCI 2.0. */
  | 'COMETBFT_VERSION'
  /** The process ended although nobody stopped it; `data` has how, and the last lines of its log. */
  | 'COMETBFT_ENDED'
  /** The engine could not be taken back a block. */
  | 'COMETBFT_ROLLBACK'
  /** A setting that was given for the engine's config.toml is not TOML, or one on which the node relies. */
  | 'COMETBFT_CONFIG'
  /** A file of CometBFT's home is missing or damaged. */
  | 'COMETBFT_HOME';

export class CometError extends CodedError<CometCode> {}
