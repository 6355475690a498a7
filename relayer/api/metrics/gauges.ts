// Making metrics with less ceremony. Names follow Prometheus' conventions: `peg_…`, base units, `_total` for counters.

import { Counter, Gauge, type Registry } from 'prom-client';

export interface MetricMaker {
  gauge<L extends string>(name: string, help: string, labelNames?: readonly L[]): Gauge<L>;
  counter<L extends string>(name: string, help: string, labelNames?: readonly L[]): Counter<L>;
}

export function metricsOf(registry: Registry): MetricMaker {
  const registers = [registry];
  return {
    gauge: (name, help, labelNames = []) => new Gauge({ name, help, labelNames, registers }),
    counter: (name, help, labelNames = []) => new Counter({ name, help, labelNames, registers }),
  };
}

/** Takes over a count that somebody else keeps. */
export function setCounter<L extends string>(
  counter: Counter<L>,
  counts: readonly (readonly [Record<L, string>, number])[],
): void {
  counter.reset();
  for (const [labels, count] of counts) counter.inc(labels, count);
}
