// What passes through the blocks: posts by their code, everything else by its kind.

import type { Registry } from 'prom-client';
import type { BlockRecord } from '../block-record.ts';
import { metricsOf } from './gauges.ts';

/** The listener that counts; to be told of every block once. */
export function countTraffic(registry: Registry): (record: BlockRecord) => void {
  const { counter } = metricsOf(registry);
  const blocks = counter('peg_blocks_total', 'Blocks since the interface started');
  const transactions = counter('peg_transactions_total', 'Transactions in these blocks');
  const posts = counter('peg_posts_total', 'Orders and streams in these blocks, by result code (ok: accepted)', ['type', 'code']);
  const events = counter('peg_events_total', 'Other events of the application, by kind', ['event']);
  return ({ block, posts: accepted, refused, events: others }) => {
    blocks.inc();
    transactions.inc(block.transactions);
    for (const { type } of accepted) posts.inc({ type, code: 'ok' });
    for (const { codespace, code } of refused) posts.inc({ type: codespace, code: `${code}` });
    for (const { event } of others) events.inc({ event });
  };
}
