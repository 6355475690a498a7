// From the peg's verdicts and events to the messages of ABCI. `data` stays empty and gas 0: of a transaction's result only
// the code enters the header of the next block.

import type { Event, ExecTxResult, ResponseCheckTx, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import type { ValidatorUpdate as PegValidatorUpdate } from '../peg/machine.ts';
import type { PegEvent, Verdict } from '../peg/types.ts';
import type { ProofOperator } from '../store/state-store.ts';

const NO_BYTES = new Uint8Array(0);

/** All attributes are indexed, so that `tx_search` and subscriptions can ask for them. */
export function toEvents(events: readonly PegEvent[]): Event[] {
  return events.map(({ type, attributes }) => ({
    type,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true })),
  }));
}

export function toTxResult({ code, codespace, log, events }: Verdict): ExecTxResult {
  return { code, data: NO_BYTES, log, info: '', gasWanted: 0n, gasUsed: 0n, events: toEvents(events), codespace };
}

export function toCheckTx({ code, codespace, log }: Verdict): ResponseCheckTx {
  return { code, data: NO_BYTES, log, info: '', gasWanted: 0n, gasUsed: 0n, events: [], codespace };
}

export function toProofOps(operators: readonly ProofOperator[]) {
  return { ops: operators.map(({ type, key, data }) => ({ type, key, data })) };
}

export function toValidatorUpdates(updates: readonly PegValidatorUpdate[]): ValidatorUpdate[] {
  return updates.map(({ publicKey, power }) => ({ pubKey: { ed25519: publicKey }, power }));
}
