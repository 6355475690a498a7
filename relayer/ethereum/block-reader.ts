// From verified headers to verified blocks: which events of the contract each one holds. A bloom without the contract's
// events proves their absence; otherwise the logs are fetched by block hash, folded and compared with the contract's own
// values. Whatever does not add up is looked at a second time by the receipts, and then it is an error, never "no event".

import type { Hex } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import { bloomFilter } from './bloom.ts';
import type { CommitmentReader } from './commitment.ts';
import { EthereumError, isEthereumError } from './errors.ts';
import { asArray, asData, asObject, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import type { HeaderReader } from './header-reader.ts';
import { parseReceipts, provenStakeLogs } from './receipts.ts';
import { type Rpc, type RpcOutcome, unwrap } from './rpc.ts';
import { parseStakeLogs, STAKE_TOPICS } from './stake-logs.ts';
import type { Check, ContractCommitment, FoldEvent, StakeLog, VerifiedBlock } from './types.ts';

export interface BlockReaderParts {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly fold: FoldEvent;
  readonly headers: HeaderReader;
  readonly commitments: CommitmentReader;
  readonly log: Log;
}

/** Requests for logs in one batch. */
const LOGS_AT_ONCE = 32;
/** Requests for single receipts in one batch, where an endpoint has no eth_getBlockReceipts. */
const RECEIPTS_AT_ONCE = 64;

/** Logs, and how far they are believed. */
interface Evidence {
  readonly logs: readonly StakeLog[];
  readonly checks: readonly Check[];
}

export class BlockReader {
  readonly #parts: BlockReaderParts;
  readonly #mayHold: (bloom: Hex) => boolean;

  constructor(parts: BlockReaderParts) {
    this.#parts = parts;
    this.#mayHold = bloomFilter(parts.contract, STAKE_TOPICS);
  }

  /** The blocks of headers that are linked to each other, ascending. One request for each block whose bloom may hold events, and two to four for each that does. */
  async read(headers: readonly VerifiedHeader[], signal?: AbortSignal): Promise<readonly VerifiedBlock[]> {
    const suspects = headers.filter(({ logsBloom }) => this.#mayHold(logsBloom));
    const answers = await this.#logs(suspects, signal);
    const blocks: VerifiedBlock[] = [];
    let known: ContractCommitment | undefined;
    for (const [i, header] of headers.entries()) {
      const answer = answers.get(header.hash);
      if (answer === undefined) {
        blocks.push({ header: bare(header), logs: [], checks: ['header-hash', 'bloom'] });
        continue;
      }
      const before = async () => known ?? (await this.#before(header, headers[i - 1], signal));
      const block = await this.#block(header, answer, before, signal);
      known = block.after ?? known;
      blocks.push(block);
    }
    return blocks;
  }

  async #logs(suspects: readonly VerifiedHeader[], signal?: AbortSignal): Promise<ReadonlyMap<Hex, RpcOutcome>> {
    const { rpc, contract } = this.#parts;
    const answers = new Map<Hex, RpcOutcome>();
    for (let i = 0; i < suspects.length; i += LOGS_AT_ONCE) {
      const some = suspects.slice(i, i + LOGS_AT_ONCE);
      const filter = (hash: Hex) => ({ address: contract, topics: [STAKE_TOPICS], blockHash: hash });
      const calls = some.map(({ hash }) => ({ method: 'eth_getLogs', params: [filter(hash)] }));
      const outcomes = await rpc.batch(calls, signal);
      for (const [k, { hash }] of some.entries()) answers.set(hash, outcomes[k] as RpcOutcome);
    }
    return answers;
  }

  async #before(header: VerifiedHeader, previous: VerifiedHeader | undefined, signal?: AbortSignal): Promise<ContractCommitment> {
    const { headers, commitments } = this.#parts;
    const parent = previous ?? (await headers.byHash(header.parentHash, signal));
    return (await commitments.read(parent, signal)).commitment;
  }

  /** `before` is asked only when there are logs to fold. */
  async #block(
    header: VerifiedHeader,
    answer: RpcOutcome,
    before: () => Promise<ContractCommitment>,
    signal?: AbortSignal,
  ): Promise<VerifiedBlock> {
    const claimed = this.#claimed(header, answer);
    if (claimed !== undefined) {
      const block = await this.#folded(header, claimed, await before(), signal);
      if (block !== undefined) return block;
    }
    const proven: Evidence = {
      logs: await this.#fromReceipts(header, signal),
      checks: ['header-hash', 'bloom', 'receipts-root'],
    };
    if (proven.logs.length === 0) return { header: bare(header), logs: [], checks: proven.checks };
    const block = await this.#folded(header, proven, await before(), signal);
    if (block === undefined) {
      this.#parts.commitments.forget(header.hash, header.parentHash);
      throw foldError(header, proven.logs);
    }
    this.#parts.log.warn(
      { eth_block: header.number, hash: header.hash, events: block.logs.length },
      'took the events from the receipts: the logs the endpoint gave were not those of the block',
    );
    return block;
  }

  /** The logs as the endpoint gave them; undefined when there are none or they are not in order, and receipts have to decide. */
  #claimed(header: VerifiedHeader, answer: RpcOutcome): Evidence | undefined {
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

  /** undefined when the logs do not lead from `before` to the contract's own values after the block. */
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
    const { commitment: after, check } = await this.#parts.commitments.read(header, signal);
    if (folded.nonce !== after.nonce || folded.accumulator !== after.accumulator) return undefined;
    return { header: bare(header), logs, after, checks: [...checks, 'fold', check] };
  }

  async #fromReceipts(header: VerifiedHeader, signal?: AbortSignal): Promise<readonly StakeLog[]> {
    return provenStakeLogs(parseReceipts(await this.#receipts(header, signal), header), header, this.#parts.contract);
  }

  async #receipts(header: VerifiedHeader, signal?: AbortSignal): Promise<Json> {
    const { rpc } = this.#parts;
    try {
      const receipts = await rpc.call('eth_getBlockReceipts', [header.hash], signal);
      if (receipts !== null) return receipts;
    } catch (error) {
      if (!isEthereumError(error, 'ETH_REFUSED')) throw error;
    }
    return this.#singleReceipts(header, signal);
  }

  /** Receipt by receipt, in the order of the block's transactions; the root proves that none is missing. */
  async #singleReceipts(header: VerifiedHeader, signal?: AbortSignal): Promise<Json> {
    const { rpc } = this.#parts;
    const block = asObject(await rpc.call('eth_getBlockByHash', [header.hash, false], signal), 'block');
    const hashes = asArray(block.transactions, 'transactions').map((hash) => asData(hash, 'transactions', 32));
    const receipts: Json[] = [];
    for (let i = 0; i < hashes.length; i += RECEIPTS_AT_ONCE) {
      const calls = hashes
        .slice(i, i + RECEIPTS_AT_ONCE)
        .map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
      receipts.push(...(await rpc.batch(calls, signal)).map(unwrap));
    }
    return receipts;
  }
}

/** The header as the rest of the relayer sees it. */
export function bare({ number, hash, parentHash }: VerifiedHeader): VerifiedBlock['header'] {
  return { number, hash, parentHash };
}

function foldError(header: VerifiedHeader, logs: readonly StakeLog[]): EthereumError {
  const message = `the ${logs.length} events of block ${header.number} (${header.hash}) do not fold to the contract's own nonce and accumulator`;
  return new EthereumError('ETH_FOLD_MISMATCH', message, { eth_block: header.number, hash: header.hash, events: logs.length });
}
