// From endpoints to fastify's routes: checks what came, runs the endpoint, sends what it gave or the problem that it met.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { CodedError, describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { AnswerRoom } from './answer-room.ts';
import { withinAnswerTime } from './answer-time.ts';
import { clientNetwork } from './client-network.ts';
import { devnetEndpoints, refuseStrangers } from './devnet-endpoints.ts';
import { DOCS_STYLE_SOURCE, docsPage } from './docs-page.ts';
import type { ApiParts, Endpoint, EndpointReply, EndpointRequest } from './endpoint.ts';
import { contentSecurityPolicy } from './http-server.ts';
import { nodeEndpoints } from './node-endpoints.ts';
import { openApiDocument } from './openapi.ts';
import { postEndpoints } from './post-endpoints.ts';
import { type ApiErrorCode, problemOf, sendProblem } from './problem.ts';
import { proofEndpoints } from './proof-endpoints.ts';
import { stateEndpoints } from './state-endpoints.ts';
import type { Stream } from './stream.ts';

const EVERYWHERE: readonly Endpoint[] = [...stateEndpoints, ...postEndpoints, ...proofEndpoints, ...nodeEndpoints];

export interface RouteOptions {
  readonly log: Log;
  readonly answerTimeoutMs: number;
}

export function addRoutes(server: FastifyInstance, parts: ApiParts, { log, answerTimeoutMs }: RouteOptions): void {
  const endpoints = parts.devnet === undefined ? EVERYWHERE : [...EVERYWHERE, ...devnetEndpoints];
  const room = new AnswerRoom();
  for (const endpoint of endpoints) {
    server.route({
      method: endpoint.method,
      url: endpoint.path.replace(/\{([a-z]+)\}/g, ':$1'),
      ...(endpoint.admit !== undefined && { preParsing: async () => endpoint.admit?.(parts) }),
      ...(endpoint.tag === 'devnet' && { preValidation: refuseStrangers }),
      handler: async (request, reply) => {
        const run = (signal: AbortSignal) => endpoint.run(read(endpoint, request, signal), parts);
        return sendReply(reply, room, await withinAnswerTime(reply, answerTimeoutMs, run));
      },
    });
  }
  addDocument(server, endpoints);
  addStream(server, parts.stream);
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) log.error({ url: request.url.slice(0, 200), error: describe(error) }, 'a request failed');
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(endpoints, request.url.replace(/\?.*/s, ''));
    const about = `${request.method} ${request.url.slice(0, 200)}`;
    if (allowed.length === 0)
      return sendProblem(reply, { ...BLANK, title: 'there is nothing here', status: 404, detail: `no route for ${about}` });
    const detail = `${about}: only ${allowed.join(' and ')} is known here`;
    return sendProblem(reply.header('allow', allowed.join(', ')), { ...BLANK, title: 'another method', status: 405, detail });
  });
}

const BLANK = { type: 'about:blank' } as const;

function methodsOf(endpoints: readonly Endpoint[], path: string): readonly string[] {
  const fits = (template: string) => new RegExp(`^${template.replace(/\{[a-z]+\}/g, '[^/]+')}$`).test(path);
  return endpoints.filter((endpoint) => fits(endpoint.path)).map(({ method }) => method);
}

function addDocument(server: FastifyInstance, endpoints: readonly Endpoint[]): void {
  const document = openApiDocument(endpoints, packageJson.version);
  const [text, page] = [JSON.stringify(document), docsPage(document)];
  server.get('/openapi.json', (_, reply) => reply.type('application/json').send(text));
  const policy = contentSecurityPolicy(` ${DOCS_STYLE_SOURCE}`);
  server.get('/docs', (_, reply) => reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page));
}

/** Pages of other sites may not read the stream through a visitor's browser, as they may not read the rest (no CORS). */
function addStream(server: FastifyInstance, stream: Stream): void {
  server.route<{ Querystring: { channels?: string; from?: string } }>({
    method: 'GET',
    url: '/stream',
    preValidation: async ({ headers: { origin, host } }, reply) => {
      if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
      await sendProblem(reply, { ...BLANK, title: 'another origin', status: 403, detail: 'pages of this node only' });
    },
    handler: (_, reply) =>
      sendProblem(reply, { ...BLANK, title: 'a WebSocket', status: 426, detail: 'this address speaks WebSocket only' }),
    wsHandler: (socket, request) => stream.add(socket, request.query),
  });
}

/** Throws API_BUSY. */
function sendReply(reply: FastifyReply, room: AnswerRoom, { status, headers = {}, body }: EndpointReply): FastifyReply {
  if (body === undefined) return reply.code(status).headers(headers).send();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  room.hold(clientNetwork(reply.request.ip), text.length, reply.raw);
  reply.code(status).headers(headers);
  return typeof body === 'string' ? reply.send(text) : reply.type('application/json').send(text);
}

/** Throws API_BAD_REQUEST. */
function read(endpoint: Endpoint, request: FastifyRequest, signal: AbortSignal): EndpointRequest<never, never, never> {
  const checked: EndpointRequest<unknown, unknown, unknown> = {
    params: parse(endpoint.params, request.params),
    query: parse(endpoint.query, request.query),
    body: endpoint.body === undefined ? undefined : parse(endpoint.body, request.body),
    ifNoneMatch: request.headers['if-none-match'],
    signal,
  };
  return checked as EndpointRequest<never, never, never>;
}

function parse(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CodedError<ApiErrorCode>('API_BAD_REQUEST', `${issue?.path.join('.') || 'the request'}: ${issue?.message}`);
}
