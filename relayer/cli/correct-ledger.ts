// The correction that a breach needs, worked out from Ethereum: every event up to a stated block is read and folded, and what
// comes out is held against the peg's ledger. Each operator does this alone; the digests meet on the peg.

import { readPegLedger, readStartLedger } from '../comet/peg-ledger.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import { openEthereum } from '../ethereum/open-ethereum.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { foldEvent } from '../peg/fold.ts';
import { ledgerDigest } from '../peg/ledger.ts';
import type { Correction } from '../peg/types.ts';
import { addEvents, type Ledger } from '../witness/ledger.ts';
import type { Terminal } from './command.ts';
import { progressLine } from './progress-line.ts';

/** `NOTHING_FINAL`: there is no ledger yet. `CORRECTION_DIFFERS`: a motion's correction is not what Ethereum shows. */
export type CorrectErrorCode = 'NOTHING_FINAL' | 'CORRECTION_DIFFERS';

/** Blocks of one read. */
const RANGE = 1024n;

/** The correction that makes the peg's ledger the contract's at `block`. Throws NOTHING_FINAL, and the codes of both sides. */
export async function correctionAt(
  client: CometClient,
  ethereumUrls: readonly string[],
  block: bigint,
  terminal: Terminal,
): Promise<Correction> {
  const { signal } = terminal;
  const peg = await readPegLedger(client, undefined, signal);
  if (peg === undefined) throw new CodedError<CorrectErrorCode>('NOTHING_FINAL', 'nothing is final yet: there is no ledger');
  const { stakingContract: contract, chainId } = (await client.query('/ethereum', signal)) as {
    stakingContract: Hex;
    chainId: number;
  };
  const ethereum = await openEthereum(
    { url: ethereumUrls, contract, chainId: BigInt(chainId), fold: foldEvent, finalityThreshold: 1n },
    { log: silentLog, clock: systemClock, signal },
  );
  try {
    const start = await readStartLedger(client, signal);
    const progress = progressLine('correct', 'blocks', terminal);
    let { ledger } = start;
    for (let from = start.block + 1n; from <= block; from += RANGE) {
      const last = from + RANGE - 1n < block ? from + RANGE - 1n : block;
      for (const { header, logs } of await ethereum.view.blocks(from, last, signal, ledger))
        ledger = addEvents(ledger, header.number, logs);
      progress(last - start.block, block - start.block);
    }
    const { hash } = await ethereum.view.header(block, signal);
    return correctionOf(peg, ledger, block, hash);
  } finally {
    await ethereum.close();
  }
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
