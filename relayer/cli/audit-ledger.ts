// What `peg audit` does: opens both sides, audits once, and turns what it found into lines or an error.

import type { CometClient } from '../comet/rpc-client.ts';
import { CodedError } from '../lib/errors.ts';
import { withBothSides } from '../node/both-sides.ts';
import { Auditor, type AuditReport, describeFailure } from '../witness/auditor.ts';
import type { Terminal } from './command.ts';
import { progressLine } from './progress-line.ts';

/** `AUDIT_FAILED`: the ledger is not the contract's; the message names each difference. */
export type AuditErrorCode = 'AUDIT_FAILED';

/** Audits the ledger at a peg height; differences are in the report. Throws NOTHING_FINAL, and the codes of both sides. */
export async function auditLedger(
  client: CometClient,
  ethereumUrls: readonly string[],
  at: bigint | undefined,
  terminal: Terminal,
): Promise<AuditReport> {
  const { signal } = terminal;
  return withBothSides(client, ethereumUrls, at, signal, ({ peg, start, view }) =>
    new Auditor(view, start).audit(peg, { signal, onProgress: progressLine('audit', 'blocks', terminal) }),
  );
}

/** For people, when nothing differs. */
export function auditLines(report: AuditReport): readonly string[] {
  const { block, events, nonce, accumulator, stakers, staked, contract, checks, pegHeight } = report;
  const how = {
    proved: "equal to the contract's, proved against the block's state root",
    called: "equal to the contract's, as the endpoint says",
    unavailable: 'equal to the sum of the events; no endpoint has the state of that block any more',
  }[contract];
  return [
    `audited the ledger of peg height ${pegHeight} at Ethereum block ${block}: ${events} events`,
    `nonce ${nonce}, accumulator ${accumulator}: equal`,
    `${stakers} balances, ${staked} base units in all: ${how}`,
    `blocks checked by ${Object.entries(checks)
      .map(([check, times]) => `${check} (${times})`)
      .join(', ')}`,
  ];
}

/** For programs: amounts are decimal text, all other integers numbers. */
export function auditJson(report: AuditReport): unknown {
  const { pegHeight, block, events, nonce, staked, ...rest } = report;
  const numbers = { pegHeight: Number(pegHeight), block: Number(block), events: Number(events), nonce: Number(nonce) };
  return { ...rest, ...numbers, staked: staked.toString() };
}

/** Throws AUDIT_FAILED with every difference unless there is none. */
export function assertClean(report: AuditReport): void {
  const found = describeFailure(report);
  if (found !== undefined)
    throw new CodedError<AuditErrorCode>('AUDIT_FAILED', found, { differences: report.differences.length });
}
