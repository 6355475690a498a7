// Opens the view of one endpoint: checks that it is the right chain with the right contract, then follows its head.

import { fromHex, type Hex, to0x } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { retry } from '../lib/retry.ts';
import { BlockReader } from './block-reader.ts';
import { CommitmentReader, type ProofMode } from './commitment.ts';
import { EthereumError, isRetryable } from './errors.ts';
import { asData, asQuantity } from './fields.ts';
import { Follower, type FollowerStatus } from './follower.ts';
import type { VerifiedHeader } from './header.ts';
import { HeaderReader } from './header-reader.ts';
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts';
import type { EthereumView, FoldEvent } from './types.ts';
import { EndpointView } from './view.ts';

export interface EthereumOptions extends Omit<RpcOptions, 'clock'> {
  /** Address of the MakerStaking contract. */
  readonly contract: Hex;
  /** The protocol's fold of one event into the accumulator. */
  readonly fold: FoldEvent;
  /** x; the chain keeps x + 64 headers. */
  readonly finalityThreshold: bigint;
  /** Refuse any other chain. Default: whatever the endpoint serves now is refused to change later. */
  readonly chainId?: bigint;
  /** Default 1,000. */
  readonly pollIntervalMs?: number;
  /** How the contract's values are proved. Default `preferred`. */
  readonly proofs?: ProofMode;
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
  readonly view: EthereumView;
  readonly chainId: bigint;
  /** What the endpoint is like at the moment. */
  status(): FollowerStatus;
  /** Stops polling; calls under way reject with `ETH_CLOSED`. Idempotent. */
  close(): Promise<void>;
}

/** Headers kept beyond x. */
const KEPT_BEYOND = 64;

/**
 * Resolves when the first head is known. Throws `ETH_BAD_URL`, `ETH_WRONG_CHAIN`, `ETH_NO_CONTRACT`,
 * `ETH_NOT_STAKING_CONTRACT`, and the errors of requests after their retries (`ETH_UNREACHABLE`, `ETH_TIMEOUT`, …).
 */
export async function openEthereum(options: EthereumOptions, context: EthereumContext): Promise<OpenEthereum> {
  const { log, clock, signal } = context;
  const rpc = openRpc({ ...options, clock });
  const contract = checkedAddress(options.contract);
  const chainId = await readChainId(rpc, options.chainId, signal);
  const { pollIntervalMs = 1_000, stallWarningMs = 300_000, fold } = options;
  const headers = new HeaderReader(rpc, clock);
  const commitments = new CommitmentReader({ rpc, contract, headers, mode: options.proofs ?? 'preferred', log });
  const blocks = new BlockReader({ rpc, contract, fold, headers, commitments, log });
  const verifyContract = async (header: VerifiedHeader, until?: AbortSignal) => {
    await assertCode(rpc, contract, header, until);
    await commitments.read(header, until);
  };
  const keep = Number(options.finalityThreshold) + KEPT_BEYOND;
  const follower = new Follower({ chainId, keep, pollIntervalMs, stallWarningMs }, { rpc, headers, verifyContract, log, clock });
  const first = { attempts: options.attempts ?? 3, baseDelayMs: options.retryDelayMs ?? 200, maxDelayMs: 2_000 };
  await retry(() => follower.poll(signal), { ...first, clock, retryable: isRetryable, ...(signal && { signal }) });

  const closing = new AbortController();
  const close = () =>
    closing.abort(new EthereumError('ETH_CLOSED', `the view of ${rpc.name} was closed`, { endpoint: rpc.name }));
  signal?.addEventListener('abort', close, { once: true });
  const running = follower.run(closing.signal);
  return {
    view: new EndpointView({ follower, headers, blocks, commitments, pollIntervalMs, clock, closed: closing.signal }),
    chainId,
    status: () => follower.status(),
    close: async () => {
      signal?.removeEventListener('abort', close);
      close();
      await running;
    },
  };
}

function checkedAddress(text: Hex): Hex {
  const address = fromHex(text, 20);
  if (address === undefined)
    throw new EthereumError('ETH_NO_CONTRACT', `not an address of 20 bytes: ${text}`, { contract: text });
  return to0x(address);
}

async function readChainId(rpc: Rpc, expected: bigint | undefined, signal?: AbortSignal): Promise<bigint> {
  const chainId = asQuantity(await rpc.call('eth_chainId', [], signal), 'eth_chainId');
  if (chainId === (expected ?? chainId)) return chainId;
  const data = { endpoint: rpc.name, chain_id: chainId, expected };
  throw new EthereumError('ETH_WRONG_CHAIN', `${rpc.name} serves chain ${chainId} instead of ${expected}`, data);
}

async function assertCode(rpc: Rpc, contract: Hex, { number, hash }: VerifiedHeader, signal?: AbortSignal): Promise<void> {
  if (asData(await rpc.call('eth_getCode', [contract, { blockHash: hash }], signal), 'code') !== '0x') return;
  const data = { endpoint: rpc.name, contract, eth_block: number };
  throw new EthereumError('ETH_NO_CONTRACT', `there is no code at ${contract} in block ${number} of ${rpc.name}`, data);
}
