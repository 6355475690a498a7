// The same work by the project's own reader: every header and event verified, folded and added up as the audit does it.

import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { addEvents, type Ledger } from '../../relayer/witness/ledger.ts';

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

const RANGE = 1_024n;
const DEPTH = 6n;

export async function indexByPeg({ url, contract, from, to }: IndexRequest): Promise<Indexed> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const options = { url, contract, fold: foldEvent, finalityThreshold: DEPTH };
  const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
  try {
    const startSeconds = seconds();
    let ledger: Ledger = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}`, balances: new Map() };
    for (let first = from; first <= to; first += RANGE) {
      const last = first + RANGE - 1n < to ? first + RANGE - 1n : to;
      for (const { header, logs } of await ethereum.view.blocks(first, last, undefined, ledger))
        ledger = addEvents(ledger, header.number, logs);
    }
    const staked = [...ledger.balances.values()].reduce((sum, balance) => sum + balance, 0n);
    return { startSeconds, seconds: seconds(), events: Number(ledger.nonce), staked };
  } finally {
    await ethereum.close();
  }
}
