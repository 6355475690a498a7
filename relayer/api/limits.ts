// How much of an interface its clients may take. These are the defaults; an operator sets them under `[api]` in the node's
// config, where each has its doc line.

export interface ApiLimits {
  /** From one address. */
  readonly requestsPerSecond: number;
  readonly connections: number;
  /** Of those, from one address that is no trusted proxy. */
  readonly connectionsPerAddress: number;
  /** WebSockets at `/stream`. */
  readonly streamReaders: number;
  /** How long a reader of the stream may take nothing while something waits for it. */
  readonly streamStallMs: number;
  /** Orders that are on their way to the node. */
  readonly ordersUnderway: number;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** For the head of a request to come, for all of it to come, and for its answer. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly answerTimeoutMs: number;
  /** Addresses and ranges (CIDR) of proxies: what they say in X-Forwarded-For is taken for the client's address. */
  readonly trustedProxies: readonly string[];
}

export const API_LIMITS: ApiLimits = {
  requestsPerSecond: 2_000,
  connections: 4_000,
  connectionsPerAddress: 1_000,
  streamReaders: 1_000,
  streamStallMs: 10_000,
  ordersUnderway: 1_000,
  headerBytes: 16_384,
  bodyBytes: 600_000,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  answerTimeoutMs: 10_000,
  trustedProxies: [],
};
