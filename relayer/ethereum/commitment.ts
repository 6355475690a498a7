// The contract's `eventNonce` and `accumulator` after a block: proved from the header's state root where the endpoint can,
// otherwise asked of the contract at that block's hash.
// Source of the slots: the storage table in contracts/interfaces/IMakerStaking.sol; of the proof: EIP-1186; of calls by
// block hash: EIP-1898.

import { type Bytes, bigintToBytes, type Hex, textBytes, to0x } from '../lib/bytes.ts';
import { keccak256 } from '../lib/keccak.ts';
import type { Log } from '../lib/log.ts';
import { EthereumError, isEthereumError } from './errors.ts';
import { asData, type Json, quantity } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import type { HeaderReader } from './header-reader.ts';
import { type Rpc, unwrap } from './rpc.ts';
import { provenSlots } from './storage-proof.ts';
import type { Check, ContractCommitment } from './types.ts';

/** Slot 0: `eventNonce` in the low 64 bits, below a part of the total. Slot 1: `accumulator`. */
const SLOTS: readonly [nonce: Bytes, accumulator: Bytes] = [bigintToBytes(0n, 32), bigintToBytes(1n, 32)];
const NONCE_MASK = 2n ** 64n - 1n;

const selector = (signature: string): Hex => to0x(keccak256(textBytes(signature)).subarray(0, 4));
const EVENT_NONCE = selector('eventNonce()');
const ACCUMULATOR = selector('accumulator()');

/** Before the contract's deployment and before its first event. */
export const NO_EVENTS: ContractCommitment = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` };

/** `preferred`: a call where the endpoint has no valid proof. `required`: a proof or an error. `off`: calls only. */
export type ProofMode = 'preferred' | 'required' | 'off';

export interface CheckedCommitment {
  readonly commitment: ContractCommitment;
  readonly check: Extract<Check, 'storage-proof' | 'contract-call' | 'storage-read'>;
}

/** JSON-RPC codes by which an endpoint says that it has no such method at all. */
const METHOD_UNKNOWN = new Set([-32601, -32004]);

/** Commitments remembered by block hash. */
const REMEMBERED = 256;

export interface CommitmentParts {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly headers: HeaderReader;
  readonly mode: ProofMode;
  readonly log: Log;
}

export class CommitmentReader {
  readonly #rpc: Rpc;
  readonly #contract: Hex;
  readonly #headers: HeaderReader;
  readonly #log: Log;
  readonly #known = new Map<Hex, CheckedCommitment>();
  #mode: ProofMode;
  #invalidSeen = false;

  constructor({ rpc, contract, headers, mode, log }: CommitmentParts) {
    this.#rpc = rpc;
    this.#contract = contract;
    this.#headers = headers;
    this.#mode = mode;
    this.#log = log;
  }

  /**
   * The commitment after a block. Errors: `ETH_STATE_UNAVAILABLE`, `ETH_BLOCK_UNKNOWN`, `ETH_NOT_STAKING_CONTRACT`,
   * `ETH_PROOF_INVALID` (mode `required`), and those of requests.
   */
  async read(header: VerifiedHeader, signal?: AbortSignal): Promise<CheckedCommitment> {
    const known = this.#known.get(header.hash);
    if (known !== undefined) return known;
    const at = header.hollow ? await this.#headers.sameState(header, signal) : header;
    const checked = (await this.#proved(at, signal)) ?? (await this.#called(at, signal));
    this.#known.set(header.hash, checked);
    for (const hash of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(hash);
    }
    return checked;
  }

  /** Reads these blocks anew next time: what was read of them did not fit their logs. */
  forget(...hashes: readonly Hex[]): void {
    for (const hash of hashes) this.#known.delete(hash);
  }

  /**
   * undefined when a call has to do. A proof that does not verify counts as none: whoever could forge a proof could as
   * well refuse it, and some development chains have state roots that nothing hashes to.
   */
  async #proved(header: VerifiedHeader, signal?: AbortSignal): Promise<CheckedCommitment | undefined> {
    if (this.#mode === 'off') return undefined;
    try {
      // By number, which all clients take; that it is this very block follows from the state root.
      const params = [this.#contract, SLOTS.map(to0x), quantity(header.number)];
      const commitment = await verifyCommitmentProof(
        await this.#rpc.call('eth_getProof', params, signal),
        header,
        this.#contract,
      );
      return { commitment, check: 'storage-proof' };
    } catch (error) {
      if (this.#mode === 'required' || !(error instanceof EthereumError)) throw error;
      this.#doWithout(header, error);
      return undefined;
    }
  }

  #doWithout({ number, hash }: VerifiedHeader, error: EthereumError): void {
    if (METHOD_UNKNOWN.has(Number(error.data.rpc_code))) this.#mode = 'off';
    const level = error.code === 'ETH_PROOF_INVALID' && !this.#invalidSeen ? 'warn' : 'debug';
    this.#invalidSeen ||= level === 'warn';
    this.#log[level]({ eth_block: number, hash, code: error.code }, `asked the contract for want of a proof: ${error.message}`);
  }

  async #called(header: VerifiedHeader, signal?: AbortSignal): Promise<CheckedCommitment> {
    const at = { blockHash: header.hash };
    const call = (data: Hex) => ({ method: 'eth_call', params: [{ to: this.#contract, data }, at] });
    try {
      const [nonce, accumulator] = (await this.#rpc.batch([call(EVENT_NONCE), call(ACCUMULATOR)], signal)).map(unwrap);
      if (nonce === '0x' && accumulator === '0x' && (await this.#codeless(at, signal)))
        return { commitment: NO_EVENTS, check: 'contract-call' };
      return { commitment: this.#decode(nonce, accumulator, header), check: 'contract-call' };
    } catch (error) {
      if (isEthereumError(error, 'ETH_REVERTED')) throw this.#notStaking(header);
      if (isEthereumError(error, 'ETH_STATE_UNAVAILABLE')) return this.#stored(at, signal);
      throw error;
    }
  }

  /** Forks of Hardhat have the state of the blocks before the fork, but cannot execute in it. */
  async #stored(at: { blockHash: Hex }, signal?: AbortSignal): Promise<CheckedCommitment> {
    const calls = SLOTS.map((slot) => ({ method: 'eth_getStorageAt', params: [this.#contract, to0x(slot), at] }));
    const [packed, accumulator] = (await this.#rpc.batch(calls, signal)).map((outcome) => asData(unwrap(outcome), 'storage', 32));
    return { commitment: { nonce: BigInt(packed as Hex) & NONCE_MASK, accumulator: accumulator as Hex }, check: 'storage-read' };
  }

  async #codeless(at: { blockHash: Hex }, signal?: AbortSignal): Promise<boolean> {
    return asData(await this.#rpc.call('eth_getCode', [this.#contract, at], signal), 'code') === '0x';
  }

  #decode(nonce: Json | undefined, accumulator: Json | undefined, header: VerifiedHeader): ContractCommitment {
    const word = asData(nonce, 'eventNonce()');
    const value = asData(accumulator, 'accumulator()');
    if (word.length !== 66 || value.length !== 66 || BigInt(word) > NONCE_MASK) throw this.#notStaking(header);
    return { nonce: BigInt(word), accumulator: value };
  }

  #notStaking({ number, hash }: VerifiedHeader): EthereumError {
    const data = { contract: this.#contract, eth_block: number, hash };
    return new EthereumError('ETH_NOT_STAKING_CONTRACT', `the contract at ${this.#contract} is not a MakerStaking`, data);
  }
}

/**
 * Reads the two slots off an answer to eth_getProof, believing nothing in it but the nodes. An account that is proved
 * absent has no events. Throws `ETH_PROOF_INVALID`.
 */
export async function verifyCommitmentProof(json: Json, header: VerifiedHeader, contract: Hex): Promise<ContractCommitment> {
  const values = await provenSlots(json, header, contract, SLOTS);
  if (values === undefined) return NO_EVENTS;
  const [packed, accumulator] = values as readonly [bigint, bigint];
  return { nonce: packed & NONCE_MASK, accumulator: to0x(bigintToBytes(accumulator, 32)) };
}
