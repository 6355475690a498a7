// What operators read of a change of the header chain: one line for each, louder the less it should happen.

import type { ChainEffect } from './header-chain.ts';
import type { Header } from './types.ts';

export interface ChainReport {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** The log line of an effect; `fields` always names the new head. */
export function reportOf<H extends Header>(effect: ChainEffect<H>): ChainReport {
  const { number: eth_block, hash } = effect.head;
  const line = (level: ChainReport['level'], message: string, more: Record<string, unknown> = {}): ChainReport => ({
    level,
    fields: { eth_block, hash, ...more },
    message,
  });
  switch (effect.type) {
    case 'advanced':
      return line('debug', 'followed the head', { added: effect.added });
    case 'reorged': {
      const { ancestor, dropped, added } = effect;
      return line('info', 'took another branch', { ancestor: ancestor.number, dropped: dropped.length, added });
    }
    case 'rolled-back':
      return line('warn', 'went back with the endpoint', { dropped: effect.dropped.length });
    case 'jumped':
      return line('warn', 'lost the link to the old head: more was missed than is kept', { from: effect.from.number });
    case 'forked-below': {
      const { number: lowest, hash: lowest_hash } = effect.lowest;
      return line('error', 'met a fork below all kept headers', { lowest, lowest_hash });
    }
    case 'behind':
      return line('debug', 'was named an older head', { named: effect.named.number, times: effect.times });
    case 'abandoned':
      return line('debug', 'gave up a branch that moved while it was read');
  }
}

/** How many blocks an effect made non-canonical; for a fork below all kept headers at least `keep`. */
export function droppedBy<H extends Header>(effect: ChainEffect<H>, keep: number): number {
  if (effect.type === 'reorged' || effect.type === 'rolled-back') return effect.dropped.length;
  return effect.type === 'forked-below' ? keep : 0;
}
