// Prometheus metrics, read from the node when they are asked for: nothing is counted twice and nothing goes stale.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type NodeView, readStatus } from './node-view.ts';

export interface Metrics {
  readonly contentType: string;
  collect(): Promise<string>;
}

interface ValidatorAnswer {
  readonly name: string;
  readonly power: number;
  readonly lastVoted: number;
  readonly witnessedTo: number;
}

export function openMetrics(view: NodeView): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) => new Gauge({ name, help, labelNames, registers });
  const height = gauge('peg_height', 'Last block of the peg chain');
  const head = gauge('peg_ethereum_head', 'Head of Ethereum as the witness sees it');
  const mature = gauge('peg_ethereum_mature', 'Last final Ethereum block');
  const events = gauge('peg_ethereum_events_applied', 'Nonce of the last stake event applied');
  const round = gauge('peg_round', 'Current round');
  const breach = gauge('peg_breach', '1 when the ledger and the contract have parted');
  const latch = gauge('peg_finality_latch', '1 while the finality latch is closed');
  const silent = gauge('peg_witness_silent', '1 while something keeps the witness from voting');
  const lastVote = gauge('peg_validator_last_vote_height', 'Peg height of the last vote of a validator', ['validator']);
  const witnessed = gauge('peg_validator_witnessed_to', 'Last Ethereum block a validator has voted for', ['validator']);
  const audited = gauge('peg_audit_block', 'Ethereum block of the last audit of the ledger');
  const auditedAt = gauge('peg_audit_timestamp_seconds', 'When the last audit ended');
  const differences = gauge('peg_audit_differences', 'Things in which the ledger was not the contract’s at the last audit');
  const auditFailed = gauge('peg_audit_failed', '1 while the last audit could not be made');
  const orders = gauge('peg_orders_accepted', 'Orders accepted since genesis');
  const sent = new Counter({
    name: 'peg_witness_sent_total',
    help: 'Transactions of the witness that the mempool took',
    registers,
  });
  const refused = new Counter({
    name: 'peg_witness_refused_total',
    help: 'Refused transactions of the witness',
    labelNames: ['code'],
    registers,
  });
  collectDefaultMetrics({ register: registry });

  return {
    contentType: registry.contentType,
    async collect() {
      const [status, state] = await Promise.all([readStatus(view), view.client.query('/state')]);
      const { validators, orderCounter } = state as { validators: Record<string, ValidatorAnswer>; orderCounter: number };
      const own = view.witness();
      height.set(status.height);
      if (status.ethereum.head !== null) head.set(status.ethereum.head);
      if (status.ethereum.matureEthBlock !== null) mature.set(status.ethereum.matureEthBlock);
      events.set(status.ethereum.nonce);
      round.set((status.round as { number: number }).number);
      breach.set(status.ethereum.breach === null ? 0 : 1);
      latch.set(own?.latch === undefined ? 0 : 1);
      silent.set(own?.state === 'silent' || own?.state === 'latched' ? 1 : 0);
      orders.set(orderCounter);
      const { audit } = own ?? {};
      if (audit !== undefined) auditFailed.set(audit.error === undefined ? 0 : 1);
      if (audit?.report !== undefined) {
        audited.set(Number(audit.report.block));
        auditedAt.set(audit.finishedAt / 1_000);
        differences.set(audit.report.differences.length);
      }
      for (const { name, lastVoted, witnessedTo } of Object.values(validators)) {
        lastVote.set({ validator: name }, lastVoted);
        witnessed.set({ validator: name }, witnessedTo);
      }
      sent.reset();
      sent.inc(own?.sent ?? 0);
      refused.reset();
      for (const [code, count] of Object.entries(own?.refused ?? {})) refused.inc({ code }, count);
      return registry.metrics();
    },
  };
}
