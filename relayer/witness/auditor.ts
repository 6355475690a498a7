// The audit: every event is read from Ethereum again, folded and added up, then held against the peg's ledger at a final block
// and, where the endpoint still has that state, against the contract's own books. What was folded is kept, so that the next
// audit reads only what came since, as long as Ethereum holds the block where it ended.

import { isEthereumError } from '../ethereum/errors.ts';
import type { ContractBooks, ContractHistory, EthereumView } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import type { LedgerAt } from './fold-ledger.ts';
import { compareLedgers, type Difference, describeDifferences, type Ledger } from './ledger.ts';
import { type CheckCounts, readLedger } from './read-ledger.ts';

/** What is read of Ethereum. */
export type AuditedEthereum = Pick<EthereumView, 'blocks' | 'header' | 'commitment'> & ContractBooks & Partial<ContractHistory>;

/** The peg's ledger at one peg height. */
export interface PegLedger extends Ledger {
  readonly pegHeight: bigint;
  /** The last final Ethereum block, and the hash that the peg holds it by. */
  readonly block: bigint;
  readonly blockHash: Hex;
}

export interface AuditReport {
  readonly pegHeight: bigint;
  readonly block: bigint;
  readonly blockHash: Hex;
  /** Events folded since the start block. */
  readonly events: bigint;
  readonly nonce: bigint;
  readonly accumulator: Hex;
  readonly stakers: number;
  /** In base units. */
  readonly staked: bigint;
  /** How often each check proved a block of those read by this auditor. */
  readonly checks: CheckCounts;
  /** How the contract's own books were read at `block`; `unavailable`: no state there any more, the fold has to do. */
  readonly contract: 'proved' | 'called' | 'unavailable';
  /** Empty: the ledger is the contract's. */
  readonly differences: readonly Difference[];
}

/** The differences in one line, undefined when there is none. */
export function describeFailure({ block, differences }: Pick<AuditReport, 'block' | 'differences'>): string | undefined {
  if (differences.length === 0) return undefined;
  return `the ledger is not the contract's at Ethereum block ${block}: ${describeDifferences(differences).join('; ')}`;
}

/** What became of the last audit. */
export interface AuditStatus {
  /** Milliseconds since the Unix epoch. */
  readonly finishedAt: number;
  /** Of the last audit that could be made. */
  readonly report: AuditReport | undefined;
  /** Why the last one could not be made. */
  readonly error: string | undefined;
  /** Audits made since the start. */
  readonly runs: number;
}

export interface AuditOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each range, with the blocks read and those to read in all. */
  readonly onProgress?: (done: bigint, total: bigint) => void;
}

export class Auditor {
  readonly #ethereum: AuditedEthereum;
  readonly #start: LedgerAt;
  #checks: CheckCounts = {};
  #folded: LedgerAt;
  /** Of the block after which `#folded` stands; undefined at the start. */
  #foldedHash: Hex | undefined;

  /** `start`: the block after which events count, and the ledger there (genesis). */
  constructor(ethereum: AuditedEthereum, start: LedgerAt) {
    this.#ethereum = ethereum;
    this.#start = start;
    this.#folded = start;
  }

  /** Rejects with the errors of Ethereum's view; what is wrong with the ledger is in the report. */
  async audit(peg: PegLedger, { signal, onProgress }: AuditOptions = {}): Promise<AuditReport> {
    if (!(await this.#mayGoOn(peg.block, signal))) {
      this.#folded = this.#start;
      this.#foldedHash = undefined;
      this.#checks = {};
    }
    const { ledger } = await readLedger(this.#ethereum, this.#folded, peg.block, {
      signal,
      onProgress,
      onPart: (checks, after, hash) => {
        this.#checks = addCounts(this.#checks, checks);
        this.#folded = after;
        this.#foldedHash = hash;
      },
    });
    const { hash } = await this.#ethereum.header(peg.block, signal);
    const chain: readonly Difference[] =
      hash === peg.blockHash ? [] : [{ of: 'block hash', peg: peg.blockHash, other: hash, source: 'chain' }];
    const books = await this.#contractBooks(peg, ledger, hash, signal);
    return {
      pegHeight: peg.pegHeight,
      block: peg.block,
      blockHash: peg.blockHash,
      events: ledger.nonce - this.#start.ledger.nonce,
      nonce: peg.nonce,
      accumulator: peg.accumulator,
      stakers: peg.balances.size,
      staked: [...peg.balances.values()].reduce((sum, balance) => sum + balance, 0n),
      checks: { ...this.#checks },
      contract: books.how,
      differences: [...chain, ...compareLedgers(peg, ledger, 'events'), ...books.differences],
    };
  }

  /** Whether what was folded lies below `block` and no reorganisation has dropped it, as before a correction. */
  async #mayGoOn(block: bigint, signal?: AbortSignal): Promise<boolean> {
    if (this.#foldedHash === undefined) return true;
    if (block < this.#folded.block) return false;
    return (await this.#ethereum.header(this.#folded.block, signal)).hash === this.#foldedHash;
  }

  /** Asks the contract for everybody whom either ledger knows. */
  async #contractBooks(
    peg: PegLedger,
    folded: Ledger,
    blockHash: Hex,
    signal?: AbortSignal,
  ): Promise<{ readonly how: AuditReport['contract']; readonly differences: readonly Difference[] }> {
    const stakers = [...new Set([...peg.balances.keys(), ...folded.balances.keys()])].sort();
    try {
      const { amounts, proved } = await this.#ethereum.stakes(blockHash, stakers, signal);
      const commitment = await this.#ethereum.commitment(blockHash, signal);
      const balances = new Map(stakers.map((staker, index) => [staker, amounts[index] ?? 0n] as const));
      return {
        how: proved ? 'proved' : 'called',
        differences: compareLedgers(peg, { ...commitment, balances }, 'contract'),
      };
    } catch (error) {
      if (!isEthereumError(error, 'ETH_STATE_UNAVAILABLE')) throw error;
      return { how: 'unavailable', differences: [] };
    }
  }
}

function addCounts(before: CheckCounts, more: CheckCounts): CheckCounts {
  const checks = Object.keys({ ...before, ...more }) as (keyof CheckCounts)[];
  return Object.fromEntries(checks.map((check) => [check, (before[check] ?? 0) + (more[check] ?? 0)]));
}
