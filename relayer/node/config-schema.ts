// Every setting of a node, once: its name, what it must be, its default, its doc line. Names elsewhere follow from the one
// here: `ethereum.pollIntervalMs` is `poll_interval_ms` under `[ethereum]` in the file, PEG_ETHEREUM_POLL_INTERVAL_MS in the
// environment and `--ethereum-poll-interval-ms` as a flag. What the network agreed on (genesis) is never a setting.

import { isIP } from 'node:net';
import { z } from 'zod';
import { API_LIMITS } from '../api/limits.ts';
import { STANDSTILL_LIMITS } from '../witness/standstill.ts';

/** Flags and environment bring text; the file may bring numbers. */
const integer = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?[0-9]{1,16}$/.test(value) ? Number(value) : value),
    z
      .int(`must be an integer from ${least} to ${most}`)
      .min(least, `must be at least ${least}`)
      .max(most, `must be at most ${most}`),
  );

/** A list, or text with commas. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value), z.array(item));

const text = () => z.string('must be text').min(1, 'must not be empty');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' });
const websocketUrl = z.url({ protocol: /^wss?$/, error: 'must be a ws:// or wss:// address' });
/** Flags and environment bring text; the file may bring numbers. */
const share = () =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^[01](\.[0-9]{1,9})?$/.test(value) ? Number(value) : value),
    z.number('must be a number from 0 to 1').min(0, 'must be at least 0').max(1, 'must be at most 1'),
  );
const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of: ${values.join(', ')}`);

const addressRange = z.string().refine(isAddressRange, 'must be an address such as 10.0.0.1 or a range such as 10.0.0.0/8');
/** Text that ends with a port. */
const withPort = (form: RegExp, message: string) =>
  z.string().refine((value) => form.test(value) && Number(value.slice(value.lastIndexOf(':') + 1)) <= 65_535, message);
const hostPort = withPort(/^[^/\s:]+:[0-9]{1,5}$/, 'must be HOST:PORT');
/** Text and variables bring `true` and `false` as words. */
const flag = () =>
  z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean('must be true or false'));

export const nodeConfigSchema = z.strictObject({
  home: text().default('~/.peg').describe('folder of the node: config, keys, state'),
  name: text().max(70, 'must have at most 70 characters').default('node').describe('name of the node in logs'),
  cometbft: text().optional().describe('the cometbft program; without it the installed one, then the one on PATH'),
  cometbftVersion: text().optional().describe('version of the installed cometbft to run, such as v0.39.4'),
  ethereum: z
    .strictObject({
      urls: list(httpUrl)
        .default([])
        .describe('JSON-RPC addresses of Ethereum; a validator needs one, and three to trust none of them'),
      websocketUrls: list(websocketUrl)
        .default([])
        .describe('WebSocket addresses of Ethereum that announce new heads; they only shorten the wait for the next look'),
      agreement: integer(1, 100)
        .optional()
        .describe('endpoints that must agree on the hash of a block; without it two of three, rounded up'),
      requestsPerSecond: integer(1, 100_000)
        .optional()
        .describe('requests a second to each endpoint, every one of a batch counted; without it there is no limit'),
      receiptSample: share()
        .default(0.05)
        .describe('share of the blocks with events whose receipts are checked although nothing speaks against them, 0 to 1'),
      timeoutMs: integer(100, 600_000).default(10_000).describe('wait for one answer of Ethereum, in milliseconds'),
      pollIntervalMs: integer(10, 600_000)
        .default(1_000)
        .describe('pause between two looks at the head of Ethereum, in milliseconds'),
      stallWarningMs: integer(1_000, 1_000_000_000)
        .default(STANDSTILL_LIMITS.headMs)
        .describe('a head of Ethereum that stays the same for so long is an alarm, in milliseconds'),
      finalizedStallWarningMs: integer(1_000, 1_000_000_000)
        .default(STANDSTILL_LIMITS.finalizedMs)
        .describe('a finalized block that stays the same for so long is one, too, where votes wait for it'),
    })
    .prefault({}),
  witness: z
    .strictObject({
      keyFile: text().optional().describe('key file of the witness; without one the node is a full node and does not vote'),
      passwordFile: text().optional().describe('file with the password of the key file'),
      finality: choice('depth', 'finalized')
        .default('depth')
        .describe(
          'when a block may be voted for: buried under x blocks, or that and covered by the finalized tag of the endpoint',
        ),
      pollIntervalMs: integer(10, 600_000)
        .default(500)
        .describe('longest pause between two steps of the witness, in milliseconds'),
    })
    .prefault({}),
  audit: z
    .strictObject({
      leastMinutes: integer(0, 100_000)
        .default(1)
        .describe("shortest pause between two of a validator's own audits, which come once a period; 0: none"),
    })
    .prefault({}),
  store: z
    .strictObject({
      keepVersions: integer(2, 100_000).default(16).describe('heights of which the state can be queried and proved'),
      cacheMib: integer(1, 65_536).default(128).describe('memory for pages of the state, in MiB'),
      snapshotInterval: integer(0, 1_000_000_000)
        .default(1_000)
        .describe('a snapshot, by which other nodes can join, is taken whenever so many heights have passed; 0: never'),
      keepSnapshots: integer(1, 100).default(2).describe('snapshots that stay on disk'),
      retainBlocks: integer(0, 1_000_000_000)
        .default(0)
        .describe(
          'blocks that the engine keeps, 0: all; never fewer than evidence and those who join by the oldest snapshot need',
        ),
    })
    .prefault({}),
  consensus: z
    .strictObject({
      p2pAddress: hostPort
        .default('127.0.0.1:26656')
        .describe('where the engine listens for other nodes; 0.0.0.0:26656 for a network of more than one machine'),
      externalAddress: hostPort.optional().describe('address that other nodes are told to dial, where it is not the one above'),
      rpcAddress: hostPort.default('127.0.0.1:26657').describe('where the engine answers JSON-RPC; port 0 for any free one'),
      peers: list(withPort(/^[0-9a-f]{40}@[^@\s]+:[0-9]{1,5}$/, 'must be NODE_ID@HOST:PORT'))
        .default([])
        .describe('nodes to stay connected with, as NODE_ID@HOST:PORT'),
      local: flag()
        .default(false)
        .describe('for networks on one machine: short waits, many nodes on one address, no exchange of addresses'),
      commitPauseMs: integer(0, 600_000).default(1_000).describe('pause of the engine after a block, in milliseconds'),
      emptyBlocks: flag()
        .default(true)
        .describe('whether blocks are made without transactions; false: only for transactions and after a changed state'),
      restarts: integer(0, 1_000)
        .default(5)
        .describe('how often within ten minutes an engine that ended by itself is started again before the node gives up'),
      extra: list(z.string().regex(/^[a-z0-9_.]+\s*=/, 'must be KEY=VALUE'))
        .default([])
        .describe("more settings of the engine's own config.toml, each as section.key=VALUE in TOML"),
      stateSync: z
        .strictObject({
          servers: list(httpUrl)
            .default([])
            .describe(
              'JSON-RPC addresses of at least two nodes; with them an empty node starts from a snapshot instead of block 1',
            ),
          trustHeight: integer(1, Number.MAX_SAFE_INTEGER).optional().describe('height of a block that is trusted'),
          trustHash: z
            .string()
            .regex(/^(0x)?[0-9a-fA-F]{64}$/, 'must be 64 hex digits')
            .optional()
            .describe('hash of the header of that block'),
        })
        .prefault({}),
    })
    .prefault({}),
  api: z
    .strictObject({
      host: text().default('127.0.0.1').describe('address on which the HTTP interface listens; loopback unless told otherwise'),
      port: integer(0, 65_535).optional().describe('port of the HTTP interface, 0 for any free one; without it there is none'),
      trustedProxies: list(addressRange)
        .default([...API_LIMITS.trustedProxies])
        .describe(
          'addresses or ranges (10.0.0.0/8) of proxies whose X-Forwarded-For names the client; their connections count only among all',
        ),
      requestsPerSecond: integer(1, 1_000_000)
        .default(API_LIMITS.requestsPerSecond)
        .describe('requests a second from one address; more are answered 429'),
      connections: integer(1, 1_000_000).default(API_LIMITS.connections).describe('open connections; more are closed at once'),
      connectionsPerAddress: integer(1, 1_000_000)
        .default(API_LIMITS.connectionsPerAddress)
        .describe('open connections from one address that is no trusted proxy; more are closed at once'),
      streamReaders: integer(0, 1_000_000)
        .default(API_LIMITS.streamReaders)
        .describe('readers of the stream; more are told to try later'),
      streamStallMs: integer(100, 600_000)
        .default(API_LIMITS.streamStallMs)
        .describe('how long a reader of the stream may take nothing of what waits for it, in milliseconds'),
      ordersUnderway: integer(1, 100_000)
        .default(API_LIMITS.ordersUnderway)
        .describe('orders that may wait for the verdict of the node at once; more are answered 503'),
      headerBytes: integer(1_024, 1_048_576).default(API_LIMITS.headerBytes).describe('longest head of a request, in bytes'),
      bodyBytes: integer(1_024, 67_108_864)
        .default(API_LIMITS.bodyBytes)
        .describe('longest body of a request, in bytes; an order takes two for each of its own, and 256 KiB is the largest'),
      headersTimeoutMs: integer(100, 600_000)
        .default(API_LIMITS.headersTimeoutMs)
        .describe('wait for the head of a request, in milliseconds; never longer than for all of it'),
      requestTimeoutMs: integer(100, 600_000)
        .default(API_LIMITS.requestTimeoutMs)
        .describe('wait for all of a request, in milliseconds'),
      answerTimeoutMs: integer(100, 600_000)
        .default(API_LIMITS.answerTimeoutMs)
        .describe('longest work on an answer before it is 503, in milliseconds'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: choice('debug', 'info', 'warn', 'error', 'silent').default('info').describe('least severity that is logged'),
    })
    .prefault({}),
});

/** An address of either family, alone or with the number of bits that a range has in common (CIDR, RFC 4632). */
function isAddressRange(text: string): boolean {
  const [address = '', bits = '1', ...rest] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return rest.length === 0 && !address.includes('%') && /^[1-9][0-9]{0,2}$/.test(bits) && Number(bits) <= most;
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A checked, frozen config. */
export type NodeConfig = DeepReadonly<z.output<typeof nodeConfigSchema>>;

export interface ConfigField {
  /** `ethereum.pollIntervalMs` */
  readonly path: readonly string[];
  readonly doc: string;
  /** Undefined when there is none. */
  readonly default: unknown;
  /** `PEG_ETHEREUM_POLL_INTERVAL_MS` */
  readonly env: string;
  /** `--ethereum-poll-interval-ms` */
  readonly flag: string;
  /** `ethereum.poll_interval_ms` */
  readonly fileKey: string;
}

/** All settings, in the order of the schema: what docs, help and the loader are made from. */
export const configFields: readonly ConfigField[] = fieldsUnder(nodeConfigSchema, []);

function fieldsUnder(schema: z.ZodObject, path: readonly string[]): readonly ConfigField[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = field instanceof z.ZodPrefault ? field.unwrap() : field;
    return inner instanceof z.ZodObject
      ? fieldsUnder(inner, [...path, name])
      : [describeField([...path, name], field as z.ZodType)];
  });
}

function describeField(path: readonly string[], schema: z.ZodType): ConfigField {
  const words = path.map(snakeCase);
  return {
    path,
    doc: schema.description ?? '',
    default: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
    env: `PEG_${words.join('_').toUpperCase()}`,
    flag: `--${words.join('-').replaceAll('_', '-')}`,
    fileKey: words.join('.'),
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
