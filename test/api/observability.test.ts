// The rules and the dashboard in docs/ speak of metrics that exist, and every alert has its runbook.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { endpointMetrics } from '../../relayer/api/metrics/endpoint-metrics.ts';
import { pegMetrics } from '../../relayer/api/metrics/peg-metrics.ts';
import { countTraffic } from '../../relayer/api/metrics/traffic-metrics.ts';
import { witnessMetrics } from '../../relayer/api/metrics/witness-metrics.ts';

const doc = (name: string) => readFileSync(new URL(`../../docs/observability/${name}`, import.meta.url), 'utf8');

describe('observability', () => {
  const registry = new Registry();
  pegMetrics(registry);
  witnessMetrics(registry);
  endpointMetrics(registry);
  countTraffic(registry);
  const names = registry.getMetricsAsArray().map(({ name }) => name);

  for (const file of ['alerts.yml', 'grafana.json'])
    it(`${file} names only metrics that a node has`, () => {
      const used = new Set(doc(file).match(/\bpeg_[a-z_]+\b/g));
      expect(used.size).to.be.greaterThan(5);
      expect([...used].filter((name) => !names.includes(name))).to.deep.equal([]);
    });

  it('every metric stands in the table', () => {
    const text = doc('README.md');
    const short = (name: string) =>
      name.replace(/^peg_ethereum_endpoint(_.*)$/, '$1').replace(/^(peg_finality_seconds)_(bucket|sum|count)$/, '$1');
    expect(names.filter((name) => !text.includes(`\`${short(name)}`) && !text.includes(`\`${name}`))).to.deep.equal([]);
  });

  it('every alert has a runbook, and every runbook an alert', () => {
    const alerts = [...doc('alerts.yml').matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const runbooks = [...doc('runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(runbooks).to.deep.equal(alerts);
    for (const [, anchor] of doc('alerts.yml').matchAll(/runbooks\.md#(\w+)/g))
      expect(runbooks.map((name) => name?.toLowerCase())).to.include(anchor);
  });
});
