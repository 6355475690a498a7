// The EthereumView of several endpoints. What is voted for rests on the hash that enough of them name; everything below
// such a hash is verified against it and so may come from any one of them, a whole range always from a single one.

import type { Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { groupBy } from './agreement.ts';
import type { Endpoint } from './endpoint.ts';
import { type EthereumError, type EthereumErrorCode, isUntrue } from './errors.ts';
import { bare } from './header.ts';
import { firstOf } from './hedge.ts';
import type { PoolStanding } from './pool-standing.ts';
import { gather, type Quorum } from './quorum.ts';
import type {
  CommitmentClaim,
  ContractBooks,
  ContractCommitment,
  ContractHistory,
  ContractStakes,
  EthereumView,
  EventsBetween,
  Header,
  VerifiedBlock,
} from './types.ts';

export interface PoolViewParts {
  readonly endpoints: readonly Endpoint[];
  readonly standing: PoolStanding;
  readonly required: number;
  readonly pollIntervalMs: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly closed: AbortSignal;
}

/** Patience with one request: a multiple of what it usually takes, within bounds, and more for a range. */
const PATIENCE = { factor: 4, leastMs: 100, mostMs: 2_000, perBlockMs: 5 };

/** One endpoint alone may be broken, also where none has to agree with it. */
const LEAST_ANSWERS = 2;

/** A header, and how many of those that answered name it. */
interface AgreedHeader {
  readonly header: Header;
  readonly agreed: number;
  readonly asked: number;
}

export class PoolView implements EthereumView, ContractBooks, ContractHistory {
  readonly #parts: PoolViewParts;
  /** What each endpoint was last left for. */
  readonly #blamed = new Map<Endpoint, string>();

  constructor(parts: PoolViewParts) {
    this.#parts = parts;
  }

  /** Stays where it was while there is no agreement. */
  head(): Header | undefined {
    const head = this.#parts.standing.head();
    return head && bare(head);
  }

  finalized(): bigint | undefined {
    return this.#parts.standing.finalized();
  }

  trouble(): EthereumError | undefined {
    return this.#parts.standing.trouble();
  }

  async header(number: bigint, signal?: AbortSignal): Promise<Header> {
    return (await this.#agreed(number, this.#until(signal))).header;
  }

  async blocks(from: bigint, to: bigint, signal?: AbortSignal, before?: ContractCommitment): Promise<readonly VerifiedBlock[]> {
    const until = this.#until(signal);
    const { standing } = this.#parts;
    const { header, agreed, asked } = await this.#agreed(to, until);
    const blocks = await this.#first(to, Number(to - from) + 1, until, async ({ view }, giveUp) => {
      const read = await view.blocks(from, to, giveUp, before);
      if (read.at(-1)?.header.hash === header.hash) return read;
      const message = `block ${to} is not the ${header.hash} on which ${agreed} endpoints agree`;
      throw standing.error('ETH_DISAGREEMENT', message, { eth_block: to });
    });
    return blocks.map((block) => ({ ...block, agreement: { agreed, asked } }));
  }

  async commitment(blockHash: Hex, signal?: AbortSignal, claim?: CommitmentClaim): Promise<ContractCommitment> {
    const read = ({ view }: Endpoint, giveUp: AbortSignal) => view.checkedCommitment(blockHash, giveUp, claim);
    const text = ({ commitment: { nonce, accumulator } }: { commitment: ContractCommitment }) => `${nonce} ${accumulator}`;
    return (await this.#provedOrSaid(blockHash, claim?.number ?? 0n, this.#until(signal), read, text)).commitment;
  }

  async stakes(blockHash: Hex, stakers: readonly Hex[], signal?: AbortSignal): Promise<ContractStakes> {
    const read = ({ view }: Endpoint, giveUp: AbortSignal) => view.stakes(blockHash, stakers, giveUp);
    return this.#provedOrSaid(blockHash, 0n, this.#until(signal), read, ({ amounts }) => amounts.join(' '));
  }

  async eventsSince(since: CommitmentClaim, blockHash: Hex, signal?: AbortSignal): Promise<EventsBetween> {
    const read = ({ view }: Endpoint, giveUp: AbortSignal) => view.eventsSince(since, blockHash, giveUp);
    const text = ({ events }: EventsBetween) => events.map(({ number, log }) => `${number}/${log.nonce}`).join(' ');
    return this.#provedOrSaid(blockHash, since.number, this.#until(signal), read, text);
  }

  /** Something of the contract's state: from one endpoint that proves it, or said by as many as have to agree. */
  async #provedOrSaid<T extends { readonly proved: boolean }>(
    blockHash: Hex,
    reach: bigint,
    signal: AbortSignal,
    read: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
    text: (value: T) => string,
  ): Promise<T> {
    const { standing, required } = this.#parts;
    const said = new Map<Endpoint, string>();
    const fault = (code: EthereumErrorCode, message: string) => standing.error(code, message, { hash: blockHash });
    const values = `values of the contract after block ${blockHash}`;
    try {
      const found = await this.#first(reach, 1, signal, async (endpoint, giveUp) => {
        const value = await read(endpoint, giveUp);
        if (value.proved) return value;
        said.set(endpoint, text(value));
        if ([...said.values()].filter((other) => other === text(value)).length >= required) return value;
        throw fault('ETH_TOO_FEW_ENDPOINTS', `fewer than ${required} endpoints say the same ${values}, and none proves them`);
      });
      for (const [endpoint, other] of said)
        if (other !== text(found)) this.#blame(endpoint, fault('ETH_DISAGREEMENT', `it said other ${values} than the others`));
      return found;
    } catch (error) {
      signal.throwIfAborted();
      if (new Set(said.values()).size < 2) throw error;
      for (const endpoint of said.keys()) standing.noteDisagreement(endpoint);
      throw fault('ETH_DISAGREEMENT', `the endpoints say different ${values}, and none proves them`);
    }
  }

  async nextHead(seen: Hex | undefined, signal?: AbortSignal): Promise<void> {
    const until = this.#until(signal);
    const { endpoints, clock, pollIntervalMs } = this.#parts;
    const settled = new AbortController();
    const either = AbortSignal.any([settled.signal, until]);
    const changed = async () => {
      while (this.head()?.hash === seen) await Promise.race(endpoints.map(({ follower }) => follower.changed(either)));
    };
    try {
      await Promise.race([changed(), clock.sleep(pollIntervalMs, either)]);
    } finally {
      settled.abort();
    }
  }

  /** The header at a height on which enough endpoints agree: from their chains in memory, or asked of all of them. */
  async #agreed(number: bigint, signal: AbortSignal): Promise<AgreedHeader> {
    const { standing, required } = this.#parts;
    const head = this.head();
    if (head === undefined) throw standing.trouble() ?? standing.tooFew();
    if (number < 0n) throw standing.error('ETH_BAD_RANGE', `there is no block ${number}`, { eth_block: number });
    if (number > head.number)
      throw standing.error('ETH_BLOCK_UNKNOWN', `block ${number} is above the head (${head.number})`, { eth_block: number });
    const kept = standing.voices().flatMap((endpoint) => endpoint.opinion().at(number) ?? []);
    const [group] = groupBy(kept.map(({ hash }) => hash));
    if (group !== undefined && group.members.length >= required)
      return { header: bare(kept[group.members[0] as number] as Header), agreed: group.members.length, asked: kept.length };
    const headers = new Map<string, Header>();
    const { value, agreed, asked } = await this.#gather(signal, async ({ view }, giveUp) => {
      const header = await view.header(number, giveUp);
      headers.set(header.hash, header);
      return header.hash;
    });
    return { header: headers.get(value) as Header, agreed, asked };
  }

  /** What enough endpoints say. Throws `ETH_TOO_FEW_ENDPOINTS`, `ETH_DISAGREEMENT` or the error of the requests. */
  async #gather(signal: AbortSignal, ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<string>): Promise<Quorum> {
    const { standing, required } = this.#parts;
    const voices = standing.voices();
    if (voices.length < required) throw standing.tooFew();
    const result = await gather(
      voices.map((endpoint) => (until: AbortSignal) => ask(endpoint, until)),
      required,
      signal,
    );
    if ('value' in result) return result;
    const { said, error } = result;
    const groups = groupBy(said);
    if (groups.length < 2) throw error ?? standing.tooFew();
    for (const { members } of groups) for (const i of members) standing.noteDisagreement(voices[i] as Endpoint);
    throw standing.disagreement(said.filter((value) => value !== undefined).length);
  }

  /** The result of the best endpoint that has block `reach`, or of the next ones if it fails or is slow. */
  async #first<T>(
    reach: bigint,
    size: number,
    signal: AbortSignal,
    ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { standing, required, clock } = this.#parts;
    const candidates = standing.ranked(reach);
    if (candidates.length === 0) throw standing.tooFew();
    const { result } = await firstOf(candidates, ask, {
      clock,
      signal,
      patienceMs: ({ score }) => patienceMs(score.latencyMs, size),
      onOutrun: (endpoint, durationMs) => endpoint.note({ type: 'outrun', durationMs }),
      onFailure: (endpoint, error) => this.#blame(endpoint, error),
      believedFrom: Math.max(LEAST_ANSWERS, required),
    });
    return result;
  }

  #blame(endpoint: Endpoint, error: unknown): void {
    if (!isUntrue(error)) return;
    const { standing, log } = this.#parts;
    if (error.code === 'ETH_DISAGREEMENT') {
      endpoint.noteFault(error.code);
      standing.noteDisagreement(endpoint);
    }
    const fields = { ...error.data, endpoint: endpoint.rpc.name, code: error.code };
    // The same untruth, asked for in step after step, is one line.
    const level = this.#blamed.get(endpoint) === error.message ? 'debug' : 'warn';
    this.#blamed.set(endpoint, error.message);
    log[level](fields, `left an endpoint for another: ${error.message}`);
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    const { closed } = this.#parts;
    signal?.throwIfAborted();
    closed.throwIfAborted();
    return signal === undefined ? closed : AbortSignal.any([signal, closed]);
  }
}

function patienceMs(latencyMs: number | undefined, size: number): number {
  const { factor, leastMs, mostMs, perBlockMs } = PATIENCE;
  return Math.min(mostMs, Math.max(leastMs, factor * (latencyMs ?? mostMs))) + (size - 1) * perBlockMs;
}
