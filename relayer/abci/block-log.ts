// What a committed block leaves in the log: one line for the block, one for each turn of the network that it brought.

import { type Bytes, to0x } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import type { Execution } from './block-execution.ts';

/** Called once a block, after it is on disk. */
export function logBlock(log: Log, { height, verdicts, events }: Execution, appHash: Bytes): void {
  const refused = verdicts.filter(({ code }) => code !== 0);
  log.debug({ height, txs: verdicts.length, refused: refused.length, app_hash: to0x(appHash) }, 'block was committed');
  for (const { code, codespace, log: reason } of refused)
    log.debug({ height, code, codespace, reason }, 'transaction was refused');
  for (const { type, attributes } of [...verdicts.flatMap((verdict) => verdict.events), ...events]) {
    if (type === 'rebalance') log.info({ ...attributes, height }, 'round was adopted');
    else if (type === 'eth_final') log.debug({ ...attributes, height }, 'Ethereum block became final');
    else if (type === 'breach') log.error({ ...attributes, height }, 'ledger and contract have parted');
    else if (type === 'motion') log.info({ ...attributes, height }, 'motion was decided');
    else if (type === 'misbehavior') log.warn({ ...attributes, peg_height: height }, 'misbehaviour was reported');
  }
}
