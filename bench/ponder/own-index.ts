// The same work by the project's own reader, in two ways. A witness verifies the header of every block, because its votes name
// them; an audit wants the sum only, and proves it after the last block.

import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { foldLedger, type LedgerAt } from '../../relayer/witness/fold-ledger.ts';
import { leapLedger } from '../../relayer/witness/leap-ledger.ts';

export interface IndexRequest {
  readonly url: string;
  readonly contract: `0x${string}`;
  readonly from: bigint;
  readonly to: bigint;
}

export interface Indexed {
  /** Until the first request for data could be made; part of `seconds`. */
  readonly startSeconds: number;
  readonly seconds: number;
  readonly events: number;
  readonly staked: bigint;
}

const DEPTH = 6n;

export async function indexByPeg(way: 'witness' | 'audit', { url, contract, from, to }: IndexRequest): Promise<Indexed> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const options = { url, contract, fold: foldEvent, finalityThreshold: DEPTH };
  const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
  try {
    const startSeconds = seconds();
    const start: LedgerAt = {
      block: from - 1n,
      ledger: { nonce: 0n, accumulator: `0x${'00'.repeat(32)}`, balances: new Map() },
    };
    const ledger =
      way === 'witness' ? await foldLedger(ethereum.view, start, to) : (await leapLedger(ethereum.view, start, to))?.ledger;
    if (ledger === undefined) throw new Error('the events could not be proved');
    const staked = [...ledger.balances.values()].reduce((sum, balance) => sum + balance, 0n);
    return { startSeconds, seconds: seconds(), events: Number(ledger.nonce), staked };
  } finally {
    await ethereum.close();
  }
}
