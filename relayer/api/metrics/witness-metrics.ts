// What the node's witness is at: its view of Ethereum, its votes, its latch, its audits, and how long finality takes.

import type { Registry } from 'prom-client';
import { FINALITY_BUCKETS_S } from '../../witness/finality-delay.ts';
import type { WitnessStatus } from '../../witness/status.ts';
import { metricsOf, setCounter } from './gauges.ts';

export function witnessMetrics(registry: Registry): (status: WitnessStatus | undefined) => void {
  const { gauge, counter } = metricsOf(registry);
  const head = gauge('peg_ethereum_head', 'Head of Ethereum as the witness sees it');
  const matureHead = gauge('peg_ethereum_mature_head', 'Newest Ethereum block that may be voted for');
  const headAge = gauge('peg_ethereum_head_age_seconds', 'Time since the head that the witness sees last changed');
  const finalizedAge = gauge('peg_ethereum_finalized_age_seconds', 'Time since the finalized block that it sees last changed');
  const witnessed = gauge('peg_witness_witnessed_to', 'Last Ethereum block the witness has voted for');
  const latch = gauge('peg_finality_latch', '1 while the finality latch is closed');
  const silent = gauge('peg_witness_silent', '1 while something keeps the witness from voting');
  const reasons = gauge('peg_witness_silence', '1 for each reason for which the witness is silent', ['reason']);
  const sent = counter('peg_witness_sent_total', 'Transactions of the witness that the mempool took');
  const refused = counter('peg_witness_refused_total', 'Refused transactions of the witness', ['code']);
  const age = gauge('peg_ethereum_mature_age_seconds', 'Time since the last Ethereum block became final on the peg');
  const delay = counter(
    'peg_finality_seconds_bucket',
    'Time from the maturity of an Ethereum block to its finality on the peg (histogram)',
    ['le'],
  );
  const delaySum = counter('peg_finality_seconds_sum', 'Sum of these times');
  const delayCount = counter('peg_finality_seconds_count', 'Number of these times');
  const audited = gauge('peg_audit_block', 'Ethereum block of the last audit of the ledger');
  const auditedAt = gauge('peg_audit_timestamp_seconds', 'When the last audit ended');
  const differences = gauge('peg_audit_differences', 'Things in which the ledger was not the contract’s at the last audit');
  const auditFailed = gauge('peg_audit_failed', '1 while the last audit could not be made');
  return (status) => {
    if (status === undefined) return;
    if (status.head !== undefined) head.set(Number(status.head));
    if (status.matureHead !== undefined) matureHead.set(Number(status.matureHead));
    if (status.headAgeMs !== undefined) headAge.set(status.headAgeMs / 1_000);
    if (status.finalizedAgeMs !== undefined) finalizedAge.set(status.finalizedAgeMs / 1_000);
    if (status.witnessedTo !== undefined) witnessed.set(Number(status.witnessedTo));
    latch.set(status.latch === undefined ? 0 : 1);
    silent.set(status.state === 'silent' || status.state === 'latched' ? 1 : 0);
    reasons.reset();
    for (const { code } of status.silence) reasons.set({ reason: code }, 1);
    setCounter(sent, [[{}, status.sent]]);
    setCounter(
      refused,
      Object.entries(status.refused).map(([code, count]) => [{ code }, count] as const),
    );
    const { finality, audit } = status;
    if (finality.lastAgeMs !== undefined) age.set(finality.lastAgeMs / 1_000);
    let upTo = 0;
    setCounter(
      delay,
      [...FINALITY_BUCKETS_S, Number.POSITIVE_INFINITY].map((le, index) => {
        upTo += finality.counts[index] ?? 0;
        return [{ le: le === Number.POSITIVE_INFINITY ? '+Inf' : `${le}` }, upTo] as const;
      }),
    );
    setCounter(delaySum, [[{}, finality.sumMs / 1_000]]);
    setCounter(delayCount, [[{}, upTo]]);
    if (audit !== undefined) auditFailed.set(audit.error === undefined ? 0 : 1);
    if (audit?.report !== undefined) {
      audited.set(Number(audit.report.block));
      auditedAt.set(audit.finishedAt / 1_000);
      differences.set(audit.report.differences.length);
    }
  };
}
