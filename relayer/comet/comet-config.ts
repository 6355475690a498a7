// The engine's config.toml. It is written anew at every start from the node's own config, so that there is one place for
// settings; what is absent here has CometBFT's default.
// Source: CometBFT config/config.go, config/toml.go at v0.39.

import { join } from 'node:path';
import { parse, stringify, type TomlTable, type TomlValue } from 'smol-toml';
import { describe } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { CometError } from './errors.ts';

export interface CometConfig {
  readonly moniker: string;
  /** `host:port` for peers. */
  readonly p2pAddress: string;
  /** `host:port` of the JSON-RPC. */
  readonly rpcAddress: string;
  /** Address of the application, `unix://…` or `tcp://…`. */
  readonly proxyApp: string;
  /** `id@host:port`. */
  readonly persistentPeers: readonly string[];
  /** For networks on one host: short waits, peers on one address, no exchange of addresses. */
  readonly local: boolean;
  /** Make a block only for transactions and after a changed app hash. */
  readonly createEmptyBlocks?: boolean;
  /** Pause after a block, in milliseconds. */
  readonly commitPauseMs?: number;
  readonly stateSync?: StateSync | undefined;
  /** `host:port` that other nodes are told to dial. */
  readonly externalAddress?: string | undefined;
  /** Further settings, as `section.key = value` with TOML's values; they win over everything above. */
  readonly extra?: readonly string[] | undefined;
}

/** Where a new node gets a snapshot's trusted header. */
export interface StateSync {
  /** JSON-RPC of at least two nodes, `host:port` or a URL. */
  readonly servers: readonly string[];
  readonly trustHeight: number;
  /** Hash of the header at that height, hex. */
  readonly trustHash: string;
  /** How old that header may be, in seconds: shorter than validators answer for what they signed. Default: a day. */
  readonly trustSeconds?: number;
}

/** What the node relies on to reach its engine, to be reached by it, and to notice how it fares. */
const RESERVED = [
  'proxy_app',
  'abci',
  'log_format',
  'genesis_file',
  'node_key_file',
  'rpc.laddr',
  'rpc.tls_cert_file',
  'rpc.tls_key_file',
];

/** Throws COMETBFT_CONFIG. */
export async function writeCometConfig(folder: string, config: CometConfig): Promise<void> {
  await replaceFile(join(folder, 'config', 'config.toml'), formatCometConfig(config));
}

/** The text of config.toml. Throws COMETBFT_CONFIG for further settings that are not TOML, or that must not be changed. */
export function formatCometConfig(config: CometConfig): string {
  const { local, stateSync, commitPauseMs = 1_000, createEmptyBlocks = true, externalAddress = '', extra = [] } = config;
  const own: TomlTable = {
    proxy_app: config.proxyApp,
    moniker: config.moniker,
    abci: 'socket',
    log_level: 'info',
    log_format: 'json',
    rpc: { laddr: `tcp://${config.rpcAddress}`, max_body_bytes: 1_000_000 },
    p2p: {
      laddr: `tcp://${config.p2pAddress}`,
      external_address: externalAddress,
      persistent_peers: config.persistentPeers.join(','),
      ...(local && { addr_book_strict: false, allow_duplicate_ip: true, pex: false, persistent_peers_max_dial_period: '1s' }),
    },
    mempool: { type: 'flood', size: 5_000, cache_size: 10_000, max_tx_bytes: 262_144 },
    statesync: {
      enable: stateSync !== undefined,
      ...(stateSync && {
        rpc_servers: stateSync.servers.join(','),
        trust_height: stateSync.trustHeight,
        trust_hash: stateSync.trustHash,
        trust_period: `${stateSync.trustSeconds ?? 86_400}s`,
        ...(local && { discovery_time: '5s' }),
      }),
    },
    consensus: {
      timeout_commit: `${commitPauseMs}ms`,
      create_empty_blocks: createEmptyBlocks,
      ...(local && { peer_gossip_sleep_duration: '5ms', timeout_propose: '1s', timeout_propose_delta: '250ms' }),
    },
  };
  const result = merged(own, readExtra(extra));
  for (const name of RESERVED)
    if (settingOf(result, name) !== settingOf(own, name))
      throw new CometError('COMETBFT_CONFIG', `the extra settings of the engine must not change ${name}: the node relies on it`, {
        name,
      });
  return stringify(result);
}

/** Of `rpc.laddr` or the like; undefined where there is none. */
function settingOf(table: TomlTable, name: string): TomlValue | undefined {
  const [first = '', ...rest] = name.split('.');
  const value = table[first];
  if (rest.length === 0) return value;
  return isTable(value) ? settingOf(value, rest.join('.')) : undefined;
}

function readExtra(lines: readonly string[]): TomlTable {
  try {
    return parse(lines.join('\n'));
  } catch (error) {
    const [reason] = describe(error).split('\n');
    throw new CometError('COMETBFT_CONFIG', `the extra settings of the engine are not TOML: ${reason}`, { lines });
  }
}

function merged(under: TomlTable, over: TomlTable): TomlTable {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTable(below) && isTable(value) ? merged(below, value) : value;
  }
  return result;
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
