// The HTTP routes. Each answers with what the peg's query of the same name says (docs/protocol.md); lists are paged by key.

import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { fromHex, to0x } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { openMetrics } from './metrics.ts';
import { type NodeView, readReasons, readStatus } from './node-view.ts';
import { problemOf, refusalProblem, sendProblem } from './problem.ts';
import type { RecentOrders } from './recent-orders.ts';

/** `API_BAD_REQUEST`: a parameter or body that is not what it must be. */
export type ApiErrorCode = 'API_BAD_REQUEST';

const pageSchema = z.strictObject({
  after: z.string().max(66).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
const ordersSchema = pageSchema.extend({ round: z.coerce.number().int().min(0).optional() });
const postSchema = z.strictObject({ tx: z.string().min(2).max(524_288) });
const PLAIN = ['state', 'round', 'events', 'votes', 'validators', 'params', 'ethereum', 'domain'];

export function addRoutes(server: FastifyInstance, view: NodeView, orders: RecentOrders): void {
  const { client } = view;
  const metrics = openMetrics(view);
  for (const name of PLAIN) server.get(`/${name}`, () => client.query(`/${name}`));
  server.get('/status', () => readStatus(view));
  server.get('/balances', async (request) => page('balances', request.query, client));
  server.get('/limits', async (request) => page('limits', request.query, client));
  server.get<{ Params: { address: string } }>('/balances/:address', (request) =>
    client.query(`/balance/${request.params.address}`),
  );
  server.get<{ Params: { address: string } }>('/limits/:address', (request) => client.query(`/limit/${request.params.address}`));
  server.get<{ Params: { height: string } }>('/final/:height', (request) => client.query(`/final/${request.params.height}`));
  server.get<{ Params: { kind: string; key: string } }>('/proof/:kind/:key', (request) =>
    proof(view, `/${request.params.kind}/${request.params.key}`),
  );
  server.get('/proof/round', () => proof(view, '/round'));
  server.get('/orders', async (request) => ({ orders: orders.list(parse(ordersSchema, request.query)) }));
  server.post('/orders', async (request, reply) => postOrder(view, parse(postSchema, request.body), reply));
  server.get('/healthz', async () => ({ status: 'alive' }));
  server.get('/readyz', async (_, reply) => {
    const reasons = await readReasons(view);
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  server.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.collect()));
  server.setErrorHandler((error, _, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) server.log.error(error);
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      type: 'about:blank',
      title: 'there is nothing here',
      status: 404,
      detail: `no route for ${request.method} ${request.url.slice(0, 200)}`,
    }),
  );
}

async function page(part: 'balances' | 'limits', query: unknown, client: NodeView['client']) {
  const { after, limit } = parse(pageSchema, query);
  const all = Object.entries(((await client.query('/state')) as Record<string, Record<string, unknown>>)[part] ?? {});
  const rest = after === undefined ? all : all.filter(([address]) => address > after.toLowerCase());
  const entries = rest.slice(0, limit);
  return { [part]: Object.fromEntries(entries), next: rest.length > limit ? entries.at(-1)?.[0] : null };
}

async function proof({ client }: NodeView, path: string) {
  const { code, codespace, log, height, key, value, proof: operators } = await client.queryAt(path, { prove: true });
  if (code !== 0) throw new CodedError('PEG_QUERY_REFUSED', log, { code, codespace });
  return {
    height,
    key: to0x(key),
    value: to0x(value),
    proof: operators.map((operator) => ({ type: operator.type, key: to0x(operator.key), data: to0x(operator.data) })),
    verify: `against the app hash in the header of block ${height + 1}`,
  };
}

/** 202 with the hash under which the transaction waits; a refusal is a problem document with the protocol's code. */
async function postOrder({ client }: NodeView, { tx }: z.infer<typeof postSchema>, reply: FastifyReply): Promise<FastifyReply> {
  const bytes = tx.startsWith('0x') ? fromHex(tx) : undefined;
  if (bytes === undefined) throw badRequest('"tx" must be the signed transaction as 0x and hex digits');
  const result = await client.broadcast(bytes);
  if (result.code !== 0) return sendProblem(reply, refusalProblem(result));
  return reply.code(202).send({ hash: result.hash });
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badRequest(`${issue?.path.join('.') || 'the request'}: ${issue?.message}`);
}

function badRequest(message: string): Error {
  return Object.assign(new CodedError<ApiErrorCode>('API_BAD_REQUEST', message), { statusCode: 400 });
}
