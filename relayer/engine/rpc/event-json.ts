// What a subscriber is sent.
// Source: CometBFT types/events.go, rpc/core/types at v0.38; checked against messages of v0.39.4.

import type { ExecTxResult, ResponseFinalizeBlock, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { addressOfKey } from '../../abci/chain/validators-hash.ts';
import { to0x } from '../../lib/bytes.ts';
import type { Attributes, ChainEvent } from '../replica/chain-events.ts';
import {
  base64,
  blockIdJson,
  blockJson,
  eventsJson,
  headerJson,
  orNull,
  paramsUpdateJson,
  resultJson,
  validatorJson,
  validatorUpdateJson,
} from './chain-json.ts';

export function subscriptionJson(query: string, event: ChainEvent, attributes: Attributes): unknown {
  return {
    query,
    data: { type: `tendermint/event/${event.name}`, value: valueJson(event) },
    events: Object.fromEntries(attributes),
  };
}

function valueJson(event: ChainEvent): unknown {
  if (event.name === 'Tx') {
    const { height, index, tx, result } = event;
    return {
      TxResult: { height: String(height), ...(index === 0 ? {} : { index }), tx: base64(tx), result: sparseResultJson(result) },
    };
  }
  const { sealed, answer } = event;
  const { header, data } = sealed.block;
  if (event.name === 'NewBlockHeader') return { header: headerJson(header) };
  if (event.name === 'NewBlockEvents')
    return { height: String(header.height), events: orNull(eventsJson(answer.events)), num_txs: String(data.txs.length) };
  if (event.name === 'ValidatorSetUpdates') return { validator_updates: answer.validatorUpdates.map(updatedValidatorJson) };
  return { block: blockJson(sealed), block_id: blockIdJson(sealed.id), result_finalize_block: answerJson(answer) };
}

function answerJson(answer: ResponseFinalizeBlock): unknown {
  return {
    ...(answer.events.length === 0 ? {} : { events: eventsJson(answer.events) }),
    ...(answer.txResults.length === 0 ? {} : { tx_results: answer.txResults.map(resultJson) }),
    validator_updates: answer.validatorUpdates.map(validatorUpdateJson),
    ...(answer.consensusParamUpdates === undefined
      ? {}
      : { consensus_param_updates: paramsUpdateJson(answer.consensusParamUpdates) }),
    app_hash: base64(answer.appHash),
  };
}

/** Within an event a result leaves out what is empty or zero. */
function sparseResultJson(result: ExecTxResult): unknown {
  const kept = Object.entries(resultJson(result)).filter(
    ([, value]) =>
      value !== 0 && value !== '0' && value !== '' && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}

function updatedValidatorJson({ pubKey, power }: ValidatorUpdate): unknown {
  const publicKey = pubKey.ed25519 ?? new Uint8Array();
  const address = addressOfKey(publicKey);
  return validatorJson({ address, addressHex: to0x(address), publicKey, power, priority: 0n });
}
