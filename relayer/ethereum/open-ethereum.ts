// Opens the view of one or more endpoints: checks that they serve the right chain with the right contract, then follows
// their heads. One endpoint is seen as it is; several are a pool, of which enough have to agree.

import { fromHex, type Hex, to0x } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { defaultAgreement } from './agreement.ts';
import type { ProofMode } from './commitment.ts';
import { Endpoint, readChainId } from './endpoint.ts';
import { EthereumError, isAnswer } from './errors.ts';
import type { FollowerStatus } from './follower.ts';
import { followHints } from './head-hints.ts';
import { PoolStanding } from './pool-standing.ts';
import type { EndpointStatus } from './pool-state.ts';
import { PoolView } from './pool-view.ts';
import { openRpc, type RpcOptions } from './rpc.ts';
import type { ContractBooks, ContractHistory, EthereumView, FoldEvent } from './types.ts';

export interface EthereumOptions extends Omit<RpcOptions, 'clock' | 'url' | 'observe'> {
  /** One endpoint, or several of the same chain. */
  readonly url: string | readonly string[];
  /** WebSocket addresses that announce new heads; what they say only shortens the wait for the next poll. */
  readonly websocketUrls?: readonly string[];
  /** Endpoints that must agree on a block. Default: two of three, ⌈2n/3⌉. */
  readonly agreement?: number;
  /** Address of the MakerStaking contract. */
  readonly contract: Hex;
  /** The protocol's fold of one event into the accumulator. */
  readonly fold: FoldEvent;
  /** x; the chain keeps x + 64 headers. */
  readonly finalityThreshold: bigint;
  /** Refuse any other chain. Default: whatever the first endpoint to answer serves now is refused to change later. */
  readonly chainId?: bigint;
  /** Default 1,000. */
  readonly pollIntervalMs?: number;
  /** How the contract's values are proved. Default `preferred`. */
  readonly proofs?: ProofMode;
  /** Share of the blocks with events, 0 to 1, whose receipts are checked although nothing speaks against them. Default 0. */
  readonly receiptSample?: number;
  /** A head that stands still for so long is reported. Default 300,000. */
  readonly stallWarningMs?: number;
}

export interface EthereumContext {
  readonly log: Log;
  readonly clock: Clock;
  /** Ends the opening, and closes the view later. */
  readonly signal?: AbortSignal;
}

export interface OpenEthereum {
  readonly view: EthereumView & ContractBooks & ContractHistory;
  readonly chainId: bigint;
  /** What the first endpoint is like at the moment. */
  status(): FollowerStatus;
  /** What each endpoint is like, in the order in which they were given. */
  endpoints(): readonly EndpointStatus[];
  /** Stops polling; calls under way reject with `ETH_CLOSED`. Idempotent. */
  close(): Promise<void>;
}

/**
 * Resolves when a head is known (with several endpoints: agreed on), or when all have been tried and one at least can be
 * asked. Throws `ETH_BAD_URL`, `ETH_WRONG_CHAIN`, `ETH_NO_CONTRACT`, `ETH_NOT_STAKING_CONTRACT`, and the errors of requests
 * after their retries (`ETH_UNREACHABLE`, `ETH_TIMEOUT`, …); with several endpoints only when all of them fail.
 */
export async function openEthereum(options: EthereumOptions, context: EthereumContext): Promise<OpenEthereum> {
  const { log, clock, signal } = context;
  const { pollIntervalMs = 1_000, stallWarningMs = 300_000, proofs = 'preferred', receiptSample = 0, ...rest } = options;
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  const contract = checkedAddress(options.contract);
  const chainId = await commonChainId(urls, options, context);
  const closing = new AbortController();
  const { signal: closed } = closing;
  const identify = urls.length > 1;
  const common = { ...rest, contract, chainId, pollIntervalMs, stallWarningMs, proofs, receiptSample, identify };
  const endpoints = urls.map((url) => new Endpoint(url, common, { log, clock, closed }));
  const required = options.agreement ?? defaultAgreement(urls.length);
  const rule = { required, finalityThreshold: options.finalityThreshold };
  const standing = new PoolStanding({ endpoints, rule, log, clock });

  const name = endpoints.map(({ rpc }) => rpc.name).join(', ');
  const close = () => closing.abort(new EthereumError('ETH_CLOSED', `the view of ${name} was closed`, { endpoint: name }));
  signal?.addEventListener('abort', close, { once: true });
  const until = signal === undefined ? closed : AbortSignal.any([signal, closed]);
  const running: Promise<void>[] = [];
  const end = async () => {
    signal?.removeEventListener('abort', close);
    close();
    await Promise.all(running);
  };
  try {
    const begun = endpoints.map((endpoint) => endpoint.begin(until));
    for (const [i, { follower }] of endpoints.entries())
      running.push(begun[i]?.catch(() => {}).then(() => follower.run(closed)) as Promise<void>);
    await enough(begun, () => standing.head() !== undefined);
  } catch (error) {
    await end();
    throw error;
  }
  for (const url of options.websocketUrls ?? []) {
    const onHead = () => {
      for (const { follower } of endpoints) follower.hint();
    };
    running.push(followHints(url, onHead, { log, clock, signal: closed }));
  }
  const [only] = endpoints as [Endpoint];
  const view = identify ? new PoolView({ endpoints, standing, required, pollIntervalMs, log, clock, closed }) : only.view;
  return { view, chainId, status: () => only.follower.status(), endpoints: () => standing.status(), close: end };
}

/** Resolves as soon as `ready`, or when all have ended and one at least well; throws the error that promises most. */
async function enough(begun: readonly Promise<void>[], ready: () => boolean): Promise<void> {
  const all = Promise.allSettled(begun).then((outcomes) => {
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    // What may pass weighs more than what stays: while one endpoint may still turn out well, it is worth trying again.
    if (errors.length === outcomes.length) throw errors.find((error) => !isAnswer(error)) ?? errors[0];
  });
  const never = new Promise<void>(() => {});
  const early = begun.map((one) =>
    one.then(
      () => (ready() ? undefined : never),
      () => never,
    ),
  );
  await Promise.race([all, ...early]);
}

function checkedAddress(text: Hex): Hex {
  const address = fromHex(text, 20);
  if (address === undefined)
    throw new EthereumError('ETH_NO_CONTRACT', `not an address of 20 bytes: ${text}`, { contract: text });
  return to0x(address);
}

/** The chain id that is expected, else what the first endpoint to answer says. One endpoint is held to it at once. */
async function commonChainId(
  urls: readonly string[],
  { chainId, url: _, ...options }: EthereumOptions,
  { clock, signal }: EthereumContext,
): Promise<bigint> {
  if (urls.length === 0) throw new EthereumError('ETH_BAD_URL', 'no address of an Ethereum endpoint is given', {});
  const rpcs = urls.map((url) => openRpc({ ...options, url, clock }));
  if (urls.length > 1 && chainId !== undefined) return chainId;
  try {
    return await Promise.any(rpcs.map((rpc) => readChainId(rpc, chainId, signal)));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
