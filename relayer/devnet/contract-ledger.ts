// The peg's ledger held against the contract, by an audit as validators make it.

import type { CometClient } from '../comet/rpc-client.ts';
import { CodedError } from '../lib/errors.ts';
import { withBothSides } from '../node/both-sides.ts';
import { Auditor, type AuditReport, describeFailure } from '../witness/auditor.ts';
import type { ResultErrorCode } from './result.ts';

export interface ComparedPeg {
  /** Of the node whose ledger it is. */
  readonly client: CometClient;
  /** Peg height; the last one when left out. */
  readonly height?: bigint;
  /** Endpoints of Ethereum; of several, enough must agree. */
  readonly ethereumUrls: readonly string[];
}

/**
 * Throws LEDGER_MISMATCH with every difference unless the ledger is what all events add up to, and what the contract itself says
 * at the final block; NOTHING_FINAL, and the codes of both sides.
 */
export async function compareWithContract(
  { client, height, ethereumUrls }: ComparedPeg,
  signal: AbortSignal,
): Promise<AuditReport> {
  const report = await withBothSides(client, ethereumUrls, height, signal, ({ peg, start, view }) =>
    new Auditor(view, start).audit(peg, { signal }),
  );
  const found = describeFailure(report);
  if (found === undefined) return report;
  throw new CodedError<ResultErrorCode>('LEDGER_MISMATCH', found, { differences: report.differences.length });
}
