// The correction that a breach needs, worked out from Ethereum: every event up to a stated block is read and folded, and what
// comes out is held against the peg's ledger. Each operator does this alone; the digests meet on the peg.

import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { ledgerDigest } from '../peg/ledger.ts';
import type { Correction } from '../peg/types.ts';
import type { Ledger } from '../witness/ledger.ts';
import { readLedger } from '../witness/read-ledger.ts';
import { withBothSides } from './both-sides.ts';
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
): Promise<Correction> {
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
  const { hash, nonce, accumulator, ledger } = own;
  const differs = (['hash', 'nonce', 'accumulator', 'ledger'] as const).find((field) => moved[field] !== own[field]);
  if (differs === undefined) return;
  const message = `the motion's ${differs} at block ${moved.height} is ${moved[differs]}, Ethereum shows ${own[differs]}`;
  throw new CodedError<CorrectErrorCode>('CORRECTION_DIFFERS', message, { differs, hash, nonce, accumulator, ledger });
}

function correctionOf(peg: Ledger, contract: Ledger, height: bigint, hash: Hex): Correction {
  const stakers = [...new Set([...peg.balances.keys(), ...contract.balances.keys()])].sort();
  const balances = stakers
    .map((staker) => [staker, contract.balances.get(staker) ?? 0n] as const)
    .filter(([staker, balance]) => (peg.balances.get(staker) ?? 0n) !== balance);
  const whole = [...contract.balances].sort(([a], [b]) => (a < b ? -1 : 1));
  const { nonce, accumulator } = contract;
  return { type: 'correction', height, hash, nonce, accumulator, ledger: ledgerDigest(whole), balances };
}
