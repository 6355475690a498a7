// RPC methods about the node itself: status, genesis, mempool, and questions to its application.
// Source: CometBFT rpc/core/{status,net,abci,mempool,health}.go at v0.38.

import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import { BLOCK_PROTOCOL } from '../../abci/chain/header-hash.ts';
import { formatTime, type Time, ZERO_TIME } from '../../abci/chain/time.ts';
import { type Bytes, toHex } from '../../lib/bytes.ts';
import { findValidator } from '../chain/validator-set.ts';
import type { StoredBlock } from '../replica/block-store.ts';
import { INFO_REQUEST } from '../replica/handshake.ts';
import { base64, infoJson, publicKeyJson, queryJson, resultJson, upperHex } from './chain-json.ts';
import { genesisJson } from './genesis-json.ts';
import { internal } from './json-rpc.ts';
import { type MethodContext, type Methods, perPageOf } from './method.ts';

/** CometBFT's genesis chunks are this large, in bytes. */
const GENESIS_CHUNK = 16 * 1024 * 1024;

export const nodeMethods: Methods = {
  health: { parameters: [], run: async () => ({}) },
  status: { parameters: [], run: status },
  net_info: {
    parameters: [],
    run: async ({ peers }) => ({ listening: false, listeners: [], n_peers: String(peers().length), peers: [] }),
  },
  genesis: { parameters: [], run: async ({ replica }) => ({ genesis: genesisJson(replica.genesis) }) },
  genesis_chunked: {
    parameters: [['chunk', 'integer']],
    run: async ({ replica }, [chunk]) => {
      const text = Buffer.from(JSON.stringify(genesisJson(replica.genesis)));
      const [total, number] = [Math.ceil(text.length / GENESIS_CHUNK), Number(chunk as bigint)];
      if (number < 0 || number >= total) throw internal(`there are ${total} chunks, ${number} is invalid`);
      const data = text.subarray(number * GENESIS_CHUNK, (number + 1) * GENESIS_CHUNK).toString('base64');
      return { chunk: String(number), total: String(total), data };
    },
  },
  abci_info: {
    parameters: [],
    run: async ({ replica }) => ({
      response: infoJson(await replica.ask('Info', (application) => application.info(INFO_REQUEST))),
    }),
  },
  abci_query: {
    parameters: [
      ['path', 'text'],
      ['data', 'hex'],
      ['height', 'integer'],
      ['prove', 'boolean'],
    ],
    run: async ({ replica }, [path, data, height, prove]) => {
      const request = { path: path as string, data: data as Bytes, height: height as bigint, prove: prove as boolean };
      return { response: queryJson(await replica.ask('Query', (application) => application.query(request))) };
    },
  },
  check_tx: {
    parameters: [['tx', 'bytes']],
    run: async ({ replica }, [tx]) =>
      resultJson(await replica.ask('CheckTx', (application) => application.checkTx({ tx: tx as Bytes, type: CheckTxType.NEW }))),
  },
  num_unconfirmed_txs: {
    parameters: [],
    run: async ({ replica }) => {
      const { size, totalBytes } = replica.running.mempool;
      return { n_txs: String(size), total: String(size), total_bytes: String(totalBytes), txs: null };
    },
  },
  unconfirmed_txs: {
    parameters: [['limit', 'integer?']],
    run: async ({ replica }, [limit]) => {
      const { mempool } = replica.running;
      const txs = mempool.first(perPageOf(limit)).map(base64);
      return { n_txs: String(txs.length), total: String(mempool.size), total_bytes: String(mempool.totalBytes), txs };
    },
  },
};

async function status({ replica, rpcAddress }: MethodContext): Promise<unknown> {
  const { state, key, name } = replica;
  const { store } = replica.running;
  // One height for all: blocks go on while the store reads, and it has the next one before that is executed.
  const [latest, earliest] = [await store.block(state.lastHeight), await store.block(store.base)];
  return {
    node_info: {
      protocol_version: { p2p: '8', block: String(BLOCK_PROTOCOL), app: String(state.appVersion) },
      id: toHex(key.address),
      listen_addr: 'none (embedded engine)',
      network: state.chainId,
      version: INFO_REQUEST.version,
      channels: '',
      moniker: name,
      other: { tx_index: 'on', rpc_address: rpcAddress() },
    },
    sync_info: {
      latest_block_hash: hashText(latest),
      latest_app_hash: latest === undefined ? '' : upperHex(latest.block.header.appHash),
      latest_block_height: String(state.lastHeight),
      latest_block_time: formatTime(timeOf(latest)),
      earliest_block_hash: hashText(earliest),
      earliest_app_hash: earliest === undefined ? '' : upperHex(earliest.block.header.appHash),
      earliest_block_height: String(store.base),
      earliest_block_time: formatTime(timeOf(earliest)),
      catching_up: false,
    },
    validator_info: {
      address: upperHex(key.address),
      pub_key: publicKeyJson(key.publicKey),
      voting_power: String(findValidator(state.validators, key.addressHex)?.power ?? 0n),
    },
  };
}

function hashText(stored: StoredBlock | undefined): string {
  return stored === undefined ? '' : upperHex(stored.id.hash);
}

function timeOf(stored: StoredBlock | undefined): Time {
  return stored?.block.header.time ?? ZERO_TIME;
}
