// Each endpoint of Ethereum as the pool judges it.

import type { Registry } from 'prom-client';
import type { EndpointStatus } from '../../ethereum/pool-state.ts';
import { metricsOf, setCounter } from './gauges.ts';

export function endpointMetrics(registry: Registry): (endpoints: readonly EndpointStatus[]) => void {
  const { gauge, counter } = metricsOf(registry);
  const label = ['endpoint'] as const;
  const head = gauge('peg_ethereum_endpoint_head', 'Head of an endpoint', label);
  const finalized = gauge('peg_ethereum_endpoint_finalized', 'Finalized block of an endpoint', label);
  const headAge = gauge('peg_ethereum_endpoint_head_age_seconds', 'Time since the head of an endpoint last changed', label);
  const lag = gauge('peg_ethereum_endpoint_lag_blocks', 'Blocks behind the highest head', label);
  const state = gauge('peg_ethereum_endpoint_state', '1 for the state an endpoint is in', ['endpoint', 'state']);
  const latency = gauge('peg_ethereum_endpoint_request_seconds', 'Fading mean of the time of small requests', label);
  const requests = counter('peg_ethereum_endpoint_requests_total', 'Requests to an endpoint', label);
  const errors = counter('peg_ethereum_endpoint_errors_total', 'Requests that failed or brought what cannot be true', [
    'endpoint',
    'code',
  ]);
  const disagreements = counter('peg_ethereum_endpoint_disagreements_total', 'How often it contradicted the others', label);
  return (endpoints) => {
    for (const metric of [head, finalized, headAge, lag, state, latency]) metric.reset();
    for (const status of endpoints) {
      const { endpoint } = status;
      if (status.head !== undefined) head.set({ endpoint }, Number(status.head.number));
      if (status.finalized !== undefined) finalized.set({ endpoint }, Number(status.finalized));
      headAge.set({ endpoint }, status.headAgeMs / 1_000);
      if (status.lag !== undefined) lag.set({ endpoint }, status.lag);
      if (status.requestMs !== undefined) latency.set({ endpoint }, status.requestMs / 1_000);
      state.set({ endpoint, state: status.state }, 1);
    }
    const counts = (of: (status: EndpointStatus) => number) =>
      endpoints.map((status) => [{ endpoint: status.endpoint }, of(status)] as const);
    setCounter(
      requests,
      counts((status) => status.requests),
    );
    setCounter(
      errors,
      endpoints.flatMap(({ endpoint, faults }) =>
        Object.entries(faults).map(([code, count]) => [{ endpoint, code }, count] as const),
      ),
    );
    setCounter(
      disagreements,
      counts((status) => status.disagreements),
    );
  };
}
