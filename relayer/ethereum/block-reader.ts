// From verified headers to verified blocks: which events of the contract each one holds. A bloom without the contract's
// events proves their absence; otherwise the logs are fetched, folded and compared with the contract's own values. A vote
// never rests on an endpoint's word: either those values are proved against a state root, or the receipts of the block
// against its receipts root. Whatever does not add up is an error, never "no event".

import type { Hex } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import { bloomFilter } from './bloom.ts';
import { foldSuspects } from './bulk-fold.ts';
import type { CheckedCommitment, CommitmentReader } from './commitment.ts';
import { EthereumError, type EthereumErrorCode, isEthereumError } from './errors.ts';
import { bare, type VerifiedHeader } from './header.ts';
import type { HeaderReader } from './header-reader.ts';
import type { LogRanges } from './log-ranges.ts';
import { ReceiptReader } from './receipt-reader.ts';
import { type Rpc, type RpcOutcome, unwrap } from './rpc.ts';
import { isSampled } from './sample.ts';
import { parseStakeLogs, STAKE_TOPICS } from './stake-logs.ts';
import { type LogAnswers, SuspectLogs } from './suspect-logs.ts';
import type { Check, ContractCommitment, FoldEvent, StakeLog, VerifiedBlock } from './types.ts';

export interface BlockReaderParts {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly fold: FoldEvent;
  readonly headers: HeaderReader;
  readonly commitments: CommitmentReader;
  readonly ranges: LogRanges;
  /** Share of the blocks with events (0 to 1) whose receipts are checked although the logs fold to a proved value. */
  readonly receiptSample: number;
  /** Told what was wrong with logs that were not believed. */
  readonly doubt: (code: EthereumErrorCode) => void;
  readonly log: Log;
}

export interface BlockReaderOptions {
  /** All blocks are at least x below the head: logs may be asked for by range. */
  readonly buried?: boolean;
  /** The contract's values before the first block, where the caller knows them. */
  readonly before?: ContractCommitment | undefined;
  readonly signal?: AbortSignal;
}

/** From so many blocks with events on, a range of them is verified as a whole. */
const BULK_FROM = 8;

/** Logs, and how far they are believed. */
interface Evidence {
  readonly logs: readonly StakeLog[];
  readonly checks: readonly Check[];
}

export class BlockReader {
  readonly #parts: BlockReaderParts;
  readonly #mayHold: (bloom: Hex) => boolean;
  readonly #suspectLogs: SuspectLogs;
  readonly #receipts: ReceiptReader;

  constructor(parts: BlockReaderParts) {
    this.#parts = parts;
    this.#mayHold = bloomFilter(parts.contract, STAKE_TOPICS);
    this.#suspectLogs = new SuspectLogs(parts);
    this.#receipts = new ReceiptReader(parts.rpc, parts.contract);
  }

  /** The blocks of headers that are linked to each other, ascending. Quiet blocks cost no request, blocks with events two to four each, many buried ones together two to four. */
  async read(headers: readonly VerifiedHeader[], options: BlockReaderOptions = {}): Promise<readonly VerifiedBlock[]> {
    const suspects = headers.filter(({ logsBloom }) => this.#mayHold(logsBloom));
    const ranged = options.buried && suspects.length >= BULK_FROM;
    const found = ranged ? await this.#inBulk(suspects, options) : undefined;
    const verified = found ?? (await this.#oneByOne(suspects, headers, options));
    return headers.map(
      (header) => verified.get(header.hash) ?? { header: bare(header), logs: [], checks: ['header-hash', 'bloom'] },
    );
  }

  /** All suspects by one range of logs and one proof; undefined when that does not add up, and each has to be looked at. */
  async #inBulk(
    suspects: readonly VerifiedHeader[],
    { before, signal }: BlockReaderOptions,
  ): Promise<ReadonlyMap<Hex, VerifiedBlock> | undefined> {
    const { fold, receiptSample } = this.#parts;
    const answers = await this.#suspectLogs.byRange(suspects, signal);
    if (answers === undefined) return undefined;
    const claims = suspects.map((header) => ({ header, logs: this.#claimed(header, answers.get(header.hash))?.logs ?? [] }));
    const [first, last] = [suspects[0] as VerifiedHeader, suspects.at(-1) as VerifiedHeader];
    const folded = foldSuspects(before ?? (await this.#valuesBefore(first, undefined, signal)), claims, fold);
    const after = await this.#valuesAfter(last, signal);
    if (folded === undefined || after?.check !== 'storage-proof' || !same(folded.end, after.commitment)) return undefined;
    const blocks = new Map(folded.blocks.map((block) => [block.header.hash, block]));
    for (const header of suspects.filter(({ hash }) => isSampled(hash, receiptSample))) {
      const block = blocks.get(header.hash) as VerifiedBlock;
      if (!sameLogs(await this.#receipts.stakeLogs(header, signal), block.logs)) return undefined;
      blocks.set(header.hash, { ...block, checks: [...block.checks, 'receipts-root'] });
    }
    return blocks;
  }

  async #oneByOne(
    suspects: readonly VerifiedHeader[],
    headers: readonly VerifiedHeader[],
    { before, signal }: BlockReaderOptions,
  ): Promise<ReadonlyMap<Hex, VerifiedBlock>> {
    const answers: LogAnswers = await this.#suspectLogs.byHash(suspects, signal);
    const blocks = new Map<Hex, VerifiedBlock>();
    let known = before;
    for (const header of suspects) {
      const parent = headers[headers.indexOf(header) - 1];
      const start = async () => known ?? (await this.#valuesBefore(header, parent, signal));
      const block = await this.#block(header, answers.get(header.hash), start, signal);
      known = block.after ?? known;
      blocks.set(header.hash, block);
    }
    return blocks;
  }

  async #valuesBefore(
    header: VerifiedHeader,
    previous: VerifiedHeader | undefined,
    signal?: AbortSignal,
  ): Promise<ContractCommitment> {
    const { headers, commitments } = this.#parts;
    const parent = previous ?? (await headers.byHash(header.parentHash, signal));
    return (await commitments.read(parent, signal)).commitment;
  }

  /** undefined when the endpoint does not have the block's state any more. */
  async #valuesAfter(header: VerifiedHeader, signal?: AbortSignal): Promise<CheckedCommitment | undefined> {
    try {
      return await this.#parts.commitments.read(header, signal);
    } catch (error) {
      if (isEthereumError(error, 'ETH_STATE_UNAVAILABLE')) return undefined;
      throw error;
    }
  }

  /** `before` is asked only when there are logs to fold. */
  async #block(
    header: VerifiedHeader,
    answer: RpcOutcome | undefined,
    before: () => Promise<ContractCommitment>,
    signal?: AbortSignal,
  ): Promise<VerifiedBlock> {
    const { receiptSample, commitments, doubt, log } = this.#parts;
    const claimed = this.#claimed(header, answer);
    const block = claimed && (await this.#folded(header, claimed, await before(), signal));
    const proved = block?.checks.includes('storage-proof') ?? false;
    if (block !== undefined && proved && !isSampled(header.hash, receiptSample)) return block;
    const logs = await this.#receipts.stakeLogs(header, signal);
    if (logs.length === 0) return { header: bare(header), logs, checks: ['header-hash', 'bloom', 'receipts-root'] };
    const found: Evidence = { logs, checks: ['header-hash', 'bloom', 'receipts-root'] };
    const proven = await this.#folded(header, found, await before(), signal);
    if (proven === undefined) {
      commitments.forget(header.hash, header.parentHash);
      throw foldError(header, logs);
    }
    if (!isKeptBack(answer) && (claimed === undefined || !sameLogs(claimed.logs, logs))) {
      const code = 'ETH_MISMATCH';
      doubt(code);
      log.warn(
        { eth_block: header.number, hash: header.hash, events: logs.length, code },
        'took the events from the receipts: the logs the endpoint gave were not those of the block',
      );
    }
    return proven;
  }

  /** The logs as the endpoint gave them; undefined when it gave none or they are not in order, and receipts have to decide. */
  #claimed(header: VerifiedHeader, answer: RpcOutcome | undefined): Evidence | undefined {
    if (isKeptBack(answer)) return undefined;
    try {
      const logs = parseStakeLogs(unwrap(answer), header, this.#parts.contract);
      return logs.length === 0 ? undefined : { logs, checks: ['header-hash', 'bloom', 'logs'] };
    } catch (error) {
      if (!isEthereumError(error, 'ETH_MALFORMED', 'ETH_MISMATCH')) throw error;
      this.#parts.log.warn(
        { eth_block: header.number, hash: header.hash, code: error.code },
        `doubted the logs: ${error.message}`,
      );
      return undefined;
    }
  }

  /**
   * undefined when the logs do not lead from `before` to the contract's own values after the block. Where their state is
   * gone, logs that receipts prove do without: `before` is right, so what they fold to is right as well.
   */
  async #folded(
    header: VerifiedHeader,
    { logs, checks }: Evidence,
    before: ContractCommitment,
    signal?: AbortSignal,
  ): Promise<VerifiedBlock | undefined> {
    let folded = before;
    for (const log of logs) {
      if (log.nonce !== folded.nonce + 1n) return undefined;
      folded = this.#parts.fold(folded, header.number, log);
    }
    const after = await this.#valuesAfter(header, signal);
    if (after !== undefined && !same(folded, after.commitment)) return undefined;
    const last: readonly Check[] = after === undefined ? [] : [after.check];
    return { header: bare(header), logs, after: folded, checks: [...checks, 'fold', ...last] };
  }
}

/** What the endpoint will not give however often it is asked: it is no lie, and receipts decide. */
function isKeptBack(answer: RpcOutcome | undefined): boolean {
  return answer?.ok === false && isEthereumError(answer.error, 'ETH_REFUSED', 'ETH_TOO_LARGE');
}

function same(a: ContractCommitment, b: ContractCommitment): boolean {
  return a.nonce === b.nonce && a.accumulator === b.accumulator;
}

function sameLogs(a: readonly StakeLog[], b: readonly StakeLog[]): boolean {
  const text = ({ kind, staker, amount, nonce }: StakeLog) => `${kind} ${staker} ${amount} ${nonce}`;
  return a.length === b.length && a.every((log, i) => text(log) === text(b[i] as StakeLog));
}

function foldError(header: VerifiedHeader, logs: readonly StakeLog[]): EthereumError {
  const message = `the ${logs.length} events of block ${header.number} (${header.hash}) do not fold to the contract's own nonce and accumulator`;
  return new EthereumError('ETH_FOLD_MISMATCH', message, { eth_block: header.number, hash: header.hash, events: logs.length });
}
