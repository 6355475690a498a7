// The nodes of an engine from its options: keys, stores, limits. Refuses options that contradict each other.

import { join } from 'node:path';
import type { Log } from '../lib/log.ts';
import { readConsensusKey } from './chain/consensus-key.ts';
import type { EngineOptions, NodeOptions } from './engine-options.ts';
import { EngineError } from './errors.ts';
import { type KeyValue, MemoryKeyValue } from './replica/key-value.ts';
import { openLevelKeyValue } from './replica/level-key-value.ts';
import { MEMPOOL_LIMITS } from './replica/mempool.ts';
import { Replica } from './replica/replica.ts';

/** Folder of the block store within a node's home. */
export const BLOCKS_FOLDER = 'blocks';

/** Throws ENGINE_OPTIONS_INVALID for no nodes, or a name, key or home that two of them share. */
export function makeReplicas({ genesis, nodes, mempool, crashAt }: EngineOptions, log: Log): Replica[] {
  if (nodes.length === 0) throw new EngineError('ENGINE_OPTIONS_INVALID', 'an engine needs at least one node');
  const replicas = nodes.map(
    (node) =>
      new Replica({
        name: node.name,
        key: readConsensusKey(node.privateKey),
        genesis,
        mempoolLimits: { ...MEMPOOL_LIMITS, ...mempool },
        openStore: storeOf(node),
        crashAt: crashAt ?? (() => false),
        log,
      }),
  );
  expectUnique(
    'name',
    nodes.map(({ name }) => name),
  );
  expectUnique(
    'key',
    replicas.map(({ key }) => key.addressHex),
  );
  expectUnique(
    'home',
    nodes.flatMap(({ home }) => (home === undefined ? [] : [home])),
  );
  return replicas;
}

function storeOf({ home }: NodeOptions): () => Promise<KeyValue> {
  if (home !== undefined) return () => openLevelKeyValue(join(home, BLOCKS_FOLDER));
  const memory = new MemoryKeyValue();
  return async () => memory;
}

function expectUnique(what: string, values: readonly string[]): void {
  const double = values.find((value, index) => values.indexOf(value) !== index);
  if (double !== undefined)
    throw new EngineError('ENGINE_OPTIONS_INVALID', `two nodes have the ${what} ${double}`, { [what]: double });
}
