// A block on a state: pure, so that judging a proposal may already do what finalizing it will ask for.

import type { ExecTxResult, Misbehavior } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, to0x } from '../lib/bytes.ts';
import { beginBlock, endBlock, executeTransaction, type ValidatorUpdate } from '../peg/machine.ts';
import type { Overlay } from '../peg/overlay.ts';
import type { Domain, PegEvent, Verdict } from '../peg/types.ts';
import { misbehaviorEvents } from './misbehavior-events.ts';
import { toTxResult } from './responses.ts';

/** What PrepareProposal, ProcessProposal and FinalizeBlock have in common. */
export interface BlockRequest {
  readonly height: bigint;
  readonly txs: readonly Bytes[];
  readonly proposerAddress: Bytes;
  readonly misbehavior: readonly Misbehavior[];
}

export interface Execution {
  readonly height: bigint;
  /** The state with the block's changes written over it. */
  readonly state: Overlay;
  readonly verdicts: readonly Verdict[];
  readonly txResults: readonly ExecTxResult[];
  /** Events of the block itself, those of transactions are with them. */
  readonly events: readonly PegEvent[];
  readonly validatorUpdates: readonly ValidatorUpdate[];
}

/** The peg's view of a block. */
export function pegBlock({ height, txs, proposerAddress }: BlockRequest) {
  return { height, proposer: to0x(proposerAddress), transactions: txs.length };
}

/** Executes the block on `state`, which is changed. */
export function executeBlock(state: Overlay, domain: Domain, request: BlockRequest): Execution {
  const block = pegBlock(request);
  beginBlock(state, block);
  const verdicts = request.txs.map((tx) => executeTransaction(state, block, domain, tx));
  const { events, validatorUpdates } = endBlock(state, block);
  return {
    height: request.height,
    state,
    verdicts,
    txResults: verdicts.map(toTxResult),
    events: [...misbehaviorEvents(request.misbehavior), ...events],
    validatorUpdates,
  };
}
