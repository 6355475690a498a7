// What the processes of a load test tell each other.

/** What is to be offered to the node, and how fast. */
export interface LoadPlan {
  readonly url: string;
  /** Of the node; `chainId` as text. */
  readonly domain: { readonly chainId: string; readonly verifyingContract: `0x${string}`; readonly salt: `0x${string}` };
  readonly ordersASecond: number;
  readonly seconds: number;
  /** An order that is due while all of them wait for an answer is sent later. */
  readonly connections: number;
}

/** Milliseconds since the epoch, with fractions: comparable between processes of one machine. */
export const now = () => performance.timeOrigin + performance.now();

export interface AcceptedOrder {
  readonly id: string;
  readonly number: number;
  readonly sentAt: number;
}

/** What became of the orders that were offered. */
export interface PosterReport {
  /** From the first order to the last answer: longer than planned when there were too few connections for the answers. */
  readonly seconds: number;
  readonly accepted: readonly AcceptedOrder[];
  /** How often which refusal came: `429 urn:peg:…`. */
  readonly refusals: Readonly<Record<string, number>>;
  /** From when an order was sent to its answer, in milliseconds. */
  readonly answerMs: readonly number[];
  /** Answers that no order should get. */
  readonly failures: readonly string[];
  readonly cpuSeconds: number;
}

export interface SeenOrder {
  readonly id: string;
  readonly number: number;
  /** When the first reader had it. */
  readonly seenAt: number;
}

export interface ReaderReport {
  /** In order of the stream; every reader got the same. */
  readonly seen: readonly SeenOrder[];
  readonly messages: number;
  /** Readers that were dropped, or got something else than others. */
  readonly failures: readonly string[];
  readonly cpuSeconds: number;
}

/** From the test to a process. */
export type LoadCommand = { readonly begin: true } | { readonly expect: readonly string[] };

/** From a process to the test. */
export type LoadEvent = { readonly ready: true } | { readonly report: PosterReport | ReaderReport };

/** Seconds of processor time of this process. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
