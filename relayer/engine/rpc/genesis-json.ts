// The genesis document as the RPC shows it: complete, with CometBFT's defaults where the file says nothing.

import { addressOfKey } from '../../abci/chain/validators-hash.ts';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { genesisParams, paramsRecord } from '../chain/consensus-params.ts';
import { paramsJson, upperHex } from './chain-json.ts';

export function genesisJson(genesis: GenesisDoc) {
  return {
    genesis_time: genesis.genesis_time,
    chain_id: genesis.chain_id,
    initial_height: genesis.initial_height ?? '1',
    consensus_params: paramsJson(paramsRecord(genesisParams(genesis))),
    validators: genesis.validators.map(({ pub_key, power, name }) => ({
      address: upperHex(addressOfKey(Uint8Array.from(Buffer.from(pub_key.value, 'base64')))),
      pub_key,
      power,
      name,
    })),
    app_hash: genesis.app_hash ?? '',
    ...(genesis.app_state === undefined ? {} : { app_state: genesis.app_state }),
  };
}
