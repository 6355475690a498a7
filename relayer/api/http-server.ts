// The fastify server with its limits: time, size, rate, connections. What breaks one of them is answered with a problem
// document where there is still somebody to answer.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { type FastifyInstance, fastify } from 'fastify';
import { type ConnectionLimits, limitConnections } from './connection-limits.ts';
import { type Problem, problemOf, sendProblem } from './problem.ts';
import { MOST_MESSAGE_BYTES } from './stream-message.ts';

export interface HttpLimits extends ConnectionLimits {
  /** From one address. */
  readonly requestsASecond: number;
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** For the head of a request, for all of it, and for its answer. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly answerMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connections: 4_000,
  connectionsAnAddress: 1_000,
  requestsASecond: 2_000,
  bodyBytes: 600_000,
  headerBytes: 16_384,
  headersMs: 5_000,
  requestMs: 10_000,
  answerMs: 10_000,
};

/** Nothing from outside the page itself, and nothing within it that is not a file; `styles` are further sources of style. */
export function contentSecurityPolicy(styles = ''): string {
  return `default-src 'none'; script-src 'self'; style-src 'self'${styles}; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** A server without routes; `dashboard` is a folder served at `/`. */
export async function createHttpServer(limits: HttpLimits, dashboard: string | undefined): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    handlerTimeout: limits.answerMs,
    forceCloseConnections: true,
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, connectionsCheckingInterval: 1_000 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _, reply) => sendProblem(reply, problemOf(error)),
  });
  limitConnections(server.server as Server, limits);
  server.removeContentTypeParser('text/plain');
  await server.register(fastifyRateLimit, { max: limits.requestsASecond, timeWindow: 1_000 });
  await server.register(fastifyWebsocket, { options: { maxPayload: MOST_MESSAGE_BYTES } });
  if (dashboard !== undefined) await server.register(fastifyStatic, { root: dashboard, cacheControl: false });
  server.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', contentSecurityPolicy());
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  return server;
}

/** What is not HTTP, too long, or too slow never becomes a request. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, title] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const problem: Problem = { type: 'about:blank', title: `${title}`, status: Number(status), detail: 'the request was not read' };
  const body = JSON.stringify(problem);
  if (socket.writable && error.code !== 'ECONNRESET')
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  socket.destroySoon();
}
