// What a node says of itself.

import { aliveDocument, readyDocument, statusDocument } from '../client/documents.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { readReasons, readStatus } from './node-view.ts';

export const nodeEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/status',
    tag: 'node',
    summary: 'Where the node stands, what its witness does, what an operator must look at',
    answers: [{ status: 200, description: 'the status', schema: statusDocument }],
    run: async ({ signal }, { view }) => ({ status: 200, body: await readStatus(view, signal) }),
  }),
  endpoint({
    method: 'GET',
    path: '/healthz',
    tag: 'node',
    summary: 'Whether the process answers',
    answers: [{ status: 200, description: 'it does', schema: aliveDocument }],
    run: async () => ({ status: 200, body: { status: 'alive' } }),
  }),
  endpoint({
    method: 'GET',
    path: '/readyz',
    tag: 'node',
    summary: 'Whether the node is fit to serve, and why not',
    answers: [
      { status: 200, description: 'it is', schema: readyDocument },
      { status: 503, description: 'it is not, for these reasons', schema: readyDocument },
    ],
    async run({ signal }, { view }) {
      const reasons = await readReasons(view, signal);
      return { status: reasons.length === 0 ? 200 : 503, body: { ready: reasons.length === 0, reasons } };
    },
  }),
  endpoint({
    method: 'GET',
    path: '/metrics',
    tag: 'node',
    summary: 'Metrics for Prometheus',
    answers: [{ status: 200, description: 'the text format of Prometheus', contentType: 'text/plain' }],
    run: async (_, { metrics }) => ({
      status: 200,
      headers: { 'content-type': metrics.contentType },
      body: await metrics.collect(),
    }),
  }),
];
