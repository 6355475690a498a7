// From the peg's verdicts and events to the messages of ABCI. `data` stays empty and gas 0: of a transaction's result only
// the code enters the header of the next block.

import type { Event, ExecTxResult, ResponseCheckTx, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { PegEvent, Verdict } from '../peg/types.ts';
import type { ProofOperator } from '../store/state-store.ts';
import { AbciError } from './errors.ts';

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

/** Throws ABCI_KEY_UNKNOWN for a validator whose key genesis did not name. */
export function toValidatorUpdates(
  changes: readonly { readonly address: Hex; readonly power: bigint }[],
  consensusKeys: ReadonlyMap<Hex, Bytes>,
): ValidatorUpdate[] {
  return changes.map(({ address, power }) => {
    const ed25519 = consensusKeys.get(address);
    if (ed25519 === undefined)
      throw new AbciError('ABCI_KEY_UNKNOWN', `the consensus key of validator ${address} is unknown`, { address });
    return { pubKey: { ed25519 }, power };
  });
}
