// RPC methods that read the chain: blocks, headers, commits, results, validators, parameters.
// Source: CometBFT rpc/core/{blocks,consensus}.go at v0.38.

import type { Bytes } from '../../lib/bytes.ts';
import { noBlockId } from '../chain/block-hashes.ts';
import type { StoredBlock } from '../replica/block-store.ts';
import {
  base64,
  blockIdJson,
  blockJson,
  blockMetaJson,
  commitJson,
  eventsJson,
  headerJson,
  orNull,
  paramsJson,
  paramsUpdateJson,
  resultJson,
  validatorJson,
  validatorUpdateJson,
} from './chain-json.ts';
import { internal } from './json-rpc.ts';
import { heightOf, type MethodContext, type Methods, pageOf } from './method.ts';

export const chainMethods: Methods = {
  block: { parameters: [['height', 'integer?']], run: async (context, [height]) => blockResult(await blockAt(context, height)) },
  block_by_hash: {
    parameters: [['hash', 'bytes']],
    run: async (context, [hash]) => blockResult(await blockOf(context, hash as Bytes)),
  },
  header: {
    parameters: [['height', 'integer?']],
    run: async (context, [height]) => headerResult(await blockAt(context, height)),
  },
  header_by_hash: {
    parameters: [['hash', 'hex']],
    run: async (context, [hash]) => headerResult(await blockOf(context, hash as Bytes)),
  },
  commit: {
    parameters: [['height', 'integer?']],
    run: async (context, [height]) => {
      const stored = await blockAt(context, height);
      if (stored === undefined) return null;
      const next = await context.replica.running.store.block(stored.block.header.height + 1n);
      const commit = next?.block.lastCommit ?? stored.seenCommit;
      return {
        signed_header: { header: headerJson(stored.block.header), commit: commitJson(commit) },
        canonical: next !== undefined,
      };
    },
  },
  block_results: {
    parameters: [['height', 'integer?']],
    run: async (context, [argument]) => {
      const { store } = context.replica.running;
      const height = heightOf(argument, store.height, store.base);
      const answer = await store.answer(height);
      if (answer === undefined) throw internal(`could not find results for height #${height}`);
      return {
        height: String(height),
        txs_results: orNull(answer.txResults.map(resultJson)),
        finalize_block_events: orNull(eventsJson(answer.events)),
        validator_updates: orNull(answer.validatorUpdates.map(validatorUpdateJson)),
        consensus_param_updates:
          answer.consensusParamUpdates === undefined ? null : paramsUpdateJson(answer.consensusParamUpdates),
        app_hash: base64(answer.appHash),
      };
    },
  },
  blockchain: {
    parameters: [
      ['minHeight', 'integer'],
      ['maxHeight', 'integer'],
    ],
    run: async (context, [minHeight, maxHeight]) => {
      const { store } = context.replica.running;
      const metas: unknown[] = [];
      const [min, max] = metaRange(minHeight as bigint, maxHeight as bigint, store.base, store.height);
      for (let height = max; height >= min; height--) {
        const stored = await store.block(height);
        if (stored !== undefined) metas.push(blockMetaJson(stored));
      }
      return { last_height: String(store.height), block_metas: metas };
    },
  },
  validators: {
    parameters: [
      ['height', 'integer?'],
      ['page', 'integer?'],
      ['per_page', 'integer?'],
    ],
    run: async ({ replica }, [argument, page, perPage]) => {
      const { store } = replica.running;
      const height = heightOf(argument, nextOf(replica.state.initialHeight, store.height), store.base);
      const set = await store.validators(height);
      if (set === undefined) throw internal(`could not find validator set for height #${height}`);
      const shown = pageOf(set.validators, page, perPage);
      return {
        block_height: String(height),
        validators: shown.map(validatorJson),
        count: String(shown.length),
        total: String(set.validators.length),
      };
    },
  },
  consensus_params: {
    parameters: [['height', 'integer?']],
    run: async ({ replica }, [argument]) => {
      const { store } = replica.running;
      const height = heightOf(argument, nextOf(replica.state.initialHeight, store.height), store.base);
      const params = await store.params(height);
      if (params === undefined) throw internal(`could not find consensus params for height #${height}`);
      return { block_height: String(height), consensus_params: paramsJson(params) };
    },
  },
};

/** A block with its id, or CometBFT's picture of none. */
export function blockResult(stored: StoredBlock | undefined): unknown {
  return { block_id: blockIdJson(stored?.id ?? noBlockId()), block: stored === undefined ? null : blockJson(stored) };
}

function headerResult(stored: StoredBlock | undefined): unknown {
  return { header: stored === undefined ? null : headerJson(stored.block.header) };
}

async function blockAt({ replica }: MethodContext, argument: Parameters<typeof heightOf>[0]): Promise<StoredBlock | undefined> {
  const { store } = replica.running;
  return store.block(heightOf(argument, store.height, store.base));
}

async function blockOf({ replica }: MethodContext, hash: Bytes): Promise<StoredBlock | undefined> {
  const height = await replica.running.store.heightOf(hash);
  return height === undefined ? undefined : replica.running.store.block(height);
}

/** The height being agreed on: its validators and parameters are known already. */
function nextOf(initialHeight: bigint, storeHeight: bigint): bigint {
  return storeHeight === 0n ? initialHeight : storeHeight + 1n;
}

/** At most 20 blocks, the newest of what was asked for. */
function metaRange(minHeight: bigint, maxHeight: bigint, base: bigint, height: bigint): readonly [bigint, bigint] {
  if (minHeight < 0n || maxHeight < 0n) throw internal('heights must be non-negative');
  const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
  const larger = (a: bigint, b: bigint) => (a > b ? a : b);
  const max = smaller(height, maxHeight === 0n ? height : maxHeight);
  const min = larger(larger(base, minHeight === 0n ? 1n : minHeight), max - 19n);
  if (min > max) throw internal(`min height ${min} can't be greater than max height ${max}`);
  return [min, max];
}
