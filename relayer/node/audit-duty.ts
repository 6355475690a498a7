// A validator's own audit: once a period, at a random time, so that not all of a network ask their endpoints at once and nobody
// knows when they will. What it finds is shown and logged; it stops nothing by itself.

import { readPegLedger, readStartLedger } from '../comet/peg-ledger.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type AuditedEthereum, Auditor, type AuditStatus } from '../witness/auditor.ts';
import { describeDifferences } from '../witness/ledger.ts';

export interface AuditDutyOptions {
  readonly client: CometClient;
  /** Undefined while Ethereum has not been reached. */
  readonly ethereum: () => AuditedEthereum | undefined;
  /** Shortest pause between two audits, however short the periods are. */
  readonly leastIntervalMs: number;
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
}

export interface AuditDutyContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface AuditDuty {
  /** Undefined before the first. */
  status(): AuditStatus | undefined;
  close(): Promise<void>;
}

const POLL_MS = 1_000;
const LONGEST_DELAY_MS = 3_600_000;

export function startAuditDuty(options: AuditDutyOptions, context: AuditDutyContext): AuditDuty {
  const closing = new AbortController();
  const signal = context.signal === undefined ? closing.signal : AbortSignal.any([context.signal, closing.signal]);
  const duty = new Duty(options, { ...context, signal });
  const running = duty.run();
  return {
    status: () => duty.status,
    close: async () => {
      closing.abort(new Error('the audit was closed'));
      await running;
    },
  };
}

class Duty {
  status: AuditStatus | undefined;
  readonly #options: AuditDutyOptions;
  readonly #context: AuditDutyContext & { readonly signal: AbortSignal };
  #auditor: { readonly of: AuditedEthereum; readonly auditor: Auditor } | undefined;

  constructor(options: AuditDutyOptions, context: AuditDutyContext & { readonly signal: AbortSignal }) {
    this.#options = options;
    this.#context = context;
  }

  /** Ends when the signal is aborted; never rejects. */
  async run(): Promise<void> {
    const { clock, signal } = this.#context;
    const { leastIntervalMs, random = Math.random } = this.#options;
    let round = 0;
    let roundSince = clock.now();
    while (!signal.aborted) {
      try {
        const now = await this.#round();
        if (now !== round) {
          const lastedMs = clock.now() - roundSince;
          [round, roundSince] = [now, clock.now()];
          await clock.sleep(random() * Math.min(lastedMs, LONGEST_DELAY_MS), signal);
          if (clock.now() - (this.status?.finishedAt ?? Number.NEGATIVE_INFINITY) >= leastIntervalMs) await this.#audit();
        }
        await clock.sleep(POLL_MS, signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
        await clock.sleep(POLL_MS, signal).catch(() => {});
      }
    }
  }

  async #round(): Promise<number> {
    return ((await this.#options.client.query('/round', this.#context.signal)) as { number: number }).number;
  }

  async #audit(): Promise<void> {
    const { client } = this.#options;
    const { clock, log, signal } = this.#context;
    const ethereum = this.#options.ethereum();
    const peg = await readPegLedger(client, undefined, signal);
    if (ethereum === undefined || peg === undefined) return;
    if (this.#auditor?.of !== ethereum)
      this.#auditor = { of: ethereum, auditor: new Auditor(ethereum, await readStartLedger(client, signal)) };
    const startedAt = clock.now();
    const report = await this.#auditor.auditor.audit(peg, { signal });
    this.status = { finishedAt: clock.now(), report, error: undefined, runs: (this.status?.runs ?? 0) + 1 };
    const fields = {
      eth_block: report.block,
      events: report.events,
      contract: report.contract,
      duration_ms: clock.now() - startedAt,
    };
    if (report.differences.length === 0) log.info(fields, 'audited the ledger: it is the contract’s');
    for (const difference of describeDifferences(report.differences)) log.error(fields, `the audit failed: ${difference}`);
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#context;
    const message = describe(error);
    if (this.status?.error !== message) log.warn({ error: message }, 'the ledger could not be audited');
    this.status = { finishedAt: clock.now(), report: this.status?.report, error: message, runs: this.status?.runs ?? 0 };
  }
}
