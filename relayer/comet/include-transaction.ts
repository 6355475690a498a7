// Hands a transaction in and waits for the block that holds it. broadcast_tx_commit does the same for as long as the node likes,
// 10 s unless its operator says otherwise, which the blocks of a busy or a recovering network may take longer than.

import type { Bytes } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import type { IncludedTx } from './answers.ts';
import { CometError } from './errors.ts';
import type { CometClient } from './rpc-client.ts';

const PATIENCE_MS = 120_000;
const POLL_MS = 50;

/** How a transaction ended: in a block, accepted or not, or refused before it came to one. */
export interface Outcome extends Pick<IncludedTx, 'code' | 'codespace' | 'log'> {
  /** Undefined when no block holds it. */
  readonly height: number | undefined;
}

/** Throws PEG_TX_NOT_INCLUDED when no block holds it in time, what `broadcast` throws, and the reason of an aborted signal. */
export async function includeTransaction(
  client: Pick<CometClient, 'broadcast' | 'transaction' | 'url'>,
  tx: Bytes,
  clock: Clock,
  signal?: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Outcome> {
  const { hash, ...checked } = await client.broadcast(tx, signal);
  if (checked.code !== 0) return { ...checked, height: undefined };
  const until = clock.now() + patienceMs;
  for (;;) {
    const found = await client.transaction(hash, signal).catch((error: unknown) => {
      if (!hasCode(error, 'PEG_UNREACHABLE') || clock.now() >= until) throw error;
    });
    if (found !== undefined) return found;
    if (clock.now() >= until)
      throw new CometError(
        'PEG_TX_NOT_INCLUDED',
        `the node at ${client.url} has taken transaction ${hash}, but in ${patienceMs / 1000} s no block held it; it may still get into one: see whether blocks are made with peg status, then run this again`,
        { hash },
      );
    await clock.sleep(POLL_MS, signal);
  }
}
