// What an endpoint says are the logs of blocks whose bloom may hold events: by block hash near the head, by range where the
// blocks are buried and there are many of them.

import type { Hex } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import { isEthereumError } from './errors.ts';
import { asObject, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import type { LogRanges } from './log-ranges.ts';
import type { Rpc, RpcOutcome } from './rpc.ts';
import { STAKE_TOPICS } from './stake-logs.ts';

/** Requests for logs in one batch. */
const LOGS_AT_ONCE = 32;

/** By block hash. */
export type LogAnswers = ReadonlyMap<Hex, RpcOutcome>;

export interface SuspectLogsParts {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly ranges: LogRanges;
  readonly log: Log;
}

export class SuspectLogs {
  readonly #parts: SuspectLogsParts;

  constructor(parts: SuspectLogsParts) {
    this.#parts = parts;
  }

  /** One call for each block, in batches. */
  async byHash(suspects: readonly VerifiedHeader[], signal?: AbortSignal): Promise<LogAnswers> {
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

  /** One call for all of them; logs of other blocks are left out. undefined when the endpoint cannot do it. */
  async byRange(suspects: readonly VerifiedHeader[], signal?: AbortSignal): Promise<LogAnswers | undefined> {
    const logs = new Map<Hex, Json[]>(suspects.map(({ hash }) => [hash, []]));
    const [first, last] = [suspects[0] as VerifiedHeader, suspects.at(-1) as VerifiedHeader];
    try {
      for await (const piece of this.#parts.ranges.pieces(first.number, last.number, signal))
        for (const json of piece) logs.get(String(asObject(json, 'log').blockHash).toLowerCase() as Hex)?.push(json);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isEthereumError(error)) throw error;
      const fields = { eth_block: first.number, to: last.number, code: error.code };
      this.#parts.log.debug(fields, `asked for logs block by block: ${error.message}`);
      return undefined;
    }
    return new Map([...logs].map(([hash, value]) => [hash, { ok: true, value }]));
  }
}
