// What a subscriber is sent.
// Source: CometBFT types/events.go, rpc/core/types at v0.38; checked against messages of v0.39.4.

import type { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import type { Attributes, ChainEvent } from '../replica/chain-events.ts';
import {
  base64,
  blockIdJson,
  blockJson,
  eventsJson,
  headerJson,
  paramsJson,
  resultJson,
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
      TxResult: { height: String(height), ...(index === 0 ? {} : { index }), tx: base64(tx), result: resultJson(result) },
    };
  }
  const { sealed, answer } = event;
  const { header, data } = sealed.block;
  if (event.name === 'NewBlockHeader') return { header: headerJson(header) };
  if (event.name === 'NewBlockEvents')
    return { height: String(header.height), events: eventsJson(answer.events), num_txs: String(data.txs.length) };
  if (event.name === 'ValidatorSetUpdates') return { validator_updates: answer.validatorUpdates.map(validatorUpdateJson) };
  return { block: blockJson(sealed), block_id: blockIdJson(sealed.id), result_finalize_block: answerJson(answer) };
}

function answerJson(answer: ResponseFinalizeBlock): unknown {
  return {
    events: eventsJson(answer.events),
    tx_results: answer.txResults.map(resultJson),
    validator_updates: answer.validatorUpdates.map(validatorUpdateJson),
    ...(answer.consensusParamUpdates === undefined ? {} : { consensus_param_updates: paramsJson(answer.consensusParamUpdates) }),
    app_hash: base64(answer.appHash),
  };
}
