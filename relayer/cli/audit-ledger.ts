// What `peg audit` does: opens both sides, audits once, and turns what it found into lines or an error.

import { readPegLedger, readStartLedger } from '../comet/peg-ledger.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import { openEthereum } from '../ethereum/open-ethereum.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { foldEvent } from '../peg/fold.ts';
import { Auditor, type AuditReport } from '../witness/auditor.ts';
import { describeDifference } from '../witness/ledger.ts';
import type { Terminal } from './command.ts';
import { progressLine } from './progress-line.ts';

/** `AUDIT_FAILED`: the ledger is not the contract's; the message names each difference. `NOTHING_FINAL`: the first round has not begun. */
export type AuditErrorCode = 'AUDIT_FAILED' | 'NOTHING_FINAL';

/** Audits the ledger at a peg height; differences are in the report. Throws NOTHING_FINAL, and the codes of both sides. */
export async function auditLedger(
  client: CometClient,
  ethereumUrls: readonly string[],
  at: bigint | undefined,
  terminal: Terminal,
): Promise<AuditReport> {
  const { signal } = terminal;
  const peg = await readPegLedger(client, at, signal);
  if (peg === undefined)
    throw new CodedError<AuditErrorCode>('NOTHING_FINAL', 'nothing is final yet: the first round has not begun');
  const { stakingContract: contract, chainId } = (await client.query('/ethereum', signal)) as {
    stakingContract: Hex;
    chainId: number;
  };
  const ethereum = await openEthereum(
    { url: ethereumUrls, contract, chainId: BigInt(chainId), fold: foldEvent, finalityThreshold: 1n },
    { log: silentLog, clock: systemClock, signal },
  );
  try {
    const auditor = new Auditor(ethereum.view, await readStartLedger(client, signal));
    const progress = progressLine('audit', 'blocks', terminal);
    return await auditor.audit(peg, { signal, onProgress: (done, total) => progress(done, total) });
  } finally {
    await ethereum.close();
  }
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
export function assertClean({ differences, block }: AuditReport): void {
  if (differences.length === 0) return;
  const [first, ...more] = differences.map(describeDifference);
  const message = `the ledger is not the contract's at Ethereum block ${block}: ${first}${more.map((text) => `; ${text}`).join('')}`;
  throw new CodedError<AuditErrorCode>('AUDIT_FAILED', message, { differences: differences.length });
}
