// What the embedded engine can refuse or break on.

import { CodedError } from '../lib/errors.ts';

export type EngineErrorCode =
  /** The genesis document asks for something this engine cannot do, or contradicts itself. */
  | 'ENGINE_GENESIS_INVALID'
  /** The options of `startEngine` contradict each other or the genesis document. */
  | 'ENGINE_OPTIONS_INVALID'
  /** The store of a node belongs to another chain, or its records do not fit together. */
  | 'ENGINE_STORE_INVALID'
  /** The application is ahead of the blocks its node has: it was run with another store. Fatal, never repaired. */
  | 'ENGINE_APPLICATION_AHEAD'
  /** The application is behind the oldest block that its node still has. */
  | 'ENGINE_APPLICATION_BEHIND'
  /** After a replay, or in `info`, the application has another app hash than the chain at that height. */
  | 'ENGINE_APP_HASH_MISMATCH'
  /** Nodes that executed the same block disagree; `data.nodes` names them and what each of them answered. */
  | 'ENGINE_APPLICATIONS_DIVERGED'
  /** The application answered against the rules of ABCI (too many bytes, wrong number of results, bad updates…). */
  | 'ENGINE_APPLICATION_INVALID'
  /** The application threw: that asks for its node to be halted. */
  | 'ENGINE_APPLICATION_FAILED'
  /** The node was stopped in the middle of a block, by a crash point. */
  | 'ENGINE_NODE_CRASHED'
  /** The node does not run. */
  | 'ENGINE_NODE_DOWN'
  /** The node runs already. */
  | 'ENGINE_NODE_RUNNING'
  /** The engine was closed, or has halted. */
  | 'ENGINE_CLOSED'
  /** `step` works only when nothing else makes blocks. */
  | 'ENGINE_NOT_STEPPED'
  /** The port asked for is in use. */
  | 'ENGINE_PORT_IN_USE'
  /** The engine broke a rule of its own; the cause tells. */
  | 'ENGINE_DEFECT';

export class EngineError extends CodedError<EngineErrorCode> {}
