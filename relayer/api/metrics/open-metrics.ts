// Prometheus metrics. What a node can be asked is read when somebody asks, so that nothing goes stale; what only passes by
// (orders, refusals) is counted as the blocks come.

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { BlockFeed } from '../block-feed.ts';
import { type NodeView, readStatus } from '../node-view.ts';
import { endpointMetrics } from './endpoint-metrics.ts';
import { pegMetrics, readPegFacts } from './peg-metrics.ts';
import { countTraffic } from './traffic-metrics.ts';
import { witnessMetrics } from './witness-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  collect(): Promise<string>;
}

export function openMetrics(view: NodeView, feed: Pick<BlockFeed, 'listen'>): Metrics {
  const registry = new Registry();
  const setPeg = pegMetrics(registry);
  const setWitness = witnessMetrics(registry);
  const setEndpoints = endpointMetrics(registry);
  const count = countTraffic(registry);
  feed.listen(count);
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    async collect() {
      const [status, facts] = await Promise.all([readStatus(view), readPegFacts(view.client)]);
      const own = view.witness();
      setPeg(status, facts);
      setWitness(own);
      setEndpoints(own?.endpoints ?? []);
      return registry.metrics();
    },
  };
}
