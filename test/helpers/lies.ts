// What a lying, lagging or broken Ethereum endpoint does to its answers, each by name. A lie is a pure function of the honest
// answer, a source of numbers and what the endpoint remembers; faults of the transport are in lying-endpoint.ts.

/** A call and what an honest endpoint says to it. */
export interface HonestAnswer {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly result: unknown;
}

/** What an endpoint remembers while it lies in one way. */
export interface LieMemory {
  /** In [0, 1). */
  readonly random: () => number;
  /** Head when the lie began. */
  readonly headAtStart: bigint;
  /** How often each block's logs were asked for. */
  readonly asked: Map<string, number>;
  /** An honest answer to another call. */
  readonly ask: (method: string, params: readonly unknown[]) => Promise<unknown>;
}

/** The answer given instead; the honest one when the lie is not about this call. */
export type Lie = (answer: HonestAnswer, memory: LieMemory) => unknown | Promise<unknown>;

type Json = Record<string, unknown>;
type Logs = readonly Json[];

/** Applies `spoil` to the logs of getLogs and of receipts alike: who lies consistently is harder to catch. */
function aboutLogs(spoil: (logs: Logs, memory: LieMemory, place: string) => Logs): Lie {
  return ({ method, params, result }, memory) => {
    if (method === 'eth_getLogs') return spoil(result as Logs, memory, JSON.stringify(params));
    if (method === 'eth_getBlockReceipts') {
      const receipts = result as readonly Json[] | null;
      return receipts?.map((receipt) => ({ ...receipt, logs: spoil(receipt.logs as Logs, memory, 'receipt') })) ?? null;
    }
    if (method === 'eth_getTransactionReceipt' && result !== null)
      return { ...(result as Json), logs: spoil((result as Json).logs as Logs, memory, 'receipt') };
    return result;
  };
}

const pick = (logs: Logs, { random }: LieMemory) => Math.floor(random() * logs.length);

const blockTag = (method: string, params: readonly unknown[]) => (method === 'eth_getBlockByNumber' ? params[0] : undefined);

/** An endpoint whose chain ends at `head`. */
const endingAt =
  (headOf: (memory: LieMemory, honest: () => Promise<bigint>) => Promise<bigint>): Lie =>
  async ({ method, params, result }, memory) => {
    const honest = async () => BigInt((await memory.ask('eth_blockNumber', [])) as string);
    if (method === 'eth_blockNumber') return hex(await headOf(memory, honest));
    const tag = blockTag(method, params);
    if (tag === undefined) return result;
    const head = await headOf(memory, honest);
    if (tag === 'latest' || tag === 'safe' || tag === 'finalized')
      return result === null || BigInt((result as Json).number as string) <= head
        ? result
        : memory.ask('eth_getBlockByNumber', [hex(head), params[1]]);
    return typeof tag === 'string' && tag.startsWith('0x') && BigInt(tag) > head ? null : result;
  };

const hex = (value: bigint) => `0x${(value < 0n ? 0n : value).toString(16)}`;

/** Changes the last digit of a hex text. */
const altered = (text: string) => text.slice(0, -1) + (text.endsWith('1') ? '2' : '1');

export const LIES = {
  'drops a log': aboutLogs((logs, memory) => {
    const chosen = pick(logs, memory);
    return logs.filter((_, index) => index !== chosen);
  }),
  'alters a log': aboutLogs((logs, memory) => {
    const chosen = pick(logs, memory);
    return logs.map((log, index) => (index === chosen ? { ...log, data: altered(log.data as string) } : log));
  }),
  'duplicates a log': aboutLogs((logs, memory) => {
    const chosen = pick(logs, memory);
    return logs.flatMap((log, index) => (index === chosen ? [log, log] : [log]));
  }),
  'reorders logs': aboutLogs((logs) => [...logs].reverse()),
  'delays a log': aboutLogs((logs, { asked }, place) => {
    const times = (asked.get(place) ?? 0) + 1;
    asked.set(place, times);
    return times <= 3 ? logs.slice(0, -1) : logs;
  }),
  'answers no logs': aboutLogs(() => []),
  'answers half of the logs': aboutLogs((logs) => logs.slice(0, Math.floor(logs.length / 2))),
  'gives receipts a wrong block number': ({ method, result }) => {
    const wrong = (receipt: Json): Json => {
      const blockNumber = hex(BigInt(receipt.blockNumber as string) + 1n);
      return { ...receipt, blockNumber, logs: (receipt.logs as Logs).map((log) => ({ ...log, blockNumber })) };
    };
    if (method === 'eth_getLogs')
      return (result as Logs).map((log) => ({ ...log, blockNumber: hex(BigInt(log.blockNumber as string) + 1n) }));
    if (method === 'eth_getBlockReceipts') return (result as readonly Json[] | null)?.map(wrong) ?? null;
    return method === 'eth_getTransactionReceipt' && result !== null ? wrong(result as Json) : result;
  },
  'has a stale head': endingAt(async ({ headAtStart }) => headAtStart),
  'has a head that goes back': endingAt(async ({ random }, honest) => (await honest()) - BigInt(Math.floor(random() * 12))),
  'names another chain': ({ method, result }) =>
    method === 'eth_chainId' ? '0x539d' : method === 'net_version' ? '21405' : result,
} as const satisfies Record<string, Lie>;

export type LieName = keyof typeof LIES;
