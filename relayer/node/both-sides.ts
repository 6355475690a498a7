// The two sides that an audit and a correction look at: the peg's ledger, and Ethereum with the contract that it is about.

import { readPegLedger, readStartLedger } from '../comet/peg-ledger.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import { type OpenEthereum, openEthereum } from '../ethereum/open-ethereum.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { foldEvent } from '../peg/fold.ts';
import type { PegLedger } from '../witness/auditor.ts';
import type { LedgerAt } from '../witness/fold-ledger.ts';

/** `NOTHING_FINAL`: there is no ledger yet. */
export type BothSidesErrorCode = 'NOTHING_FINAL';

export interface BothSides {
  /** The peg's ledger at the height asked for. */
  readonly peg: PegLedger;
  /** The ledger of genesis. */
  readonly start: LedgerAt;
  readonly view: OpenEthereum['view'];
}

/** Opens both, runs the task, and closes Ethereum. Throws NOTHING_FINAL, and the codes of both sides. */
export async function withBothSides<T>(
  client: CometClient,
  ethereumUrls: readonly string[],
  at: bigint | undefined,
  signal: AbortSignal,
  task: (sides: BothSides) => Promise<T>,
): Promise<T> {
  const peg = await readPegLedger(client, at, signal);
  if (peg === undefined) {
    const message = 'nothing is final yet: the first round has not begun';
    throw new CodedError<BothSidesErrorCode>('NOTHING_FINAL', message);
  }
  const { stakingContract: contract, chainId } = (await client.query('/ethereum', signal)) as {
    stakingContract: Hex;
    chainId: number;
  };
  const ethereum = await openEthereum(
    { url: ethereumUrls, contract, chainId: BigInt(chainId), fold: foldEvent, finalityThreshold: 1n },
    { log: silentLog, clock: systemClock, signal },
  );
  try {
    return await task({ peg, start: await readStartLedger(client, signal), view: ethereum.view });
  } finally {
    await ethereum.close();
  }
}
