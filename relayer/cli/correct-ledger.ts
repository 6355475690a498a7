// The correction that a breach needs, worked out from Ethereum: every event up to a stated block is read and folded, and what
// comes out is held against the peg's ledger. Each operator does this alone; the digests meet on the peg.

import type { CometClient } from '../comet/rpc-client.ts';
import { CodedError } from '../lib/errors.ts';
import { withBothSides } from '../node/both-sides.ts';
import type { Correction } from '../peg/types.ts';
import { correctionOf, type WorkedOutCorrection } from '../witness/correction.ts';
import { readLedger } from '../witness/read-ledger.ts';
import type { Terminal } from './command.ts';
import { progressLine } from './progress-line.ts';

/** `CORRECTION_DIFFERS`: a motion's correction is not what Ethereum shows. */
export type CorrectErrorCode = 'CORRECTION_DIFFERS';

/** The correction that makes the peg's ledger the contract's at `block`. Throws NOTHING_FINAL, and the codes of both sides. */
export async function correctionAt(
  client: CometClient,
  ethereumUrls: readonly string[],
  block: bigint,
  terminal: Terminal,
): Promise<WorkedOutCorrection> {
  const { signal } = terminal;
  return withBothSides(client, ethereumUrls, undefined, signal, async ({ peg, start, view }) => {
    terminal.err(`correct: reading the events of blocks ${start.block + 1n} to ${block}`);
    const { ledger } = await readLedger(view, start, block, { signal, onProgress: progressLine('correct', 'blocks', terminal) });
    const { hash } = await view.header(block, signal);
    return correctionOf(peg, ledger, block, hash);
  });
}

/** Throws CORRECTION_DIFFERS unless both are the same. */
export function assertSameCorrection(moved: Correction, own: Correction): void {
  const { hash, nonce, accumulator, ledger, balances } = own;
  const fail = (differs: string, what: string) => {
    const data = { differs, hash, nonce, accumulator, ledger };
    throw new CodedError<CorrectErrorCode>('CORRECTION_DIFFERS', `the motion's ${what}`, data);
  };
  for (const field of ['hash', 'nonce', 'accumulator', 'ledger'] as const)
    if (moved[field] !== own[field])
      fail(field, `${field} at block ${moved.height} is ${moved[field]}, Ethereum shows ${own[field]}`);
  if (moved.balances.length !== balances.length || moved.balances.some((digest, index) => digest !== balances[index]))
    fail('balances', `lists of balances are not those in which the ledgers differ at block ${moved.height}`);
}
